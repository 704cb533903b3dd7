#include <curl/curl.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "jwks/clock.hpp"
#include "jwks/fetcher.hpp"
#include "source/address.hpp"
#include "source/curl_session.hpp"
#include "source/curl_transfer.hpp"
#include "source/fork_guard.hpp"
#include "source/http_options.hpp"
#include "source/url.hpp"

namespace jwks {
inline namespace v0 {

Fetcher::~Fetcher() = default;

namespace source {
namespace {

using std::chrono::milliseconds;

bool is_redirect(int status) noexcept {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

/// The URL that `location` means in an answer from `base` (RFC 3986 §5); empty if it is none.
std::string resolve(const std::string& base, const std::string& location) {
  const std::unique_ptr<CURLU, CurlFree<&curl_url_cleanup>> url(curl_url());
  if (!url || location.find('\0') != std::string::npos) return {};
  char* text = nullptr;
  if (curl_url_set(url.get(), CURLUPART_URL, base.c_str(), 0) != CURLUE_OK ||
      curl_url_set(url.get(), CURLUPART_URL, location.c_str(), 0) != CURLUE_OK ||
      curl_url_get(url.get(), CURLUPART_URL, &text, 0) != CURLUE_OK)
    return {};
  const std::unique_ptr<char, CurlFree<&curl_free>> owner(text);
  return text;
}

/// Ends its session's loan, whatever happens meanwhile.
class Loan {
 public:
  explicit Loan(const void* owner)
      : owner_(owner), session_(CurlSessionPool::instance().take(owner)) {}
  Loan(const Loan&) = delete;
  Loan& operator=(const Loan&) = delete;
  ~Loan() { CurlSessionPool::instance().give_back(owner_, std::move(session_)); }
  [[nodiscard]] CurlSession& session() const noexcept { return *session_; }

 private:
  const void* owner_;
  CurlSessionPtr session_;
};

class CurlFetcher final : public Fetcher {
 public:
  explicit CurlFetcher(HttpOptions options) : options_(std::move(options)), forks_(fork_count()) {}
  CurlFetcher(const CurlFetcher&) = delete;
  CurlFetcher& operator=(const CurlFetcher&) = delete;
  ~CurlFetcher() override { CurlSessionPool::instance().drop(this); }

  Outcome fetch(const FetchRequest& request, std::stop_token stop) override {
    if (forks_ != fork_count()) return {Error(ErrorCode::keys_unavailable, ErrorReason::forked)};
    if (auto error = refuse(request.url)) return {*error};
    const SteadyTime deadline = SteadyClock::now() + request.total_timeout;
    const Loan loan(this);
    FetchRequest hop = request;
    for (unsigned redirects = 0;; ++redirects) {
      CurlAnswer answer = transfer(loan.session(), options_, hop, stop);
      const bool follows = options_.max_redirects > 0 && answer.outcome.response &&
                           is_redirect(answer.outcome.response->status) && !answer.location.empty();
      if (!follows) return std::move(answer.outcome);
      if (redirects == options_.max_redirects) return {fetch_error(hop.url, "too many redirects")};
      if (auto error = redirect(hop, answer.location)) return {*error};
      hop.total_timeout = std::chrono::ceil<milliseconds>(deadline - SteadyClock::now());
      if (hop.total_timeout <= milliseconds(0)) return {fetch_error(hop.url, "timed out")};
    }
  }

 private:
  /// What can be told before anybody, a proxy or a resolver, is asked.
  [[nodiscard]] std::optional<Error> refuse(std::string_view url) const {
    auto fault = url_fault(url, UrlKind::resource, options_.allow_loopback_http);
    if (!fault.empty())
      return Error(ErrorCode::keys_unavailable, ErrorReason::fetch_failed).because(fault);
    if (const auto address = url_address(url)) {
      fault = address_fault(*address, options_.allow_link_local);
      if (!fault.empty()) return fetch_error(url, fault);
    }
    return std::nullopt;
  }

  /// Aims `request` at where a response sends us, within its own origin.
  [[nodiscard]] std::optional<Error> redirect(FetchRequest& request,
                                              const std::string& location) const {
    std::string target = resolve(request.url, location);
    if (refuse(target) || !same_origin(request.url, target))
      return fetch_error(request.url, "a redirect that leads elsewhere");
    request.url = std::move(target);
    return std::nullopt;
  }

  const HttpOptions options_;
  const std::uint64_t forks_;
};

/// What a fetcher has to be able to rely on. *Failure:* `bad_config`.
std::optional<Error> check_libcurl(const HttpOptions& options) {
  static const bool initialized = curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
  const auto refused = [](std::string_view option, std::string_view why) {
    return Error(ErrorCode::bad_config).about(option).because(why);
  };
  if (!initialized) return refused("http", "libcurl can't be initialised");
  const auto features = static_cast<unsigned>(curl_version_info(CURLVERSION_NOW)->features);
  if ((features & CURL_VERSION_SSL) == 0) return refused("http", "this libcurl has no TLS");
  if ((features & CURL_VERSION_ASYNCHDNS) == 0)
    return refused("http", "this libcurl can't be stopped while it resolves a name");
  if (options.proxy.starts_with("https:") && (features & CURL_VERSION_HTTPS_PROXY) == 0)
    return refused("http.proxy", "this libcurl speaks no TLS to proxies");
  return std::nullopt;
}

}  // namespace
}  // namespace source

Result<std::shared_ptr<Fetcher>> make_curl_fetcher(HttpOptions options) {
  if (auto error = source::check_http_options(options)) return *error;
  if (auto error = source::check_libcurl(options)) return *error;
  source::watch_forks();
  return std::shared_ptr<Fetcher>(std::make_shared<source::CurlFetcher>(std::move(options)));
}

}  // namespace v0
}  // namespace jwks
