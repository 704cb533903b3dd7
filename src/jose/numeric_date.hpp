#pragma once

// NumericDate from a JSON number's text, without a floating-point step (RFC 7519 §2).

#include <chrono>
#include <optional>
#include <string_view>

#include "jwks/claims.hpp"

namespace jwks {
inline namespace v0 {
namespace jose {

/// 9999-12-31T23:59:59Z.
inline constexpr std::int64_t kMaxNumericDate = 253402300799;

/// Reads a number that follows the JSON grammar: integer, fraction and exponent, exactly. A date
/// between two nanoseconds becomes the later one: a clock that counts nanoseconds is before, at or
/// after that one just when it is before, at or after the date, so no comparison with it changes.
/// Empty for negative dates and dates after 9999-12-31T23:59:59Z.
[[nodiscard]] JWKS_INTERNAL std::optional<NumericDate> parse_numeric_date(
    std::string_view number) noexcept;

/// The time as a NumericDate; times before 1970 and after 9999 become the nearest one.
[[nodiscard]] JWKS_INTERNAL NumericDate
to_numeric_date(std::chrono::system_clock::time_point time) noexcept;

[[nodiscard]] constexpr NumericDate operator+(NumericDate date,
                                              std::chrono::seconds delta) noexcept {
  date.seconds += delta.count();
  return date;
}

}  // namespace jose
}  // namespace v0
}  // namespace jwks
