#pragma once

// One request and its answer by libcurl. No redirect is followed here, and every gate that concerns
// a connection is here: protocol, TLS, addresses, proxy, limits, deadline.

#include <stop_token>
#include <string>
#include <string_view>

#include "jwks/fetcher.hpp"
#include "source/curl_session.hpp"

namespace jwks {
inline namespace v0 {
namespace source {

struct CurlAnswer {
  Fetcher::Outcome outcome;
  std::string location{};  ///< the field `Location` of a response
};

/// Sends `request`, whose URL was checked. *Failure:* as `Fetcher::fetch`.
/// *Blocking:* until the response is there, `stop` is requested or the time is up; a resolver that
/// hangs is left behind.
[[nodiscard]] CurlAnswer transfer(CurlSession& session, const HttpOptions& options,
                                  const FetchRequest& request, const std::stop_token& stop);

/// `keys_unavailable{fetch_failed}` that names the host of `url`.
[[nodiscard]] Error fetch_error(std::string_view url, std::string_view why);

/// What to tell of a transfer that ended with `code`: libcurl's own `reason`, unless there is none
/// or it may quote a URL, because that of a proxy holds a password.
[[nodiscard]] std::string_view reason_of(CURLcode code, std::string_view reason) noexcept;

}  // namespace source
}  // namespace v0
}  // namespace jwks
