// The header of an unverified token is a view into it, too.

// expect: deleted

#include <jwks/unverified_token.hpp>

jwks::UnverifiedToken make();

std::size_t use() {
#ifdef MISUSE
  return make().unverified_header().size();
#else
  const jwks::UnverifiedToken token = make();
  return token.unverified_header().size();
#endif
}
