// A code is compared with its name, not with a number that means another thing tomorrow.

// expect: no match|invalid operands

#include <jwks/error.hpp>

bool use(const jwks::Error& error) {
#ifdef MISUSE
  return error.code() == 401;
#else
  return error.code() == jwks::ErrorCode::expired;
#endif
}
