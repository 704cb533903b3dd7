#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

#include "bench/row.hpp"

namespace bench {

/// The upper median; kNone of nothing.
inline double median(std::vector<double> values) {
  if (values.empty()) return kNone;
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

}  // namespace bench
