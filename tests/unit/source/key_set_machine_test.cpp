#include "source/key_set_machine.hpp"

#include "support/catch.hpp"
#include "support/issuer_fixture.hpp"

namespace {

using jwks::CacheOptions;
using jwks::Error;
using jwks::ErrorCategory;
using jwks::ErrorCode;
using jwks::ErrorReason;
using jwks::FetchCause;
using jwks::JwkSet;
using jwks::KeySetState;
using jwks::SteadyTime;
using jwks::source::Flight;
using jwks::source::FlightResult;
using jwks::source::Inquiry;
using jwks::source::KeySetMachine;
using jwks::source::Miss;
using jwks::source::MissStep;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;
using Kind = MissStep::Kind;

constexpr SteadyTime kStart{hours(1)};

/// Drives a machine through time: `at` is seconds since the load.
struct Driver {
  explicit Driver(CacheOptions options = {}, jwks::source::Jitter jitter = &test::half)
      : machine(options, {.jwks_uri = "https://issuer.example/jwks"}, jitter, {1, 2}) {}

  static FlightResult success(std::optional<JwkSet> keys, SteadyTime now,
                              seconds ttl = seconds(300)) {
    FlightResult result;
    result.keys = std::move(keys);
    result.freshness.ttl = ttl;
    result.received_at = now;
    result.location.jwks_uri = "https://issuer.example/jwks";
    return result;
  }
  static FlightResult failure(std::optional<seconds> retry_after = {}) {
    FlightResult result;
    result.error = Error(ErrorCode::keys_unavailable, ErrorReason::fetch_failed).because("down");
    result.retry_after = retry_after;
    return result;
  }

  void load() {
    auto flight = machine.begin_due(kStart);
    REQUIRE(flight);
    REQUIRE(machine.finish(*flight, success(test::key_set({test::key_a()}), kStart), kStart));
  }
  [[nodiscard]] KeySetState state(seconds at) const { return machine.state(kStart + at); }
  bool fail_due(seconds at) {
    auto flight = machine.begin_due(kStart + at);
    return flight && machine.finish(*flight, failure(), kStart + at);
  }
  MissStep miss(const Inquiry& inquiry, SteadyTime now) {
    Miss one = machine.begin_miss(inquiry);
    return machine.next(one, now);
  }

  KeySetMachine machine;
};

Inquiry inquiry_of(std::string kid) {
  return {
      .hint = {.has_key_id = true, .key_id = std::move(kid), .algorithm = jwks::Algorithm::es256}};
}

}  // namespace

TEST_CASE("the states follow from the times", "[claim-84]") {
  Driver driver;
  CHECK(driver.state(seconds(0)) == KeySetState::empty);
  driver.load();
  CHECK(driver.state(seconds(0)) == KeySetState::fresh);
  CHECK(driver.state(seconds(239)) == KeySetState::fresh);
  CHECK(driver.state(seconds(240)) == KeySetState::refresh_due);
  CHECK(driver.state(seconds(299)) == KeySetState::refresh_due);
  CHECK(driver.state(seconds(300)) == KeySetState::stale_unproven);
  CHECK(driver.state(seconds(3899)) == KeySetState::stale_unproven);
  CHECK(driver.state(seconds(3900)) == KeySetState::expired);
}

TEST_CASE("without stale use the set expires with its TTL", "[claim-36]") {
  Driver driver({.max_stale = seconds(0)});
  driver.load();
  CHECK(driver.state(seconds(299)) == KeySetState::refresh_due);
  CHECK(driver.state(seconds(300)) == KeySetState::expired);
}

TEST_CASE("the soft point lies within 70 and 90 percent of the TTL", "[claim-6]") {
  const auto soft_point = [](jwks::source::Jitter jitter) {
    Driver driver({}, jitter);
    driver.load();
    return driver.machine.held()->soft_at - kStart;
  };
  CHECK(soft_point([]() noexcept { return 0.0; }) == seconds(210));
  CHECK(soft_point([]() noexcept { return 1.0; }) == seconds(270));
  CHECK(soft_point([]() noexcept { return 7.0; }) == seconds(270));
  CHECK(soft_point([]() noexcept { return -7.0; }) == seconds(210));
}

