#pragma once

// The names of an object's members: is one of them there twice?
//
// Most objects are cleared on the way: each name sets one of 512 bits, chosen by its length and its
// first and last eight bytes, and as long as every name finds its bit clear no two can be equal.
// Only where a bit was set before are the names compared, and then sorted, so that no choice of
// names can make it quadratic. Whoever chooses names that share a bit gains that sort and no more.

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace jwks {
inline namespace v0 {
namespace json {

class NameFilter {
 public:
  /// Notes a name. False if an equal one may have been noted before.
  bool add(std::string_view name) noexcept {
    const std::uint64_t place = mix(name) >> 55;  // 9 bits
    const std::uint64_t bit = std::uint64_t{1} << (place % 64);
    std::uint64_t& word = seen_[place / 64];
    const bool fresh = (word & bit) == 0;
    word |= bit;
    return fresh;
  }

 private:
  static std::uint64_t mix(std::string_view name) noexcept {
    std::uint64_t first = 0;
    std::uint64_t last = 0;
    if (name.size() >= 8) {
      std::memcpy(&first, name.data(), 8);
      std::memcpy(&last, name.data() + name.size() - 8, 8);
    } else {
      for (const char c : name) first = first << 8 | static_cast<unsigned char>(c);
    }
    return (first ^ last * 0x9E3779B97F4A7C15 ^ name.size()) * 0xD6E8FEB86659FD93;
  }

  std::array<std::uint64_t, 8> seen_{};
};

}  // namespace json
}  // namespace v0
}  // namespace jwks
