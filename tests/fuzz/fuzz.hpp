#pragma once

// What the fuzz targets share. A target is one function that takes bytes and must come back; what
// it claims about the outcome it says with `fuzz::require`. The same source is linked with
// libFuzzer (JWKS_FUZZ=ON) or with driver.cpp, which runs the corpus and some thousand changes to
// it as a test.

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>

/// Returns 0, as libFuzzer wants it.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace fuzz {

inline std::string_view text_of(const std::uint8_t* data, std::size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

/// Ends the process, which is what a fuzzer notices, if `condition` does not hold.
inline void require(bool condition, const char* rule, std::string_view detail = {}) {
  if (condition) return;
  std::fprintf(stderr, "broken rule: %s: %.*s\n", rule, static_cast<int>(detail.size()),
               detail.data());
  std::abort();
}

/// Messages are shown in terminals and logs: one line, ASCII.
inline bool is_printable(std::string_view message) {
  for (const char c : message) {
    if (c < ' ' || c > '~') return false;
  }
  return true;
}

}  // namespace fuzz
