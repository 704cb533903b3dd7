// What an unverified token shows is a view into it.

// expect: deleted

#include <jwks/unverified_token.hpp>

jwks::UnverifiedToken make();

std::size_t use() {
#ifdef MISUSE
  return make().unverified_claims().size();
#else
  const jwks::UnverifiedToken token = make();
  return token.unverified_claims().size();
#endif
}
