// An unverified token does not become a verified one, even when asked to by name.

// expect: cannot|could not|no matching|private

#include <jwks/unverified_token.hpp>
#include <jwks/verified_token.hpp>

#ifdef MISUSE
jwks::VerifiedToken use(const jwks::UnverifiedToken& token) {
  return static_cast<jwks::VerifiedToken>(token);
}
#else
jwks::VerifiedToken use(const jwks::VerifiedToken& token) {
  return static_cast<jwks::VerifiedToken>(token);
}
#endif
