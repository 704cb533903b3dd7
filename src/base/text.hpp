#pragma once

// Text of others: making it fit to be shown, and comparing it as protocols ask.

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "jwks/export.hpp"

namespace jwks {
inline namespace v0 {
namespace text {

// ASCII only and independent of the locale, which <cctype> is not.

[[nodiscard]] constexpr char to_lower(char c) noexcept {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
}
[[nodiscard]] constexpr bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }
[[nodiscard]] constexpr bool is_alpha(char c) noexcept {
  return to_lower(c) >= 'a' && to_lower(c) <= 'z';
}
[[nodiscard]] constexpr bool is_hex_digit(char c) noexcept {
  return is_digit(c) || (to_lower(c) >= 'a' && to_lower(c) <= 'f');
}
[[nodiscard]] JWKS_INTERNAL bool equals_ignoring_case(std::string_view a,
                                                      std::string_view b) noexcept;

/// Without the spaces and tabs around it (RFC 9110 §5.6.3, OWS).
[[nodiscard]] constexpr std::string_view trim(std::string_view value) noexcept {
  const std::size_t first = value.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return value.substr(first, value.find_last_not_of(" \t") - first + 1);
}

/// Writes `bytes` as printable ASCII into `out` and returns the number of characters written.
/// Everything else, the backslash included, becomes \xHH. What does not fit is cut between
/// characters and ends in "...". Never allocates.
[[nodiscard]] JWKS_INTERNAL std::size_t escape_into(std::string_view bytes,
                                                    std::span<char> out) noexcept;

/// The same as a string of at most `max` characters.
[[nodiscard]] JWKS_INTERNAL std::string escape(std::string_view bytes, std::size_t max = 200);

/// Appends `bytes` as a JSON string with its quotes. `bytes` should be UTF-8; bytes from 0x80 on
/// are passed through.
JWKS_INTERNAL void append_json_string(std::string& out, std::string_view bytes);

}  // namespace text
}  // namespace v0
}  // namespace jwks
