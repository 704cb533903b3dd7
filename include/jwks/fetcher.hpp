#pragma once

// `Fetcher`: the seam to the network. One call is one HTTP GET.
//
// The library brings `CurlFetcher` (see `make_curl_fetcher`). A test brings its own and scripts the
// answers. The URL is configuration; nothing from a token ever becomes part of a request.

#include <chrono>
#include <cstddef>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "jwks/export.hpp"
#include "jwks/result.hpp"

namespace jwks {
inline namespace v0 {

struct FetchRequest {
  std::string url;
  std::string if_none_match{};      ///< ETag of the held document; empty: not sent
  std::string if_modified_since{};  ///< Last-Modified of the held document; empty: not sent
  bool no_cache = false;            ///< send `Cache-Control: no-cache` (a forced refresh)
  std::chrono::milliseconds connect_timeout{2000};
  std::chrono::milliseconds total_timeout{5000};
  std::size_t max_body_bytes = std::size_t{256} * 1024;  ///< after decoding
};

/// What came back, whatever the status. Header values are as received: of a field on several lines
/// the last, but of Cache-Control all of them, joined by ", " (RFC 9110 §5.3).
struct FetchResponse {
  int status = 0;
  std::string body{};
  std::string content_type{};
  std::string cache_control{};
  std::string expires{};
  std::string date{};
  std::string age{};
  std::string etag{};
  std::string last_modified{};
  std::string retry_after{};
};

/// *Threading:* `fetch` is called by several threads at once, never under a lock.
/// *Blocking:* `fetch` must return soon after `stop` was requested, and by `total_timeout`.
/// *Failure:* no complete response: `keys_unavailable{fetch_failed}` whose detail names host and
/// cause; `retryable_now` decides about the one immediate retry. An exception counts as a failure.
class JWKS_API Fetcher {
 public:
  virtual ~Fetcher();

  struct Outcome {
    Result<FetchResponse> response;
    /// The connection could not be made or was reset: the same request may succeed at once.
    bool retryable_now = false;
  };
  [[nodiscard]] virtual Outcome fetch(const FetchRequest& request, std::stop_token stop) = 0;

 protected:
  Fetcher() = default;
  Fetcher(const Fetcher&) = default;
  Fetcher& operator=(const Fetcher&) = default;
};

/// One header field that every request carries.
struct HttpHeader {
  std::string name{};
  std::string value{};
};

/// Options of the libcurl fetcher, and the timeouts of any other.
struct HttpOptions {
  /// Accept `http://` URLs whose host is a loopback address or `localhost`. For tests only.
  bool allow_loopback_http = false;
  /// Let an issuer live at a link-local address (169.254/16, fe80::/10), or at one of the others at
  /// which clouds keep the service that hands out credentials (100.100.100.200, 168.63.129.16,
  /// 192.0.0.192, fd00:ec2::254, fd00:ec2::23, fd20:ce::254, fd00:42::42), written in whatever way.
  /// Leave it off unless you know why. Behind a proxy only addresses in URLs can be refused: names
  /// are resolved by the proxy.
  bool allow_link_local = false;

  std::chrono::milliseconds connect_timeout{2000};  ///< 100 ms … 30 s
  std::chrono::milliseconds total_timeout{5000};    ///< connect_timeout … 60 s
  /// Redirects to follow: 0 … 3. Each leads to the same scheme, host and port, or is refused; all
  /// together have `total_timeout`.
  unsigned max_redirects = 0;

  /// PEM file with the certificate authorities to trust instead of the system's; empty: system. One
  /// that is replaced is noticed within ten minutes.
  std::string ca_file{};
  /// The same as a text. At most one of the two.
  std::string ca_pem{};
  /// PEM files for TLS client authentication: both or neither. The certificate may be followed by
  /// its chain; the key has no passphrase. They are read again for every connection.
  std::string client_certificate_file{};
  std::string client_key_file{};

  /// URL of an HTTP proxy (`http://proxy.example:3128`, https as well, with `user:password@` if
  /// need be, both percent-encoded and without control characters); empty: none.
  std::string proxy{};
  /// Obey the environment at every request: the first of `https_proxy`, `HTTPS_PROXY`, `all_proxy`
  /// and `ALL_PROXY` that is not empty, and `no_proxy` as libcurl does. `http://` may be left out;
  /// a value that `proxy` could not have fails the request, which never goes around it. Otherwise
  /// the environment has no say in where a request goes. Not together with `proxy`. Neither counts
  /// for loopback http.
  bool proxy_from_environment = false;
  /// Sent with every request, also to the host that the discovery document names for the keys, and
  /// never to a proxy. Fields that the library or HTTP itself sets are refused.
  std::vector<HttpHeader> extra_headers{};
};

/// Makes the libcurl fetcher: https only, TLS ≥ 1.2, no redirects. It speaks HTTP/1.1, and is
/// stricter than libcurl about what a response may look like. *Failure:* `bad_config` with
/// `http.<field>` as its subject; the files are read once to find out.
[[nodiscard]] JWKS_API Result<std::shared_ptr<Fetcher>> make_curl_fetcher(HttpOptions options = {});

}  // namespace v0
}  // namespace jwks