TEST_CASE("an outage makes old keys stale, and only a recent proof of it does", "[claim-33]") {
  Driver driver({}, &test::nearly_one);
  driver.load();
  CHECK(driver.fail_due(seconds(301)));
  CHECK(driver.state(seconds(302)) == KeySetState::stale);
  CHECK(driver.machine.in_hand(kStart + seconds(302)).stale);
  CHECK(driver.state(seconds(301 + 120)) == KeySetState::stale);
  CHECK(driver.state(seconds(301 + 121)) == KeySetState::stale_unproven);
  CHECK_FALSE(driver.machine.in_hand(kStart + seconds(301 + 121)).snapshot);
}

TEST_CASE("a failure within the TTL makes nothing stale", "[claim-32]") {
  Driver driver;
  driver.load();
  CHECK(driver.fail_due(seconds(240)));
  CHECK(driver.state(seconds(290)) == KeySetState::refresh_due);
  CHECK_FALSE(driver.machine.in_hand(kStart + seconds(290)).stale);
}

TEST_CASE("ten minutes of outage cost at most 16 flights", "[claim-37]") {
  Driver driver({}, &test::nearly_one);
  int flights = 0;
  for (milliseconds at(0); at < std::chrono::minutes(10); at += milliseconds(100))
    if (auto flight = driver.machine.begin_due(kStart + at)) {
      ++flights;
      driver.machine.finish(*flight, Driver::failure(), kStart + at);
    }
  CHECK(flights <= 16);
  CHECK(flights >= 14);
}

TEST_CASE("Retry-After is heeded and a success ends the back-off", "[claim-38][claim-39]") {
  Driver driver;
  driver.load();
  auto flight = driver.machine.begin_due(kStart + seconds(250));
  REQUIRE(flight);
  driver.machine.finish(*flight, Driver::failure(seconds(120)), kStart + seconds(250));
  CHECK_FALSE(driver.machine.begin_due(kStart + seconds(369)));
  CHECK(driver.machine.next_attempt(kStart + seconds(260)) == kStart + seconds(370));
  flight = driver.machine.begin_due(kStart + seconds(370));
  REQUIRE(flight);
  driver.machine.finish(*flight, Driver::success(std::nullopt, kStart + seconds(370)),
                        kStart + seconds(370));
  CHECK(driver.state(seconds(370)) == KeySetState::fresh);
  CHECK_FALSE(driver.machine.failing());
}

TEST_CASE("a failed refresh leaves the very same snapshot in place", "[claim-43]") {
  Driver driver;
  driver.load();
  const auto before = driver.machine.held();
  CHECK(driver.fail_due(seconds(250)));
  CHECK(driver.machine.held() == before);
}

TEST_CASE("a confirmed set keeps its keys and generation and renews its times",
          "[claim-9][claim-11]") {
  Driver driver;
  driver.load();
  const auto before = driver.machine.held();
  auto flight = driver.machine.begin_due(kStart + seconds(250));
  REQUIRE(flight);
  driver.machine.finish(*flight, Driver::success(std::nullopt, kStart + seconds(250)),
                        kStart + seconds(250));
  const auto after = driver.machine.held();
  CHECK(after->generation == before->generation);
  CHECK(&after->keys.keys()[0].public_key() == &before->keys.keys()[0].public_key());
  CHECK(after->fresh_until == before->fresh_until + seconds(250));
}

