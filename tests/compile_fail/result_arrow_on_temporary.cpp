// `verify(t)->claims().subject()` would be a view into a token that is gone.

// expect: deleted

#include <jwks/verify.hpp>

std::string_view use(std::string_view text, const jwks::JwkSet& keys,
                     const jwks::ValidationPolicy& policy,
                     std::chrono::system_clock::time_point now) {
#ifdef MISUSE
  return jwks::verify(text, keys, policy, now)->claims().subject();
#else
  static const auto token = jwks::verify(text, keys, policy, now);
  return token->claims().subject();
#endif
}
