// A value can't be taken by reference out of a Result that dies at the semicolon.

// expect: deleted

#include <jwks/result.hpp>
#include <string>

jwks::Result<std::string> make();

std::size_t use() {
#ifdef MISUSE
  return (*make()).size();
#else
  const auto result = make();
  return (*result).size();
#endif
}
