// The same for a Result without a value: the class itself is [[nodiscard]].

// expect: nodiscard|ignoring return

#include <jwks/result.hpp>

jwks::Result<void> prepare();

bool use() {
#ifdef MISUSE
  prepare();
  return true;
#else
  return prepare().has_value();
#endif
}
