// Stats: that the numbers add up, whatever happens.

#include "jwks/stats.hpp"

#include <map>
#include <memory>
#include <mutex>
#include <random>
#include <string>

#include "support/catch.hpp"
#include "support/issuer_fixture.hpp"
#include "verifier/result_counters.hpp"

namespace {

using jwks::Error;
using jwks::ErrorCategory;
using jwks::ErrorCode;
using jwks::ErrorReason;
using jwks::EventKind;
using jwks::JwksVerifier;
using jwks::Result;
using jwks::Stats;
using jwks::VerifiedToken;
using jwks::verifier::ResultCounters;
using std::chrono::milliseconds;
using std::chrono::seconds;
using test::eventually;
using test::Issuer;
using test::key_a;
using test::key_b;
using test::lasting_token;
using test::token_of;
using test::token_with_kid;

/// What callers see, to be compared with what is reported.
struct Tally {
  std::mutex mutex;  ///< callbacks of verify_async come from another thread
  std::uint64_t answers = 0;
  std::uint64_t accepted = 0;
  std::uint64_t stale = 0;
  std::map<ErrorCode, std::uint64_t> errors;

  void count(const Result<VerifiedToken>& result) {
    const std::lock_guard lock(mutex);
    ++answers;
    if (!result) {
      ++errors[result.error().code()];
      return;
    }
    ++accepted;
    if (result->stale()) ++stale;
  }
  void check(const Stats& stats) const {
    CHECK(stats.accepted == accepted);
    CHECK(stats.stale_verifications == stale);
    std::map<ErrorCode, std::uint64_t> reported;
    std::uint64_t sum = 0;
    for (const auto& [code, count] : stats.by_code) {
      reported[code] = count;
      sum += count;
    }
    CHECK(reported == errors);
    CHECK(reported.size() == stats.by_code.size());
    CHECK(sum == stats.refused + stats.unavailable);
  }
};

std::uint64_t ended_flights(const Stats& stats) {
  std::uint64_t sum = 0;
  for (const auto& outcomes : stats.flights)
    for (const std::uint64_t count : outcomes) sum += count;
  return sum;
}

/// Makes random things happen to a verifier, its issuer and the time.
class Walk {
 public:
  Walk(unsigned seed, jwks::VerifierOptions options, const Issuer& issuer)
      : random_(seed),
        issuer_(issuer),
        verifier_(JwksVerifier::create(std::move(options)).value()),
        tokens_{token_of(key_a()),
                token_of(key_b()),
                token_with_kid("nobody"),
                lasting_token(key_a()).claim("aud", "\"other\"").build().value(),
                lasting_token(key_b()).signature(std::string(64, 'x')).build().value(),
                lasting_token(key_a()).claim("exp", "1").build().value(),
                "no token"} {}

  void step() {
    switch (random_() % 16) {
      case 0:
        return issuer_.publish({key_a()});
      case 1:
        return issuer_.publish({key_b()});
      case 2:
        return issuer_.fetcher->fail();
      case 3:
        return issuer_.fetcher->answer_with_status(500);
      case 4:
        return issuer_.fetcher->answer_with_body("{\"keys\":[]}");
      case 5:
        return issuer_.clock->advance(seconds(random_() % 600));
      case 6:
        return issuer_.clock->advance(seconds(random_() % 4000));
      case 7:
        return static_cast<void>(verifier_.refresh(seconds(30)));
      case 8:
        return issuer_.fetcher->script([](const jwks::FetchRequest&) -> jwks::Fetcher::Outcome {
          throw std::runtime_error("a broken fetcher");
        });
      case 9:
      case 10:
        ++asked_;
        return verifier_.verify_async(
            any_token(), [tally = tally_](const auto& result) { tally->count(result); });
      case 11:
        ++asked_;
        return tally_->count(verifier_.verify_cached(any_token()));
      default:
        ++asked_;
        return tally_->count(verifier_.verify(any_token()));
    }
  }

  void check() {
    // Let whoever waits for the issuer come to an end, and whatever is under way. A timer may start
    // the next flight as soon as one has ended: what belongs together is read together.
    issuer_.clock->advance(seconds(60));
    CHECK(eventually([&] {
      const std::lock_guard lock(tally_->mutex);
      return tally_->answers == asked_ && sums_up(verifier_.stats());
    }));
    const Stats stats = verifier_.stats();
    tally_->check(stats);
    CHECK(stats.fetch_durations.count == ended_flights(stats));
    CHECK(stats.fetch_durations.counts.back() <= stats.fetch_durations.count);
    CHECK(stats.waiters == 0);
    std::uint64_t misses = 0;
    for (const std::uint64_t count : stats.kid_miss_outcomes) misses += count;
    CHECK(stats.kid_misses == misses);
  }

 private:
  [[nodiscard]] bool sums_up(const Stats& stats) const {
    // A flight that a leap of the clock made look lost has ended as well, but tells no story.
    return stats.fetches + stats.discovery_fetches == issuer_.fetcher->calls() &&
           ended_flights(stats) == issuer_.observer->count(EventKind::fetch_started) &&
           stats.events_dropped == 0;
  }
  [[nodiscard]] const std::string& any_token() { return tokens_[random_() % tokens_.size()]; }

  std::minstd_rand random_;
  const Issuer& issuer_;
  JwksVerifier verifier_;
  std::vector<std::string> tokens_;
  std::uint64_t asked_ = 0;
  std::shared_ptr<Tally> tally_ = std::make_shared<Tally>();
};

Error error_numbered(unsigned code) { return Error(static_cast<ErrorCode>(code)); }

}  // namespace

