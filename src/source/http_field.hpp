#pragma once

// Header fields of HTTP (RFC 9110 §5), as far as a client has to know them.

#include <algorithm>
#include <string_view>

#include "base/text.hpp"

namespace jwks {
inline namespace v0 {
namespace source {

/// RFC 9110 §5.6.2: what a field name consists of.
[[nodiscard]] constexpr bool is_token(std::string_view text) noexcept {
  constexpr std::string_view kMarks = "!#$%&'*+-.^_`|~";
  return !text.empty() && std::ranges::all_of(text, [&](char c) {
    return text::is_digit(c) || text::is_alpha(c) || kMarks.find(c) != std::string_view::npos;
  });
}

/// RFC 9110 §5.5: no control character but the tab, and so neither an end of line nor NUL.
[[nodiscard]] constexpr bool is_field_value(std::string_view text) noexcept {
  return std::ranges::none_of(text, [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte < 0x20 && c != '\t') || byte == 0x7f;
  });
}

}  // namespace source
}  // namespace v0
}  // namespace jwks
