// What a source counts, and that threads don't get in each other's way.

#include "source/counters.hpp"

#include <set>
#include <thread>
#include <vector>

#include "support/catch.hpp"

namespace {

using jwks::Error;
using jwks::ErrorCode;
using jwks::ErrorReason;
using jwks::FetchCause;
using jwks::FetchDurations;
using jwks::FetchOutcome;
using jwks::MissOutcome;
using jwks::Stats;
using jwks::source::SourceCounters;
using std::chrono::milliseconds;
using std::chrono::nanoseconds;

Stats report(const SourceCounters& counters) {
  Stats stats;
  counters.report(stats);
  return stats;
}

Error unknown(ErrorReason reason = ErrorReason::none) {
  return Error(ErrorCode::unknown_key, reason);
}

Error unavailable(ErrorReason reason) { return Error(ErrorCode::keys_unavailable, reason); }

}  // namespace

TEST_CASE("a duration is counted in every bucket whose bound it does not exceed") {
  SourceCounters counters;
  const auto fly = [&](nanoseconds took) {
    counters.count_flight(FetchCause::soft, FetchOutcome::confirmed, took);
  };
  fly(nanoseconds(0));
  fly(milliseconds(25));
  fly(milliseconds(25) + nanoseconds(1));
  fly(milliseconds(5000));
  fly(milliseconds(5000) + nanoseconds(1));
  const FetchDurations durations = report(counters).fetch_durations;
  CHECK(durations.counts == decltype(durations.counts){2, 3, 3, 3, 3, 3, 3, 4});
  CHECK(durations.count == 5);
  CHECK(durations.sum == milliseconds(10'050) + nanoseconds(2));
}

TEST_CASE("a clock that went back does not spoil the sum of durations") {
  SourceCounters counters;
  counters.count_flight(FetchCause::soft, FetchOutcome::failed, nanoseconds(-5));
  CHECK(report(counters).fetch_durations.sum == nanoseconds(0));
  CHECK(report(counters).fetch_durations.counts.front() == 1);
}

TEST_CASE("flights are counted by cause and outcome, and failures are those without keys") {
  SourceCounters counters;
  std::uint64_t each = 0;
  for (std::size_t cause = 0; cause < jwks::kFetchCauses; ++cause)
    for (std::size_t outcome = 0; outcome < jwks::kFetchOutcomes; ++outcome, ++each)
      for (std::uint64_t i = 0; i < each; ++i)
        counters.count_flight(static_cast<FetchCause>(cause), static_cast<FetchOutcome>(outcome),
                              nanoseconds(1));
  const Stats stats = report(counters);
  each = 0;
  std::uint64_t failures = 0;
  for (const auto& outcomes : stats.flights)
    for (std::size_t outcome = 0; outcome < outcomes.size(); ++outcome, ++each) {
      CHECK(outcomes[outcome] == each);
      if (outcome >= 2) failures += each;
    }
  CHECK(stats.fetch_failures == failures);
  CHECK(stats.fetch_durations.count == 19 * 20 / 2);
}

TEST_CASE("a miss is counted by how it ended, and as suppressed if the issuer was not asked") {
  struct Case {
    std::optional<Error> error;
    MissOutcome outcome;
    bool suppressed;
  };
  const Case cases[] = {
      {std::nullopt, MissOutcome::found, false},
      {unknown(), MissOutcome::absent, false},
      {unknown(ErrorReason::negative), MissOutcome::negative, true},
      {unknown(ErrorReason::rate_limited), MissOutcome::rate_limited, true},
      {unavailable(ErrorReason::backing_off), MissOutcome::unavailable, true},
      {unavailable(ErrorReason::fetch_failed), MissOutcome::unavailable, false},
      {unavailable(ErrorReason::wait_timeout), MissOutcome::unavailable, false},
      {unavailable(ErrorReason::closed), MissOutcome::unavailable, false},
  };
  for (const Case& each : cases) {
    CAPTURE(each.error ? each.error->message() : "found");
    SourceCounters counters;
    counters.count_miss();
    counters.count_miss_outcome(each.error);
    const Stats stats = report(counters);
    CHECK(stats.kid_misses == 1);
    for (std::size_t i = 0; i < jwks::kMissOutcomes; ++i)
      CHECK(stats.kid_miss_outcomes[i] == (i == static_cast<std::size_t>(each.outcome) ? 1U : 0U));
    CHECK(stats.negative_hits == (each.outcome == MissOutcome::negative ? 1U : 0U));
    CHECK(stats.refreshes_suppressed == (each.suppressed ? 1U : 0U));
  }
}

TEST_CASE("requests for key sets and for discovery documents are counted apart") {
  SourceCounters counters;
  counters.count_requests(2, 1);
  counters.count_requests(1, 0);
  CHECK(report(counters).fetches == 3);
  CHECK(report(counters).discovery_fetches == 1);
}

TEST_CASE("more threads than stripes lose no count") {
  constexpr std::size_t kThreads = 3 * jwks::source::kStripes;
  constexpr std::size_t kTimes = 1000;
  SourceCounters counters;
  {
    std::vector<std::jthread> threads;
    for (std::size_t i = 0; i < kThreads; ++i)
      threads.emplace_back([&] {
        for (std::size_t n = 0; n < kTimes; ++n) counters.count_stale_use();
      });
  }
  CHECK(report(counters).stale_verifications == kThreads * kTimes);
}

TEST_CASE("a thread keeps its stripe, and threads take turns") {
  std::set<std::size_t> stripes;
  for (std::size_t i = 0; i < jwks::source::kStripes; ++i) {
    std::jthread([&] {
      const std::size_t mine = jwks::source::stripe_of_this_thread();
      CHECK(jwks::source::stripe_of_this_thread() == mine);
      CHECK(mine < jwks::source::kStripes);
      stripes.insert(mine);
    }).join();
  }
  // Threads of other tests may take a turn in between.
  CHECK(stripes.size() > jwks::source::kStripes / 2);
}

TEST_CASE("outcomes have their names, and what is none has one too") {
  CHECK(to_string(FetchOutcome::changed) == "changed");
  CHECK(to_string(FetchOutcome::confirmed) == "confirmed");
  CHECK(to_string(FetchOutcome::failed) == "failed");
  CHECK(to_string(FetchOutcome::rejected) == "rejected");
  CHECK(to_string(static_cast<FetchOutcome>(jwks::kFetchOutcomes)) == "unknown");
  CHECK(to_string(MissOutcome::found) == "found");
  CHECK(to_string(MissOutcome::absent) == "absent");
  CHECK(to_string(MissOutcome::negative) == "negative");
  CHECK(to_string(MissOutcome::rate_limited) == "rate_limited");
  CHECK(to_string(MissOutcome::unavailable) == "unavailable");
  CHECK(to_string(static_cast<MissOutcome>(jwks::kMissOutcomes)) == "unknown");
  CHECK(to_string(static_cast<FetchCause>(jwks::kFetchCauses)) == "unknown");
  CHECK(to_string(FetchCause::manual) == "manual");  // the last one: kFetchCauses is their number
}
