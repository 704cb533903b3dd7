// Options become a policy only by create(), which checks them.

// expect: cannot|could not|no (matching|viable)|invalid initialization

#include <jwks/verify.hpp>

bool use(std::string_view text, const jwks::JwkSet& keys, const jwks::ValidationOptions& options,
         std::chrono::system_clock::time_point now) {
#ifdef MISUSE
  return jwks::verify(text, keys, options, now).has_value();
#else
  const auto policy = jwks::ValidationPolicy::create(options);
  return policy && jwks::verify(text, keys, *policy, now).has_value();
#endif
}
