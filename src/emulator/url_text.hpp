#pragma once

// Text of URLs.

#include <string_view>

namespace jwks {
inline namespace v0 {
namespace emulator {

/// A base to append a path to.
[[nodiscard]] constexpr std::string_view without_trailing_slashes(std::string_view url) noexcept {
  while (url.ends_with('/')) url.remove_suffix(1);
  return url;
}

}  // namespace emulator
}  // namespace v0
}  // namespace jwks
