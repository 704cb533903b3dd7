#pragma once

// Which URLs the library is willing to ask. They are configuration, or come from the issuer's own
// discovery document; either way they may lead to https only, and say plainly where they lead.

#include <optional>
#include <string>
#include <string_view>

#include "source/address.hpp"

namespace jwks {
inline namespace v0 {
namespace source {

enum class UrlKind {
  resource,  ///< may have a query
  issuer,    ///< may not (OpenID Connect Discovery 1.0 §3)
};

/// Tells what is wrong with `url`, for people; empty if nothing is. Refused: schemes other than
/// https (loopback http apart, when allowed), userinfo, fragments, control characters, blanks,
/// backslashes, bytes outside ASCII, odd hosts and ports, and more than 2048 bytes. A host that
/// ends in a number has to be an IPv4 address in four decimal numbers: 0x7f.1 and 2130706433 are
/// one to some resolvers and a name to others.
[[nodiscard]] std::string_view url_fault(std::string_view url, UrlKind kind,
                                         bool allow_loopback_http) noexcept;

// Of a URL that `url_fault` accepts:

/// The host, without brackets.
[[nodiscard]] std::string_view url_host(std::string_view url) noexcept;
/// The host's address, where it is one and not a name.
[[nodiscard]] std::optional<IpAddress> url_address(std::string_view url) noexcept;
[[nodiscard]] bool is_http(std::string_view url) noexcept;
/// Tells whether both have the same scheme, host and port.
[[nodiscard]] bool same_origin(std::string_view a, std::string_view b) noexcept;

/// Tells what is wrong with the URL of a proxy, without showing any of it: http or https, user
/// information at will (RFC 3986 §3.2.1, no control characters), a host, a port at will, and
/// nothing behind it.
[[nodiscard]] std::string_view proxy_fault(std::string_view url) noexcept;

}  // namespace source
}  // namespace v0
}  // namespace jwks
