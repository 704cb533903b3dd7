// So are the kid and the thumbprint, of a const temporary too.

// expect: deleted

#include <jwks/verified_token.hpp>

const jwks::VerifiedToken make();

std::size_t use() {
#ifdef MISUSE
  return make().key_thumbprint().size();
#else
  const jwks::VerifiedToken token = make();
  return token.key_thumbprint().size();
#endif
}
