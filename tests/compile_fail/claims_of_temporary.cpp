// Claims are a view into their token.

// expect: deleted

#include <jwks/verified_token.hpp>

jwks::VerifiedToken make();

std::size_t use() {
#ifdef MISUSE
  return make().claims().subject().size();
#else
  const jwks::VerifiedToken token = make();
  return token.claims().subject().size();
#endif
}
