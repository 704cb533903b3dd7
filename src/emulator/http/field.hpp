#pragma once

// Header fields: what can be one.

#include <algorithm>
#include <string_view>

#include "base/text.hpp"

namespace jwks {
inline namespace v0 {
namespace emulator {

[[nodiscard]] inline bool is_control(char c) noexcept {
  const auto byte = static_cast<unsigned char>(c);
  return byte < 0x20 || byte == 0x7f;
}

/// RFC 9110 §5.1, §5.6.2
[[nodiscard]] inline bool is_field_name(std::string_view name) noexcept {
  constexpr std::string_view kMarks = "!#$%&'*+-.^_`|~";
  return !name.empty() && std::all_of(name.begin(), name.end(), [kMarks](char c) {
    return text::is_alpha(c) || text::is_digit(c) || kMarks.find(c) != std::string_view::npos;
  });
}

/// RFC 9110 §5.5
[[nodiscard]] inline bool is_field_value(std::string_view value) noexcept {
  return text::trim(value) == value && std::none_of(value.begin(), value.end(), [](char c) {
           return is_control(c) && c != '\t';
         });
}

/// What tells where an answer ends is for the server to say; to get it wrong is what faults are
/// for.
[[nodiscard]] inline bool is_of_framing(std::string_view name) noexcept {
  return text::equals_ignoring_case(name, "Content-Length") ||
         text::equals_ignoring_case(name, "Transfer-Encoding") ||
         text::equals_ignoring_case(name, "Connection");
}

}  // namespace emulator
}  // namespace v0
}  // namespace jwks
