// The claims of an unverified token can't be wrapped as those of a verified one.

// expect: cannot|could not|no matching

#include <jwks/claims.hpp>
#include <jwks/unverified_token.hpp>
#include <jwks/verified_token.hpp>

#ifdef MISUSE
bool use(const jwks::UnverifiedToken& token) {
  return jwks::Claims(token.unverified_claims()).has_scope("admin");
}
#else
bool use(const jwks::VerifiedToken& token) {
  return jwks::Claims(token.claims()).has_scope("admin");
}
#endif
