#pragma once

// Which proxy a request goes through, if any.
//
// The environment is read here and not by libcurl: that leaves out a proxy whose user information
// it can't decode, and connects directly; and what it says about others quotes their passwords.

#include <string>
#include <string_view>

#include "jwks/fetcher.hpp"

namespace jwks {
inline namespace v0 {
namespace source {

/// The URL of the proxy for a request to `url`; empty if there is none. Whether `no_proxy` spares
/// the host is left to libcurl. *Failure:* `fetch_error` if the environment names one that
/// `proxy_fault` refuses; it tells the variable, not its value.
[[nodiscard]] Result<std::string> proxy_for(const HttpOptions& options, std::string_view url);

}  // namespace source
}  // namespace v0
}  // namespace jwks
