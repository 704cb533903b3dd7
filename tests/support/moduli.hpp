#pragma once

// Numbers that pass for RSA moduli, of any size and at once: generating real keys of 8192 bits
// would take longer than all other tests.

#include <algorithm>
#include <cstddef>
#include <stdexcept>
#include <string>
#include <string_view>

namespace test {

/// A big-endian number of exactly `bits` bits whose last byte is `last`.
inline std::string number(std::size_t bits, unsigned char last) {
  std::string bytes((bits + 7) / 8, '\xa5');
  bytes.front() = static_cast<char>(1U << ((bits - 1) % 8));
  bytes.back() = static_cast<char>(last);
  return bytes;
}

inline unsigned remainder(std::string_view number, unsigned divisor) {
  unsigned rest = 0;
  for (const char byte : number) rest = (rest * 256 + static_cast<unsigned char>(byte)) % divisor;
  return rest;
}

/// Tells whether something from 3 to 751 divides it.
inline bool has_small_factor(std::string_view number) {
  for (unsigned divisor = 3; divisor <= 751; divisor += 2) {
    if (remainder(number, divisor) == 0) return true;
  }
  return false;
}

/// An odd number of exactly `bits` bits without small factors; nobody knows its large ones.
inline std::string modulus(std::size_t bits) {
  for (unsigned last = 1; last < 256; last += 2) {
    std::string candidate = number(bits, static_cast<unsigned char>(last));
    if (!has_small_factor(candidate)) return candidate;
  }
  throw std::runtime_error("no modulus found");
}

}  // namespace test
