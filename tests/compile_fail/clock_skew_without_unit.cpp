// Every duration has its unit.

// expect: no match for|no viable

#include <jwks/policy.hpp>

jwks::ValidationOptions use() {
  jwks::ValidationOptions options;
#ifdef MISUSE
  options.clock_skew = 60;
#else
  options.clock_skew = std::chrono::seconds{60};
#endif
  return options;
}
