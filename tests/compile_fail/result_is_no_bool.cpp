// A Result converts to bool only where a condition stands, so that it can't be stored as
// "verified".

// expect: cannot convert|no viable conversion

#include <jwks/result.hpp>

jwks::Result<int> make();

bool use() {
#ifdef MISUSE
  const bool verified = make();
#else
  const bool verified = make() ? true : false;
#endif
  return verified;
}
