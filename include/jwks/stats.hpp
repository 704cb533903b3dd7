#pragma once

// `Stats`: what a verifier has counted, and `open_metrics`: the same as text for a scraper.
//
//   for (;;) respond(jwks::open_metrics(std::vector{verifier.metrics()}));   // GET /metrics
//
// Numbers are read one after the other while others go on counting: each is right, and two of them
// may be a moment apart. Of what belongs together the sums agree at any time: the results of
// verifications and their codes, the flights and their causes, the durations and their buckets.
// The names of the metrics are listed at `open_metrics`.

#include <array>
#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "jwks/error.hpp"
#include "jwks/export.hpp"
#include "jwks/observer.hpp"

namespace jwks {
inline namespace v0 {

/// How a flight ended.
enum class FetchOutcome : std::uint8_t {
  changed,    ///< new content was published
  confirmed,  ///< the held content is still right (304, or the same bytes)
  failed,     ///< no complete answer, or a status that is not 200
  rejected,   ///< an answer that was not believed: key set or discovery document
};
inline constexpr std::size_t kFetchOutcomes = 4;
inline constexpr std::size_t kFetchCauses = 5;

/// How the search for the key of a token ended that was not at hand.
enum class MissOutcome : std::uint8_t {
  found,         ///< after a refresh, or by then
  absent,        ///< the issuer was asked and does not have it
  negative,      ///< remembered as absent
  rate_limited,  ///< no refresh was admitted
  unavailable,   ///< nobody can tell: outage, timeout, closed
};
inline constexpr std::size_t kMissOutcomes = 5;

[[nodiscard]] JWKS_API std::string_view to_string(FetchOutcome outcome) noexcept;
[[nodiscard]] JWKS_API std::string_view to_string(MissOutcome outcome) noexcept;

/// Cumulative, as in a Prometheus histogram: `counts[i]` flights took at most `kBounds[i]`.
struct FetchDurations {
  static constexpr std::array<std::chrono::milliseconds, 8> kBounds{
      std::chrono::milliseconds(25),   std::chrono::milliseconds(50),
      std::chrono::milliseconds(100),  std::chrono::milliseconds(250),
      std::chrono::milliseconds(500),  std::chrono::milliseconds(1000),
      std::chrono::milliseconds(2500), std::chrono::milliseconds(5000)};
  std::array<std::uint64_t, kBounds.size()> counts{};
  std::uint64_t count = 0;  ///< of all flights
  std::chrono::nanoseconds sum{0};
};

/// Counters since creation, and what is so now.
struct Stats {
  std::uint64_t accepted = 0;
  std::uint64_t refused = 0;
  std::uint64_t unavailable = 0;
  struct Refusals {
    ErrorCode code{};
    std::uint64_t count = 0;
  };
  /// By code, ascending, those that occurred; their sum is refused + unavailable.
  std::vector<Refusals> by_code{};

  std::uint64_t fetches = 0;            ///< HTTP requests for the key set, retries included
  std::uint64_t fetch_failures = 0;     ///< flights that did not bring keys
  std::uint64_t discovery_fetches = 0;  ///< HTTP requests for discovery documents
  /// Flights that ended, by cause and outcome.
  std::array<std::array<std::uint64_t, kFetchOutcomes>, kFetchCauses> flights{};
  FetchDurations fetch_durations{};

  std::uint64_t kid_misses = 0;
  std::array<std::uint64_t, kMissOutcomes> kid_miss_outcomes{};  ///< of those that have ended
  std::uint64_t negative_hits = 0;                               ///< MissOutcome::negative
  /// Misses for which the issuer was not asked: negative, rate-limited or backing off.
  std::uint64_t refreshes_suppressed = 0;
  std::uint64_t stale_verifications = 0;  ///< tokens accepted with stale keys
  std::uint64_t token_cache_hits = 0;     ///< signatures that needed no check
  std::uint64_t events_dropped = 0;       ///< because an observer was too slow

  // Now.
  std::uint64_t waiters = 0;               ///< callers and callbacks that wait for a flight
  std::uint64_t consecutive_failures = 0;  ///< of flights
  std::uint64_t bucket_tokens = 0;         ///< forced refreshes admitted at once
  std::uint64_t negative_entries = 0;
  std::uint64_t token_cache_entries = 0;
  std::uint64_t token_cache_bytes = 0;
  std::vector<ErrorReason> skipped_keys{};  ///< why, of each entry that is not used
};

/// Stats and health of one issuer. Where it names no issuer and its state is `empty`, it has no key
/// set and only counts results: see MultiIssuerVerifier::unrouted.
struct SourceMetrics {
  std::string issuer{};
  Stats stats{};
  Health health{};
};

/// How `open_metrics` is to be served.
inline constexpr std::string_view kOpenMetricsType =
    "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Writes the OpenMetrics text format 1.0, with the issuer as a label, ending in `# EOF`. In the
/// label, what is not printable ASCII and the backslash stand as \xHH, as in errors and events. Two
/// entries of the same issuer would be the same series, which scrapers refuse: set `issuer` to
/// something of your own where two verifiers share one. Of an entry without a key set only
/// jwks_verifications_total is written.
///
/// Counters since creation:
///   jwks_verifications_total{result}        answers: `accepted`, or the name of the ErrorCode
///   jwks_stale_verifications_total          tokens accepted with stale keys
///   jwks_token_cache_hits_total             signatures that needed no check
///   jwks_requests_total{document}           HTTP requests for the `key_set` or `discovery`
///   jwks_flights_total{cause,outcome}       retrievals of the key set: FetchCause, FetchOutcome
///   jwks_flight_duration_seconds            histogram of their durations
///   jwks_kid_misses_total{outcome}          searches for a token's key that ended: MissOutcome
///   jwks_negative_hits_total                of those, kids remembered as absent
///   jwks_refreshes_suppressed_total         of those, what was not admitted to ask the issuer
///   jwks_events_dropped_total               events that a slow observer missed
/// What is so now:
///   jwks_key_set_state                      state set: KeySetState
///   jwks_key_set_generation                 grows when the published keys change
///   jwks_key_age_seconds                    since the issuer last confirmed the set; none if empty
///   jwks_keys                               usable keys
///   jwks_keys_skipped{reason}               entries of the key set that are not used: ErrorReason
///   jwks_consecutive_failures               of flights
///   jwks_waiters                            callers that wait for a flight
///   jwks_forced_refreshes_available         that would be admitted at once
///   jwks_negative_entries                   kids remembered as absent
///   jwks_token_cache_entries
///   jwks_token_cache_bytes
/// *Failure:* may throw std::bad_alloc.
[[nodiscard]] JWKS_API std::string open_metrics(std::span<const SourceMetrics> sources);

}  // namespace v0
}  // namespace jwks