TEST_CASE("a flight that was overtaken changes nothing", "[claim-61]") {
  Driver driver;
  driver.load();
  auto lost = driver.machine.begin_due(kStart + seconds(250));
  REQUIRE(lost);
  driver.machine.taken_up(lost->number, kStart + seconds(250));
  CHECK_FALSE(driver.machine.begin_due(kStart + seconds(309)));  // one flight at a time
  auto newer = driver.machine.begin_due(kStart + seconds(310));  // its worker is lost
  REQUIRE(newer);
  CHECK(driver.machine.finish(
      *newer, Driver::success(test::key_set({test::key_b()}), kStart + seconds(311)),
      kStart + seconds(311)));
  const auto held = driver.machine.held();
  CHECK_FALSE(driver.machine.finish(
      *lost, Driver::success(test::key_set({test::key_a()}), kStart + seconds(312)),
      kStart + seconds(312)));
  CHECK(driver.machine.held() == held);
}

TEST_CASE("results that come after closing are dropped", "[claim-62]") {
  Driver driver;
  auto flight = driver.machine.begin_due(kStart);
  REQUIRE(flight);
  driver.machine.go_offline(ErrorReason::closed);
  CHECK_FALSE(driver.machine.finish(
      *flight, Driver::success(test::key_set({test::key_a()}), kStart), kStart));
  CHECK(driver.state(seconds(0)) == KeySetState::empty);
  CHECK_FALSE(driver.machine.begin_due(kStart));
  CHECK_FALSE(driver.machine.next_wakeup(kStart));
  CHECK(driver.miss(inquiry_of("x"), kStart).error->reason() == ErrorReason::closed);
}

TEST_CASE("a kid miss starts one forced flight, and the next caller joins it", "[claim-13]") {
  Driver driver;
  driver.load();
  const Inquiry inquiry = inquiry_of(test::key_b().key_id());
  const SteadyTime now = kStart + seconds(100);
  Miss first = driver.machine.begin_miss(inquiry);
  MissStep step = driver.machine.next(first, now);
  REQUIRE(step.kind == Kind::wait);
  REQUIRE(step.launch);
  CHECK(step.launch->forced);
  CHECK(step.launch->cause == FetchCause::kid_miss);
  Miss second = driver.machine.begin_miss(inquiry);
  const MissStep joined = driver.machine.next(second, now);
  CHECK(joined.kind == Kind::wait);
  CHECK_FALSE(joined.launch);

  driver.machine.finish(*step.launch,
                        Driver::success(test::key_set({test::key_a(), test::key_b()}), now), now);
  CHECK(driver.machine.next(first, now).kind == Kind::use);
  CHECK(driver.machine.next(second, now).kind == Kind::use);
}

TEST_CASE("a caller whose flight began before it looks once more", "[claim-23][claim-24]") {
  Driver driver;
  driver.load();
  SteadyTime now = kStart + seconds(250);
  auto earlier = driver.machine.begin_due(now);
  REQUIRE(earlier);

  const Inquiry inquiry = inquiry_of(test::key_b().key_id());
  Miss miss = driver.machine.begin_miss(inquiry);
  CHECK_FALSE(driver.machine.next(miss, now).launch);
  driver.machine.finish(*earlier, Driver::success(std::nullopt, now), now);
  MissStep again = driver.machine.next(miss, now);
  REQUIRE(again.launch);
  CHECK(again.launch->forced);

  SECTION("and is accepted if the key has come") {
    driver.machine.finish(*again.launch, Driver::success(test::key_set({test::key_b()}), now), now);
    CHECK(driver.machine.next(miss, now).kind == Kind::use);
  }
  SECTION("and is refused if it has not, without a third flight") {
    driver.machine.finish(*again.launch, Driver::success(std::nullopt, now), now);
    const MissStep end = driver.machine.next(miss, now);
    REQUIRE(end.kind == Kind::refuse);
    CHECK(end.error->code() == ErrorCode::unknown_key);
    CHECK(driver.machine.negative_entries(now) == 1);
  }
}

