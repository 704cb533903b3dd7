#include "source/flight.hpp"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <utility>

#include "base/text.hpp"
#include "source/discovery.hpp"
#include "source/url.hpp"

namespace jwks {
inline namespace v0 {
namespace source {
namespace {

using std::chrono::milliseconds;

constexpr std::chrono::hours kDiscoveryLifetime{1};
constexpr std::chrono::seconds kForcedDiscoveryLifetime{60};
/// While the key set's place is known, the document that named it is not waited for much longer
/// than an issuer in good health takes: callers wait for the keys behind it.
constexpr std::chrono::seconds kSecondReadingTimeout{1};
constexpr std::chrono::seconds kSecondReadingPause{60};
/// `Age` counts in whole seconds.
constexpr std::chrono::seconds kAgePrecision{1};

Error failed(std::string_view why) noexcept {
  return Error(ErrorCode::keys_unavailable, ErrorReason::fetch_failed).because(why);
}

Error rejected(std::string_view why) noexcept {
  return Error(ErrorCode::keys_unavailable, ErrorReason::document_rejected).because(why);
}

Error bad_status(int status, std::string_view url) {
  std::string why = "HTTP status " + std::to_string(status) + " from ";
  why += url_host(url);
  if (status >= 300 && status < 400 && status != 304) why += "; redirects are not followed";
  return failed(why);
}

/// Waits on the clock; returns at once when stopped.
void pause(Clock& clock, milliseconds delay, const std::stop_token& stop) {
  std::mutex mutex;
  std::condition_variable woken;
  std::stop_callback wake(stop, [&] {
    const std::lock_guard lock(mutex);
    woken.notify_all();
  });
  const SteadyTime deadline = clock.steady_now() + delay;
  std::unique_lock lock(mutex);
  while (!stop.stop_requested() && clock.steady_now() < deadline)
    clock.wait_until(woken, lock, deadline);
}

bool says_html(std::string_view content_type) {
  constexpr std::string_view kHtml = "html";
  return !std::ranges::search(content_type, kHtml, {}, &text::to_lower).empty();
}

class Run {
 public:
  Run(const Flight& flight, const FlightSettings& settings, std::stop_token stop)
      : flight_(flight),
        settings_(settings),
        stop_(std::move(stop)),
        deadline_(settings.clock->steady_now() + longest_flight(settings)) {
    result_.location = flight.location;
  }

  FlightResult operator()() && {
    if (auto error = locate()) return fail(*error);
    retrieve();
    if (result_.error) keep_old_place();
    return std::move(result_);
  }

 private:
  void retrieve() {
    auto response = get_keys();
    if (response && (response->status == 404 || response->status == 410) && may_relocate()) {
      const std::string before = result_.location.jwks_uri;
      if (auto error = discover()) {
        result_.error = *error;
        return;
      }
      if (result_.location.jwks_uri != before) response = get_keys();
    }
    if (response && is_outdated(*response)) {
      past_caches_ = true;
      response = get_keys();
    }
    if (!response)
      result_.error = response.error();
    else if (is_outdated(*response))
      result_.error = rejected("a cache on the way has an older document than the one held");
    else
      judge(*response);
  }

  /// Tells whether a cache between us and the issuer has answered from before what is held: keys
  /// that were withdrawn meanwhile must not come back.
  [[nodiscard]] bool is_outdated(const FetchResponse& response) const {
    if (response.status != 200 || !flight_.held) return false;
    if (body_hash_ == flight_.held->body_hash) return false;
    // An Age beyond the longest TTL is an error of the cache's, and must not shut us out for ever.
    const auto age = std::min<std::chrono::seconds>(freshness_of(response, settings_.cache).age,
                                                    settings_.cache.max_ttl);
    const SteadyTime validated_at = settings_.clock->steady_now() - age;
    return validated_at + kAgePrecision < flight_.held->validated_at;
  }

  /// A new place has to have brought keys before the old one is let go.
  void keep_old_place() {
    if (!flight_.location.jwks_uri.empty()) result_.location.jwks_uri = flight_.location.jwks_uri;
  }

  FlightResult fail(const Error& error) {
    result_.error = error;
    return std::move(result_);
  }

  [[nodiscard]] bool discovers() const noexcept {
    return flight_.location.jwks_uri.empty() || flight_.location.read_at.has_value();
  }
  [[nodiscard]] bool may_relocate() const noexcept { return discovers() && !relocated_; }

  /// Finds the URL of the key set, unless it is configured or was read recently.
  std::optional<Error> locate() {
    if (!discovers()) return std::nullopt;
    const bool known = !flight_.location.jwks_uri.empty();
    if (known) {
      const SteadyTime now = settings_.clock->steady_now();
      const auto age = now - *flight_.location.read_at;
      const SteadyClock::duration lifetime =
          flight_.forced ? SteadyClock::duration(kForcedDiscoveryLifetime) : kDiscoveryLifetime;
      if (age <= lifetime || now < flight_.location.read_again_at) return std::nullopt;
    }
    reads_again_ = known;
    auto error = discover();
    reads_again_ = false;
    // The URL known so far goes on serving while the document can't be had. One that was had and is
    // wrong is another matter: somebody should look at it.
    if (error && known && error->reason() == ErrorReason::fetch_failed) {
      result_.location.read_again_at =
          settings_.clock->steady_now() +
          std::max(kSecondReadingPause, result_.retry_after.value_or(kSecondReadingPause));
      result_.retry_after.reset();
      return std::nullopt;
    }
    return error;
  }

  std::optional<Error> discover() {
    relocated_ = true;
    std::optional<Error> error;
    for (const std::string& url : discovery_urls(settings_.issuer)) {
      const auto response = get(url, result_.discovery_requests, /*conditional=*/false);
      if (!response) return response.error();
      if (response->status != 200) {
        take_retry_after(*response);
        if (!error) error = bad_status(response->status, url);
        // Only an issuer that doesn't know this path is asked for the other one.
        if (response->status == 404 || response->status == 410) continue;
        return bad_status(response->status, url);
      }
      auto uri = read_discovery(response->body, settings_.issuer, settings_.algorithms,
                                settings_.allow_loopback_http);
      if (!uri) return uri.error();
      result_.location = {std::move(uri).value(), settings_.clock->steady_now()};
      return std::nullopt;
    }
    return error;
  }

  Result<FetchResponse> get_keys() {
    auto response = get(result_.location.jwks_uri, result_.requests, /*conditional=*/true);
    if (response && response->status == 200) body_hash_ = crypto::sha256(response->body);
    return response;
  }

  Result<FetchResponse> get(const std::string& url, unsigned& requests, bool conditional) {
    FetchRequest request{.url = url, .no_cache = flight_.forced || past_caches_};
    request.max_body_bytes = JwkSet::kMaxBytes;
    // Validators belong to a URL; elsewhere they would speak of another document.
    if (conditional && flight_.held && url == flight_.held->url) {
      request.if_none_match = flight_.held->etag;
      request.if_modified_since = flight_.held->last_modified;
    }
    sent_validators_ = !request.if_none_match.empty() || !request.if_modified_since.empty();
    Fetcher::Outcome outcome = attempt(request, requests);
    for (unsigned retries = 0; retries < settings_.cache.retries && wants_retry(outcome);
         ++retries) {
      pause(*settings_.clock, milliseconds(100 + static_cast<int>(200 * settings_.jitter())),
            stop_);
      if (stop_.stop_requested()) break;
      outcome = attempt(request, requests);
    }
    return std::move(outcome.response);
  }

  Fetcher::Outcome attempt(FetchRequest& request, unsigned& requests) {
    const auto left = std::chrono::floor<milliseconds>(deadline_ - settings_.clock->steady_now());
    if (left <= milliseconds(0)) return {failed("the issuer takes too long for each answer")};
    request.total_timeout = std::min(settings_.total_timeout, left);
    if (reads_again_)
      request.total_timeout = std::min<milliseconds>(request.total_timeout, kSecondReadingTimeout);
    request.connect_timeout = std::min(settings_.connect_timeout, request.total_timeout);
    ++requests;
    try {
      return settings_.fetcher->fetch(request, stop_);
    } catch (const std::bad_alloc&) {
      throw;
    } catch (...) {
      return {failed("the fetcher threw an exception")};
    }
  }

  /// For what may be gone in a moment. An issuer that says when to come back is heeded.
  [[nodiscard]] bool wants_retry(const Fetcher::Outcome& outcome) const noexcept {
    if (stop_.stop_requested()) return false;
    if (!outcome.response) return outcome.retryable_now;
    const int status = outcome.response->status;
    return (status == 502 || status == 503 || status == 504) &&
           outcome.response->retry_after.empty();
  }

  void judge(FetchResponse& response) {
    result_.received_at = settings_.clock->steady_now();
    result_.status = response.status;
    result_.bytes = response.body.size();
    result_.error = judge_content(response);
    if (result_.error) {
      take_retry_after(response);
      return;
    }
    result_.freshness = freshness_of(response, settings_.cache);
    result_.etag = std::move(response.etag);
    result_.last_modified = std::move(response.last_modified);
  }

  void take_retry_after(const FetchResponse& response) {
    if (response.status == 429 || response.status == 503)
      result_.retry_after = parse_retry_after(response.retry_after, settings_.clock->wall_now());
  }

  std::optional<Error> judge_content(FetchResponse& response) {
    if (response.status == 304) {
      if (!sent_validators_) return failed("HTTP status 304 to a request without validators");
      result_.body_hash = flight_.held->body_hash;
      return std::nullopt;
    }
    if (response.status != 200) return bad_status(response.status, result_.location.jwks_uri);
    if (says_html(response.content_type)) return rejected("the document is HTML");
    if (response.body.size() > JwkSet::kMaxBytes) return rejected("the document is too large");
    if (!body_hash_) return failed("SHA-256 failed");
    result_.body_hash = *body_hash_;
    if (flight_.held && flight_.held->body_hash == *body_hash_) return std::nullopt;

    auto keys = flight_.held ? JwkSet::parse(response.body, flight_.held->keys)
                             : JwkSet::parse(response.body);
    if (!keys) return rejected(keys.error().detail()).about(keys.error().subject());
    if (keys->keys().empty() && !revokes_all(*keys))
      return rejected("the document holds no usable key");
    result_.keys = std::move(keys).value();
    result_.document = std::make_shared<const std::string>(std::move(response.body));
    return std::nullopt;
  }

  /// Entries that nobody can use are a fault; only a set without any entry says something.
  [[nodiscard]] bool revokes_all(const JwkSet& keys) const noexcept {
    return settings_.cache.empty_set == EmptySet::revoke_all && keys.skipped().empty();
  }

  const Flight& flight_;
  const FlightSettings& settings_;
  std::stop_token stop_;
  SteadyTime deadline_;
  FlightResult result_;
  std::optional<crypto::Sha256> body_hash_{};  ///< of the newest answer of status 200
  bool relocated_ = false;
  bool reads_again_ = false;
  bool past_caches_ = false;
  bool sent_validators_ = false;
};

}  // namespace

FlightResult fly(const Flight& flight, const FlightSettings& settings, std::stop_token stop) {
  return Run(flight, settings, std::move(stop))();
}

}  // namespace source
}  // namespace v0
}  // namespace jwks
