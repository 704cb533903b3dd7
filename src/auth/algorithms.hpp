#pragma once

// The members of an AlgorithmSet, one after the other.

#include "jwks/algorithm.hpp"

namespace jwks {
inline namespace v0 {
namespace auth {

/// Calls `visit` with each algorithm of the set, in the order of the enumeration.
template <class Visit>
void for_each(AlgorithmSet algorithms, Visit visit) {
  for (auto i = unsigned{1}; i <= static_cast<unsigned>(Algorithm::ml_dsa_87); ++i) {
    const auto algorithm = static_cast<Algorithm>(i);
    if (algorithms.contains(algorithm)) visit(algorithm);
  }
}

}  // namespace auth
}  // namespace v0
}  // namespace jwks
