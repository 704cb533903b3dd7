// A refusal that nobody looks at is a refusal that did not happen.

// expect: nodiscard|ignoring return

#include <jwks/verify.hpp>

void use(std::string_view text, const jwks::JwkSet& keys, const jwks::ValidationPolicy& policy,
         std::chrono::system_clock::time_point now, bool& accepted) {
#ifdef MISUSE
  accepted = true;
  jwks::verify(text, keys, policy, now);
#else
  accepted = jwks::verify(text, keys, policy, now).has_value();
#endif
}
