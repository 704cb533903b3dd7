#include "source/counters.hpp"

#include <algorithm>

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
  flights_[static_cast<std::size_t>(cause)][static_cast<std::size_t>(outcome)].fetch_add(1,
                                                                                         kRelaxed);
  constexpr auto& kBounds = FetchDurations::kBounds;
  const auto bucket = std::lower_bound(kBounds.begin(), kBounds.end(), duration) - kBounds.begin();
  durations_[static_cast<std::size_t>(bucket)].fetch_add(1, kRelaxed);
  nanoseconds_.fetch_add(static_cast<std::uint64_t>(std::max<std::int64_t>(0, duration.count())),
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

void SourceCounters::count_stale_use() noexcept {
  per_verification_.mine().stale_uses.fetch_add(1, kRelaxed);
}

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
  FetchDurations& durations = stats.fetch_durations;
  durations.count = 0;
  for (std::size_t i = 0; i < durations_.size(); ++i) {
    durations.count += durations_[i].load(kRelaxed);
    if (i < durations.counts.size()) durations.counts[i] = durations.count;
  }
  durations.sum = std::chrono::nanoseconds(nanoseconds_.load(kRelaxed));

  stats.kid_misses = kid_misses_.load(kRelaxed);
  for (std::size_t i = 0; i < kMissOutcomes; ++i)
    stats.kid_miss_outcomes[i] = misses_[i].load(kRelaxed);
  stats.negative_hits = stats.kid_miss_outcomes[static_cast<std::size_t>(MissOutcome::negative)];
  stats.refreshes_suppressed = suppressed_.load(kRelaxed);
  stats.stale_verifications = per_verification_.sum(
      [](const PerVerification& slot) -> const Counter& { return slot.stale_uses; });
}

}  // namespace source

std::string_view to_string(FetchOutcome outcome) noexcept {
  switch (outcome) {
    case FetchOutcome::changed:
      return "changed";
    case FetchOutcome::confirmed:
      return "confirmed";
    case FetchOutcome::failed:
      return "failed";
    case FetchOutcome::rejected:
      return "rejected";
  }
  return "unknown";
}

std::string_view to_string(MissOutcome outcome) noexcept {
  switch (outcome) {
    case MissOutcome::found:
      return "found";
    case MissOutcome::absent:
      return "absent";
    case MissOutcome::negative:
      return "negative";
    case MissOutcome::rate_limited:
      return "rate_limited";
    case MissOutcome::unavailable:
      return "unavailable";
  }
  return "unknown";
}

}  // namespace v0
}  // namespace jwks
