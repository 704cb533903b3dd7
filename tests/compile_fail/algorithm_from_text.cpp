// An algorithm is neither a number nor a text.

// expect: cannot (convert|initialize)|invalid conversion

#include <jwks/algorithm.hpp>

bool use() {
#ifdef MISUSE
  const jwks::Algorithm algorithm = "RS256";
#else
  const auto algorithm = jwks::algorithm_from_name("RS256");
#endif
  return algorithm == jwks::Algorithm::rs256;
}
