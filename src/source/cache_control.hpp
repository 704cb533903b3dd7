#pragma once

// How long a response may be kept (RFC 9111), and how long to stay away (RFC 9110 §10.2.3).
//
// Header values come from the network: whatever they hold, the answer lies within the configured
// bounds, and what cannot be understood counts as absent.

#include <chrono>
#include <optional>
#include <string_view>

#include "jwks/cache_options.hpp"
#include "jwks/export.hpp"
#include "jwks/fetcher.hpp"

namespace jwks {
inline namespace v0 {
namespace source {

struct Freshness {
  std::chrono::seconds ttl{};  ///< from the moment the response was received
  std::chrono::seconds age{};  ///< how old it was by then
};

/// Applies `max-age` − `Age`, else `Expires` − `Date`, else the default; `no-store`, `no-cache` and
/// `private` pick the minimum. The result is clamped to [min_ttl, max_ttl]. Where
/// `honour_cache_control` is off it is the default.
[[nodiscard]] JWKS_INTERNAL Freshness freshness_of(const FetchResponse& response,
                                                   const CacheOptions& options);

/// Reads delay-seconds or an HTTP-date; at most 300 s. Empty if it is neither.
[[nodiscard]] std::optional<std::chrono::seconds> parse_retry_after(
    std::string_view value, std::chrono::system_clock::time_point wall_now);

/// Reads an HTTP-date in any of its three forms (RFC 9110 §5.6.7).
[[nodiscard]] std::optional<std::chrono::sys_seconds> parse_http_date(std::string_view value);

}  // namespace source
}  // namespace v0
}  // namespace jwks