TEST_CASE("a thousand random kids cost two flights", "[claim-15][claim-16][claim-17]") {
  Driver driver;
  driver.load();
  int flights = 0;
  const auto flood = [&](SteadyTime from) {
    for (int i = 0; i < 1000; ++i) {
      const SteadyTime now = from + milliseconds(5 * i);
      const Inquiry inquiry = inquiry_of("random-" + std::to_string(i) + std::to_string(flights));
      Miss miss = driver.machine.begin_miss(inquiry);
      MissStep step = driver.machine.next(miss, now);
      if (step.launch) {
        ++flights;
        driver.machine.finish(*step.launch, Driver::success(std::nullopt, now), now);
        step = driver.machine.next(miss, now);
      }
      REQUIRE(step.kind == Kind::refuse);
      REQUIRE(step.error->code() == ErrorCode::unknown_key);
      REQUIRE(step.error->category() == ErrorCategory::key);
      if (step.error->reason() == ErrorReason::rate_limited) {
        REQUIRE(step.error->retry_after());
        REQUIRE(*step.error->retry_after() <= seconds(30));
      }
    }
  };
  flood(kStart + seconds(10));
  CHECK(flights == 2);
  flood(kStart + seconds(40));
  CHECK(flights == 3);
}

TEST_CASE("a kid that was looked for is not looked for again soon", "[claim-18][claim-19]") {
  Driver driver;
  driver.load();
  const SteadyTime now = kStart + seconds(100);
  const Inquiry inquiry = inquiry_of(test::key_b().key_id());
  Miss miss = driver.machine.begin_miss(inquiry);
  auto first = driver.machine.next(miss, now);
  REQUIRE(first.launch);
  driver.machine.finish(*first.launch, Driver::success(std::nullopt, now), now);
  CHECK(driver.machine.next(miss, now).error->reason() == ErrorReason::none);

  const auto again = driver.miss(inquiry, now + seconds(29));
  REQUIRE(again.kind == Kind::refuse);
  CHECK(again.error->reason() == ErrorReason::negative);
  CHECK(driver.miss(inquiry, now + seconds(30)).launch);

  SECTION("but a set that brings it answers at once") {
    Driver other;
    other.load();
    Miss one = other.machine.begin_miss(inquiry);
    auto step = other.machine.next(one, now);
    other.machine.finish(*step.launch, Driver::success(std::nullopt, now), now);
    CHECK(other.machine.next(one, now).error->code() == ErrorCode::unknown_key);
    auto soft = other.machine.begin_manual(now + seconds(5));
    REQUIRE(soft);
    other.machine.finish(*soft, Driver::success(test::key_set({test::key_b()}), now + seconds(5)),
                         now + seconds(5));
    CHECK(other.miss(inquiry, now + seconds(5)).kind == Kind::use);
  }
}

TEST_CASE("two forced flights are a second apart") {
  Driver driver;
  driver.load();
  const SteadyTime now = kStart + seconds(100);
  auto first = driver.miss(inquiry_of("x"), now);
  REQUIRE(first.launch);
  driver.machine.finish(*first.launch, Driver::success(std::nullopt, now), now);
  const auto soon = driver.miss(inquiry_of("y"), now + milliseconds(999));
  REQUIRE(soon.kind == Kind::refuse);
  CHECK(soon.error->reason() == ErrorReason::rate_limited);
  CHECK(driver.miss(inquiry_of("y"), now + seconds(1)).launch);
}

TEST_CASE("a miss during an outage is unavailable, not unknown", "[claim-40]") {
  Driver driver({}, &test::nearly_one);
  driver.load();
  const SteadyTime now = kStart + seconds(280);
  REQUIRE(driver.fail_due(seconds(280)));
  const auto step = driver.miss(inquiry_of("x"), now);
  REQUIRE(step.kind == Kind::refuse);
  CHECK(step.error->category() == ErrorCategory::unavailable);
  CHECK(step.error->reason() == ErrorReason::backing_off);
  CHECK(step.error->retry_after() == seconds(1));
  CHECK(step.error->detail() == "down");

  // Also after the back-off, when the bucket is empty and nobody has asked since.
  Driver drained({.forced_refresh_burst = 1, .forced_refresh_interval = seconds(3600)});
  drained.load();
  auto forced = drained.miss(inquiry_of("x"), now);
  REQUIRE(forced.launch);
  drained.machine.finish(*forced.launch, Driver::failure(), now);
  const auto later = drained.miss(inquiry_of("y"), now + seconds(10));
  REQUIRE(later.kind == Kind::refuse);
  CHECK(later.error->category() == ErrorCategory::unavailable);
}

