#pragma once

// Tells in passing that no member name of an object occurs twice.
//
// Each name sets one of 512 bits, chosen by its size and both its ends. As long as every name finds
// its bit clear, no two of them can be equal, since equal names choose the same bit. Where a bit
// was set before, the caller has to compare the names. Whoever chooses names that share a bit on
// purpose gains that comparison and no more; the choice of bits need not be secret.

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
  /// Of the name's size and its ends, which overlap in short names.
  static std::uint64_t mix(std::string_view name) noexcept {
    std::uint64_t front = 0;
    std::uint64_t back = 0;
    if (name.size() >= 8) {
      std::memcpy(&front, name.data(), 8);
      std::memcpy(&back, name.data() + name.size() - 8, 8);
    } else if (name.size() >= 4) {
      std::memcpy(&front, name.data(), 4);
      std::memcpy(&back, name.data() + name.size() - 4, 4);
    } else if (!name.empty()) {
      front = static_cast<unsigned char>(name[name.size() / 2]);
      back = static_cast<std::uint64_t>(static_cast<unsigned char>(name.front())) << 8 |
             static_cast<unsigned char>(name.back());
    }
    return (front ^ back * 0x9E3779B97F4A7C15 ^ name.size()) * 0xD6E8FEB86659FD93;
  }

  std::array<std::uint64_t, 8> seen_{};
};

}  // namespace json
}  // namespace v0
}  // namespace jwks
