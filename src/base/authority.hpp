#pragma once

// The authority of an http or https URL: host and port (RFC 3986 §3.2), in the spellings that every
// resolver reads the same way.

#include <cstdint>
#include <optional>
#include <string_view>

#include "jwks/export.hpp"

namespace jwks {
inline namespace v0 {

/// Views into the URL.
struct Authority {
  std::string_view host{};  ///< a name or an address, without brackets, in its own case
  bool bracketed = false;   ///< the host stood in brackets: an IPv6 address
  std::uint16_t port = 0;   ///< 0: none was given
};

/// Reads "host", "host:port" and "[v6]:port". Refused: user information, percent-encoding, bytes
/// outside ASCII, an empty host or one above 253 bytes, an empty port and one outside 1 … 65535.
[[nodiscard]] JWKS_INTERNAL std::optional<Authority> parse_authority(
    std::string_view authority) noexcept;

}  // namespace v0
}  // namespace jwks
