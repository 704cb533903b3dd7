#pragma once

// The URL of a request in the one form in which "htu" is compared (RFC 9449 §4.3).

#include <optional>
#include <string>
#include <string_view>

#include "jwks/export.hpp"

namespace jwks {
inline namespace v0 {
namespace jose {

/// Normalizes an http or https URL by syntax and scheme (RFC 3986 §6.2.2, §6.2.3) and leaves out
/// its query and fragment: scheme and host in lower case, no default port, "%7e" as "~" and "%2f"
/// as "%2F", no dot segments, "/" for an empty path. Nothing else is made equal: not "/a" and
/// "/a/", nor two spellings of an address.
///
/// Empty for everything that is no such URL: another scheme, user information, a host or port that
/// is malformed, a character that no path holds (RFC 3986 §3.3), a "%" without two digits.
[[nodiscard]] JWKS_INTERNAL std::optional<std::string> normalize_htu(std::string_view url);

}  // namespace jose
}  // namespace v0
}  // namespace jwks
