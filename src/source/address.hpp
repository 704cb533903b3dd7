#pragma once

// IP addresses, and which of them no key set may come from, whatever name leads there.
//
// A name is resolved by somebody else, and a URL may come from a discovery document: without this
// rule either could turn a fetch into a request to the service that hands out a cloud machine's
// credentials.

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

struct sockaddr;

namespace jwks {
inline namespace v0 {
namespace source {

/// In network byte order; an IPv4 address in its mapped form (RFC 4291 §2.5.5.2).
using IpAddress = std::array<std::uint8_t, 16>;

/// Reads an address in the one spelling that every resolver reads the same way: four decimal
/// numbers without leading zeros, or IPv6 (RFC 4291 §2.2) without a zone.
[[nodiscard]] std::optional<IpAddress> parse_address(std::string_view text) noexcept;
/// Empty if it is no address of an internet.
[[nodiscard]] std::optional<IpAddress> address_of(const sockaddr* address) noexcept;

[[nodiscard]] bool is_loopback(const IpAddress& address) noexcept;

/// Tells why `address` is refused, for people; empty if it is not. Refused: what names no single
/// machine (0.0.0.0/8, ::, multicast, broadcast), and, unless `allow_link_local`, link-local
/// addresses and those at which clouds keep their metadata services. An IPv4 address that is
/// embedded (mapped, compatible, translated (RFC 2765), NAT64 (RFC 6052), 6to4) is judged as well.
[[nodiscard]] std::string_view address_fault(const IpAddress& address,
                                             bool allow_link_local) noexcept;

}  // namespace source
}  // namespace v0
}  // namespace jwks
