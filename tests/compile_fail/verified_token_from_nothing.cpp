// Only verify() makes a VerifiedToken: there is no empty one to forget about.

// expect: no matching (function|constructor)

#include <jwks/verified_token.hpp>
#include <optional>

bool use() {
#ifdef MISUSE
  const jwks::VerifiedToken token;
  return !token.stale();
#else
  const std::optional<jwks::VerifiedToken> token;
  return !token.has_value();
#endif
}