TEST_CASE("results and fetches add up along random walks through outages and rotations",
          "[claim-81]") {
  const unsigned seed = GENERATE(range(1U, 13U));
  CAPTURE(seed);
  const Issuer issuer;
  auto options = issuer.options({.background_refresh = seed % 2 == 0});
  // By discovery, too: its document names no key set, so that it is asked for again and again.
  if (seed % 3 == 0) options.jwks_uri.clear();
  Walk walk(seed, std::move(options), issuer);
  for (int steps = 0; steps < 150; ++steps) walk.step();
  walk.check();
}

TEST_CASE("what waits, and what gives up, is counted as well", "[claim-81]") {
  const Issuer issuer;
  const auto verifier = issuer.loaded();
  issuer.fetcher->close_gate();
  Tally tally;
  {
    std::jthread waiting([&] { tally.count(verifier.verify(token_with_kid("nobody"))); });
    REQUIRE(eventually([&] { return verifier.stats().waiters == 1; }));
    CHECK(verifier.stats().kid_misses == 1);
    CHECK(verifier.stats().kid_miss_outcomes == decltype(Stats::kid_miss_outcomes){});
    REQUIRE(eventually([&] { return issuer.fetcher->calls() == 2; }));
    issuer.clock->advance(seconds(3));
  }
  CHECK(verifier.stats().waiters == 0);
  CHECK(tally.errors == std::map<ErrorCode, std::uint64_t>{{ErrorCode::keys_unavailable, 1}});
  issuer.fetcher->open_gate();
  REQUIRE(eventually([&] { return verifier.stats().fetches == 2; }));
  tally.check(verifier.stats());
  CHECK(verifier.stats().unavailable == 1);
}

TEST_CASE("a retry in one flight is a fetch of its own", "[claim-81]") {
  const Issuer issuer;
  issuer.fetcher->fail(/*retryable_now=*/true);
  const auto verifier = issuer.verifier({.caller_wait = seconds(60), .background_refresh = false});
  Tally tally;
  std::jthread caller([&] { tally.count(verifier.verify(token_of(key_a()))); });
  REQUIRE(eventually([&] { return issuer.fetcher->calls() == 1; }));
  issuer.publish({key_a()});
  REQUIRE(eventually([&] {
    issuer.clock->advance(milliseconds(10));  // the pause before the retry
    return issuer.fetcher->calls() == 2;
  }));
  caller.join();
  CHECK(tally.accepted == 1);
  CHECK(verifier.stats().fetches == 2);
  CHECK(ended_flights(verifier.stats()) == 1);
  CHECK(verifier.stats().fetch_failures == 0);
}

TEST_CASE("every code is counted by itself") {
  ResultCounters counters;
  std::map<ErrorCode, std::uint64_t> expected;
  std::uint64_t unavailable = 0;
  for (unsigned number = 0; number < 1000; ++number) {
    const Error error = error_numbered(number);
    if (to_string(error.code()) == "unknown") continue;
    const std::uint64_t times = expected.size() + 1;
    for (std::uint64_t i = 0; i < times; ++i) counters.count(error);
    expected[error.code()] = times;
    if (error.category() == ErrorCategory::unavailable) unavailable += times;
  }
  REQUIRE(expected.size() > 30);
  Stats stats;
  counters.report(stats);
  std::uint64_t sum = 0;
  REQUIRE(stats.by_code.size() == expected.size());
  for (std::size_t i = 0; i < stats.by_code.size(); ++i) {
    CHECK(stats.by_code[i].count == expected.at(stats.by_code[i].code));
    if (i > 0) CHECK(stats.by_code[i - 1].code < stats.by_code[i].code);
    sum += stats.by_code[i].count;
  }
  CHECK(stats.unavailable == unavailable);
  CHECK(stats.refused == sum - unavailable);
}

TEST_CASE("a number that is no code of ours is counted as custom") {
  ResultCounters counters;
  for (const unsigned number : {0U, 450U, 499U, 999U, 65535U})
    counters.count(error_numbered(number));
  Stats stats;
  counters.report(stats);
  REQUIRE(stats.by_code.size() == 1);
  CHECK(stats.by_code[0].code == ErrorCode::custom);
  CHECK(stats.by_code[0].count == 5);
  CHECK(stats.refused == 5);
}

TEST_CASE("hits of the token cache are counted") {
  ResultCounters counters;
  counters.count_token_cache_hit();
  counters.count_token_cache_hit();
  Stats stats;
  counters.report(stats);
  CHECK(stats.token_cache_hits == 2);
  CHECK(stats.accepted == 0);
}

TEST_CASE("entries of the key set that are not used are reported with their reasons") {
  const Issuer issuer;
  issuer.fetcher->answer_with_body(test::jwks_document(
      {key_a().public_jwk(), R"({"kty":"oct","k":"AAAA"})", R"({"kty":"XYZ"})", "7"}));
  const auto verifier = issuer.verifier({.background_refresh = false});
  CHECK(verifier.stats().skipped_keys.empty());
  REQUIRE(verifier.verify(token_of(key_a())));
  CHECK(verifier.stats().skipped_keys == std::vector<ErrorReason>{ErrorReason::symmetric,
                                                                  ErrorReason::unknown_kty,
                                                                  ErrorReason::not_an_object});
}

TEST_CASE("a verifier of static keys counts its answers and nothing else") {
  const auto verifier = JwksVerifier::create_static(test::key_set({key_a()}), test::options(),
                                                    std::make_shared<test::FakeClock>(test::kNow))
                            .value();
  Tally tally;
  for (const auto& text : {token_of(key_a()), token_of(key_b()), std::string("x")})
    tally.count(verifier.verify(text));
  tally.check(verifier.stats());
  CHECK(verifier.stats().accepted == 1);
  CHECK(verifier.stats().fetches == 0);
  CHECK(verifier.stats().kid_misses == 0);
}
