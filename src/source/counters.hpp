#pragma once

// What a source counts, from any thread and without a lock. See Stats for the meaning.

#include <array>
#include <chrono>
#include <optional>

#include "jwks/error.hpp"
#include "jwks/stats.hpp"
#include "source/flight.hpp"
#include "source/striped.hpp"

namespace jwks {
inline namespace v0 {
namespace source {

class SourceCounters {
 public:
  void count_requests(unsigned requests, unsigned discovery_requests) noexcept;
  void count_flight(FetchCause cause, FetchOutcome outcome,
                    std::chrono::nanoseconds duration) noexcept;
  /// A caller came whose key was not at hand; once for each, before its outcome.
  void count_miss() noexcept;
  /// Its answer: the error, or none if keys were found.
  void count_miss_outcome(const std::optional<Error>& error) noexcept;
  void count_stale_use() noexcept;

  void report(Stats& stats) const noexcept;

 private:
  struct PerVerification {
    Counter stale_uses{0};
  };
  Striped<PerVerification> per_verification_;

  // A flight is rare, and whoever misses a key has taken the source's lock: no need of stripes.
  Counter fetches_{0};
  Counter discovery_fetches_{0};
  std::array<std::array<Counter, kFetchOutcomes>, kFetchCauses> flights_{};
  std::array<Counter, FetchDurations::kBounds.size() + 1> durations_{};  ///< last: above all bounds
  Counter nanoseconds_{0};
  Counter kid_misses_{0};
  std::array<Counter, kMissOutcomes> misses_{};
  Counter suppressed_{0};
};

[[nodiscard]] FetchOutcome outcome_of(const FlightResult& result) noexcept;

}  // namespace source
}  // namespace v0
}  // namespace jwks
