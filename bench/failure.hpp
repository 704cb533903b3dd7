#pragma once

// How a benchmark that can't measure what it is for ends the program.

#include <cstdlib>
#include <iostream>
#include <string>
#include <string_view>
#include <utility>

#include "jwks/result.hpp"

namespace bench {

[[noreturn]] inline void fail(std::string_view why) {
  std::cerr << "jwks_bench: " << why << '\n';
  std::exit(EXIT_FAILURE);
}

inline void require(bool holds, std::string_view what) {
  if (!holds) fail(what);
}

template <class T>
T take(jwks::Result<T> result, std::string_view what) {
  if (!result) fail(std::string(what) + ": " + result.error().message());
  return std::move(result).value();
}

}  // namespace bench
