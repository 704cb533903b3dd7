#include "source/counters.hpp"

namespace jwks {
inline namespace v0 {
namespace source {
namespace {

constexpr auto kRelaxed = std::memory_order_relaxed;

MissOutcome outcome_of_miss(const std::optional<Error>& error) noexcept {
  if (!error) return MissOutcome::found;
  if (error->code() != ErrorCode::unknown_key) return MissOutcome::unavailable;
  if (error->reason() == ErrorReason::negative) return MissOutcome::negative;
  if (error->reason() == ErrorReason::rate_limited) return MissOutcome::rate_limited;
  return MissOutcome::absent;
}

}  // namespace

FetchOutcome outcome_of(const FlightResult& result) noexcept {
  if (!result.error) return result.keys ? FetchOutcome::changed : FetchOutcome::confirmed;
  return result.error->reason() == ErrorReason::fetch_failed ? FetchOutcome::failed
                                                             : FetchOutcome::rejected;
}

void SourceCounters::count_requests(unsigned requests, unsigned discovery_requests) noexcept {
  fetches_.fetch_add(requests, kRelaxed);
  discovery_fetches_.fetch_add(discovery_requests, kRelaxed);
}

void SourceCounters::count_flight(FetchCause cause, FetchOutcome outcome,
                                  std::chrono::nanoseconds duration) noexcept {
  static_cast<void>(duration);
  flights_[static_cast<std::size_t>(cause)][static_cast<std::size_t>(outcome)].fetch_add(1,
                                                                                         kRelaxed);
}

void SourceCounters::count_miss() noexcept { kid_misses_.fetch_add(1, kRelaxed); }

void SourceCounters::count_miss_outcome(const std::optional<Error>& error) noexcept {
  misses_[static_cast<std::size_t>(outcome_of_miss(error))].fetch_add(1, kRelaxed);
  if (error &&
      (error->reason() == ErrorReason::negative || error->reason() == ErrorReason::rate_limited ||
       error->reason() == ErrorReason::backing_off))
    suppressed_.fetch_add(1, kRelaxed);
}

void SourceCounters::count_stale_use() noexcept { stale_uses_.fetch_add(1, kRelaxed); }

void SourceCounters::report(Stats& stats) const noexcept {
  stats.fetches = fetches_.load(kRelaxed);
  stats.discovery_fetches = discovery_fetches_.load(kRelaxed);
  stats.fetch_failures = 0;
  for (std::size_t cause = 0; cause < kFetchCauses; ++cause)
    for (std::size_t outcome = 0; outcome < kFetchOutcomes; ++outcome) {
      const std::uint64_t count = flights_[cause][outcome].load(kRelaxed);
      stats.flights[cause][outcome] = count;
      if (outcome >= static_cast<std::size_t>(FetchOutcome::failed)) stats.fetch_failures += count;
    }
  stats.kid_misses = kid_misses_.load(kRelaxed);
  for (std::size_t i = 0; i < kMissOutcomes; ++i)
    stats.kid_miss_outcomes[i] = misses_[i].load(kRelaxed);
  stats.negative_hits = stats.kid_miss_outcomes[static_cast<std::size_t>(MissOutcome::negative)];
  stats.refreshes_suppressed = suppressed_.load(kRelaxed);
  stats.stale_verifications = stale_uses_.load(kRelaxed);
}

}  // namespace source
}  // namespace v0
}  // namespace jwks
