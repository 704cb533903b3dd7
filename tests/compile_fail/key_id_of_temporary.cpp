// So are the kid and the thumbprint.

// expect: deleted

#include <jwks/verified_token.hpp>
#include <utility>

std::size_t use(jwks::VerifiedToken token) {
#ifdef MISUSE
  return std::move(token).key_id().size();
#else
  return token.key_id().size();
#endif
}