TEST_CASE("with kid-miss refresh off a miss never fetches", "[claim-30]") {
  Driver driver({.kid_miss_refresh = false});
  driver.load();
  const auto step = driver.miss(inquiry_of("x"), kStart + seconds(100));
  REQUIRE(step.kind == Kind::refuse);
  CHECK(step.error->code() == ErrorCode::unknown_key);
  CHECK(driver.machine.begin_due(kStart + seconds(240)));  // the periodic one goes on
}

TEST_CASE("an idle process asks before it trusts old keys", "[claim-34][claim-35]") {
  Driver driver;
  driver.load();
  const SteadyTime now = kStart + seconds(400);
  const Inquiry inquiry = inquiry_of(test::key_a().key_id());
  Miss miss = driver.machine.begin_miss(inquiry);
  auto step = driver.machine.next(miss, now);
  REQUIRE(step.launch);
  CHECK(step.launch->cause == FetchCause::stale);

  SECTION("a removed key is refused") {
    driver.machine.finish(*step.launch, Driver::success(test::key_set({test::key_b()}), now), now);
    const auto end = driver.machine.next(miss, now);
    REQUIRE(end.kind == Kind::refuse);
    CHECK(end.error->code() == ErrorCode::unknown_key);
  }
  SECTION("a failure makes it stale and serves it") {
    driver.machine.finish(*step.launch, Driver::failure(), now);
    const auto end = driver.machine.next(miss, now);
    REQUIRE(end.kind == Kind::use);
    CHECK(end.keys.stale);
    CHECK(end.keys.age == seconds(400));
  }
  SECTION("so does a wait in vain, and the next caller does not wait") {
    const auto end = driver.machine.give_up(miss, now + seconds(3), true);
    REQUIRE(end.kind == Kind::use);
    CHECK(end.keys.stale);
    CHECK(driver.machine.in_hand(now + seconds(3)).snapshot);
  }
  SECTION("a caller who may not wait proves nothing") {
    const auto end = driver.machine.give_up(miss, now, false);
    REQUIRE(end.kind == Kind::refuse);
    CHECK(driver.machine.state(now) == KeySetState::stale_unproven);
  }
}

TEST_CASE("an expired set is unavailable, and says so", "[claim-36]") {
  Driver driver({}, &test::nearly_one);
  driver.load();
  CHECK(driver.fail_due(seconds(3900)));
  const auto step = driver.miss(inquiry_of(test::key_a().key_id()), kStart + seconds(3900));
  REQUIRE(step.kind == Kind::refuse);
  CHECK(step.error->code() == ErrorCode::keys_unavailable);
  CHECK(step.error->reason() == ErrorReason::expired);
}

TEST_CASE("each change of state is observed once", "[claim-82]") {
  Driver driver;
  driver.load();
  CHECK(driver.machine.observe(kStart) == std::pair(KeySetState::empty, KeySetState::fresh));
  CHECK_FALSE(driver.machine.observe(kStart + seconds(1)));
  CHECK(driver.machine.observe(kStart + seconds(240)) ==
        std::pair(KeySetState::fresh, KeySetState::refresh_due));
  CHECK(driver.machine.next_wakeup(kStart + seconds(1)) == kStart + seconds(240));
}

TEST_CASE("a failure while fresh does not wake anybody before the soft point") {
  Driver driver;
  driver.load();
  auto forced = driver.miss(inquiry_of("x"), kStart + seconds(10));
  REQUIRE(forced.launch);
  driver.machine.finish(*forced.launch, Driver::failure(), kStart + seconds(10));
  CHECK(driver.machine.next_wakeup(kStart + seconds(100)) == kStart + seconds(240));
}
