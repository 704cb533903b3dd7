#include "verifier/options.hpp"

#include <array>
#include <cstddef>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <utility>

#include "source/http_options.hpp"
#include "source/url.hpp"

namespace jwks {
inline namespace v0 {
namespace verifier {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

double random_jitter() noexcept {
  // Jitter has to differ between processes, not to be unpredictable.
  thread_local std::minstd_rand engine{static_cast<std::minstd_rand::result_type>(
      SteadyClock::now().time_since_epoch().count() ^
      static_cast<std::int64_t>(std::random_device{}()))};
  return std::uniform_real_distribution<double>(0.0, 1.0)(engine);
}

Error bad(std::string_view option, std::string_view why) noexcept {
  return Error(ErrorCode::bad_config).about(option).because(why);
}

template <class T>
struct Bound {
  std::string_view option;
  T value;
  T min;
  T max;
  std::string_view range;
};

template <class T>
std::optional<Error> check(const Bound<T>& bound) noexcept {
  if (bound.value >= bound.min && bound.value <= bound.max) return std::nullopt;
  return bad(bound.option, bound.range);
}

/// The first bound that is not kept.
template <class T, std::size_t N>
std::optional<Error> check_all(const std::array<Bound<T>, N>& bounds) noexcept {
  for (const auto& bound : bounds)
    if (auto error = check(bound)) return error;
  return std::nullopt;
}

std::optional<Error> check_durations(const CacheOptions& cache) noexcept {
  return check_all(std::array<Bound<milliseconds>, 7>{{
      {"cache.min_ttl", cache.min_ttl, seconds(10), hours(24), "it must be 10 s to 24 h"},
      {"cache.max_ttl", cache.max_ttl, cache.min_ttl, hours(24), "it must be min_ttl to 24 h"},
      {"cache.default_ttl", cache.default_ttl, cache.min_ttl, cache.max_ttl,
       "it must be min_ttl to max_ttl"},
      {"cache.max_stale", cache.max_stale, seconds(0), hours(24 * 7), "it must be 0 to 7 d"},
      {"cache.caller_wait", cache.caller_wait, seconds(0), seconds(60), "it must be 0 to 60 s"},
      {"cache.forced_refresh_interval", cache.forced_refresh_interval, seconds(1), hours(1),
       "it must be 1 s to 1 h"},
      {"cache.removed_key_grace", cache.removed_key_grace, seconds(0), hours(1),
       "it must be 0 to 1 h"},
  }});
}

std::optional<Error> check_numbers(const CacheOptions& cache) noexcept {
  return check_all(std::array<Bound<unsigned>, 3>{{
      {"cache.forced_refresh_burst", cache.forced_refresh_burst, 1, 10, "it must be 1 to 10"},
      {"cache.max_waiters", cache.max_waiters, 1, 100'000, "it must be 1 to 100 000"},
      {"cache.retries", cache.retries, 0, 3, "it must be 0 to 3"},
  }});
}

std::optional<Error> check_choices(const VerifierOptions& options) noexcept {
  constexpr std::string_view kUnknown = "it is none of its enumerators";
  if (options.cache.empty_set != EmptySet::keep && options.cache.empty_set != EmptySet::revoke_all)
    return bad("cache.empty_set", kUnknown);
  if (options.location != KeySetLocation::discovery &&
      options.location != KeySetLocation::well_known_jwks)
    return bad("location", kUnknown);
  return std::nullopt;
}

std::optional<Error> check_token_cache(const TokenCacheOptions& cache) noexcept {
  constexpr std::size_t kKib = 1024;
  return check_all(std::array<Bound<std::size_t>, 2>{{
      {"token_cache.max_entries", cache.max_entries, 0, 1'000'000, "it must be 0 to 1 000 000"},
      {"token_cache.max_bytes", cache.max_bytes, 64 * kKib, kKib * kKib * kKib,
       "it must be 64 KiB to 1 GiB"},
  }});
}

/// The issuer says where the keys are only if no jwks_uri is given: otherwise "iss" may be any
/// string (RFC 7519 §4.1.1).
std::optional<Error> check_urls(const VerifierOptions& options) noexcept {
  const bool http = options.http.allow_loopback_http;
  if (!options.jwks_uri.empty()) {
    const auto fault = source::url_fault(options.jwks_uri, source::UrlKind::resource, http);
    if (!fault.empty()) return bad("jwks_uri", fault);
    return std::nullopt;
  }
  const auto fault = source::url_fault(options.issuer, source::UrlKind::issuer, http);
  if (!fault.empty()) return bad("issuer", fault);
  return std::nullopt;
}

std::optional<Error> check_published(AlgorithmSet algorithms) noexcept {
  if (!algorithms.intersects(kSymmetricAlgorithms)) return std::nullopt;
  return bad("validation.algorithms", "a published key set has no secrets");
}

/// Whoever takes tokens of any issuer says so, and says where the keys are.
std::optional<Error> check_issuer(const VerifierOptions& options) noexcept {
  const ValidationOptions& validation = options.validation;
  if (options.issuer.empty()) {
    if (!validation.allow_any_issuer) return bad("issuer", "it is required");
    if (options.jwks_uri.empty()) return bad("jwks_uri", "it is required without an issuer");
    return std::nullopt;
  }
  if (!validation.issuer.empty() && validation.issuer != options.issuer)
    return bad("validation.issuer", "it contradicts issuer");
  if (validation.allow_any_issuer) return bad("validation.allow_any_issuer", "issuer is set");
  return std::nullopt;
}

/// One place per option: what is said twice has to be the same.
std::optional<Error> merge_validation(VerifierOptions& options) {
  ValidationOptions& validation = options.validation;
  if (auto error = check_issuer(options)) return error;
  if (!validation.audiences.empty() && !options.audiences.empty() &&
      validation.audiences != options.audiences)
    return bad("validation.audiences", "they contradict audiences");
  if (auto error = check_published(validation.algorithms)) return error;
  if (!options.issuer.empty()) validation.issuer = options.issuer;
  if (validation.audiences.empty()) validation.audiences = options.audiences;
  return std::nullopt;
}

/// Where the key set is, if that needs no discovery.
std::string configured_uri(const VerifierOptions& options) {
  if (!options.jwks_uri.empty() || options.location == KeySetLocation::discovery)
    return options.jwks_uri;
  std::string_view base = options.issuer;
  if (base.ends_with('/')) base.remove_suffix(1);
  return std::string(base) + "/.well-known/jwks.json";
}

/// How events and metrics name the source. What stands in a query is nobody's business.
std::string name_of(const VerifierOptions& options) {
  if (!options.issuer.empty()) return options.issuer;
  return options.jwks_uri.substr(0, options.jwks_uri.find('?'));
}

}  // namespace

Result<Setup> set_up(VerifierOptions options) {
  if (auto error = merge_validation(options)) return *error;
  if (auto error = check_urls(options)) return *error;
  if (auto error = check_choices(options)) return *error;
  if (auto error = check_durations(options.cache)) return *error;
  if (auto error = check_numbers(options.cache)) return *error;
  if (auto error = source::check_timeouts(options.http)) return *error;
  if (auto error = check_token_cache(options.token_cache)) return *error;
  auto policy = ValidationPolicy::create(std::move(options.validation));
  if (!policy) return policy.error();

  const bool loopback = options.http.allow_loopback_http;
  source::SourceOptions source;
  source.flight.connect_timeout = options.http.connect_timeout;
  source.flight.total_timeout = options.http.total_timeout;
  if (!options.fetcher) {
    auto fetcher = make_curl_fetcher(std::move(options.http));
    if (!fetcher) return fetcher.error();
    options.fetcher = std::move(fetcher).value();
  }
  if (!options.clock) options.clock = Clock::system();

  source.name = name_of(options);
  source.jwks_uri = configured_uri(options);
  source.observer = std::move(options.observer);
  source.store = std::move(options.snapshot_store);
  source.executor = std::move(options.executor);
  source.flight.issuer = std::move(options.issuer);
  source.flight.algorithms = policy->options().algorithms;
  source.flight.cache = options.cache;
  source.flight.allow_loopback_http = loopback;
  source.flight.fetcher = std::move(options.fetcher);
  source.flight.clock = std::move(options.clock);
  source.flight.jitter = options.jitter != nullptr ? options.jitter : &random_jitter;
  return Setup{.policy = std::move(policy).value(),
               .source = std::move(source),
               .token_cache = options.token_cache};
}

Result<ValidationPolicy> share_policy(const ValidationOptions& original, ValidationOptions options,
                                      Keys keys) {
  if (options.issuer.empty() && !options.allow_any_issuer) {
    options.issuer = original.issuer;
    options.allow_any_issuer = original.allow_any_issuer;
  }
  if (!original.allow_any_issuer && options.issuer != original.issuer)
    return bad("issuer", "it is not the one whose keys are shared");
  if (keys == Keys::published) {
    if (auto error = check_published(options.algorithms)) return *error;
  }
  return ValidationPolicy::create(std::move(options));
}

}  // namespace verifier
}  // namespace v0
}  // namespace jwks
