#pragma once

// Which URLs the library is willing to ask. They are configuration, or come from the issuer's own
// discovery document; either way they may lead to https only, and say plainly where they lead.

#include <string>
#include <string_view>

namespace jwks {
inline namespace v0 {
namespace source {

enum class UrlKind {
  resource,  ///< may have a query
  issuer,    ///< may not (OpenID Connect Discovery 1.0 §3)
};

/// Tells what is wrong with `url`, for people; empty if nothing is. Refused: schemes other than
/// https (loopback http apart, when allowed), userinfo, fragments, control characters, blanks,
/// backslashes, bytes outside ASCII, odd hosts and ports, and more than 2048 bytes.
[[nodiscard]] std::string_view url_fault(std::string_view url, UrlKind kind,
                                         bool allow_loopback_http) noexcept;

/// The host of a URL that `url_fault` accepts, without brackets.
[[nodiscard]] std::string_view url_host(std::string_view url) noexcept;
[[nodiscard]] bool is_http(std::string_view url) noexcept;

}  // namespace source
}  // namespace v0
}  // namespace jwks
