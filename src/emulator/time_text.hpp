#pragma once

// Times as people write them in JSON: RFC 3339 §5.6.

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace jwks {
inline namespace v0 {
namespace emulator {

/// In UTC, cut to milliseconds: "2025-06-15T15:06:40.000Z".
[[nodiscard]] std::string utc_text(std::chrono::system_clock::time_point time);

/// Reads a date-time with its offset: "2025-06-15T17:06:40.5+02:00". A space for the "T" and lower
/// case are allowed (§5.6), a leap second and years outside 1678 to 2261 are not.
[[nodiscard]] std::optional<std::chrono::system_clock::time_point> parse_date_time(
    std::string_view text) noexcept;

}  // namespace emulator
}  // namespace v0
}  // namespace jwks
