// An issuer that can't be reached: at the start, for a while, for good.

#include <atomic>
#include <thread>

#include "jwks/jwks_verifier.hpp"
#include "support/catch.hpp"
#include "support/issuer_fixture.hpp"

namespace {

using jwks::ErrorCode;
using jwks::ErrorReason;
using jwks::JwksVerifier;
using jwks::KeySetState;
using jwks::WarmUp;
using std::chrono::milliseconds;
using std::chrono::seconds;
using test::error_of;
using test::eventually;
using test::Issuer;
using test::key_a;
using test::key_b;
using test::token_of;

}  // namespace

TEST_CASE("an issuer that is down at the start is no reason not to start", "[claim-42]") {
  const Issuer issuer;
  issuer.fetcher->answer_with_status(500);
  const bool background = GENERATE(false, true);
  CAPTURE(background);
  const auto verifier = issuer.verifier({.background_refresh = background});
  const auto first = verifier.warm_up(seconds(30), WarmUp::fail_fast);
  REQUIRE_FALSE(first);
  CHECK(first.error().reason() == ErrorReason::fetch_failed);
  CHECK(issuer.fetcher->calls() == 1);
  // What has failed already counts, as long as no other attempt is admitted.
  CHECK_FALSE(verifier.warm_up(seconds(30), WarmUp::fail_fast));
  CHECK(issuer.fetcher->calls() == 1);

  issuer.publish({key_a()});
  issuer.clock->advance(seconds(1));  // the back-off
  CHECK(verifier.verify(token_of(key_a())));
  CHECK(issuer.fetcher->calls() == 2);
}

TEST_CASE("a warm-up keeps trying as the back-off permits", "[claim-42]") {
  const Issuer issuer;
  issuer.fetcher->answer_with_status(500);
  const bool background = GENERATE(false, true);
  CAPTURE(background);
  const auto verifier = issuer.verifier({.background_refresh = background});
  SECTION("until the issuer answers") {
    std::atomic<int> outcome = 0;
    std::jthread starting([&] { outcome = verifier.warm_up(std::chrono::hours(1)) ? 1 : 2; });
    REQUIRE(eventually([&] {
      issuer.clock->advance(milliseconds(100));
      return issuer.fetcher->calls() >= 4;
    }));
    CHECK(outcome == 0);
    issuer.publish({key_a()});
    CHECK(eventually([&] {
      issuer.clock->advance(milliseconds(100));
      return outcome != 0;
    }));
    CHECK(outcome == 1);
  }
  SECTION("until its own deadline") {
    std::optional<jwks::Error> error;
    std::atomic<bool> done = false;
    std::jthread starting([&] {
      error = verifier.warm_up(seconds(10)).error();
      done = true;
    });
    CHECK(eventually([&] {
      issuer.clock->advance(milliseconds(100));
      return done.load();
    }));
    starting.join();
    CHECK(error->code() == ErrorCode::keys_unavailable);
    CHECK(issuer.fetcher->calls() >= 2);
  }
}

TEST_CASE("after a failed attempt old keys serve although the next one hangs",
          "[claim-32][claim-33]") {
  const Issuer issuer;
  const auto verifier = issuer.loaded();
  issuer.fetcher->answer_with_status(500);
  issuer.clock->advance(seconds(240));
  CHECK(verifier.verify(token_of(key_a())));
  REQUIRE(eventually([&] { return verifier.stats().fetch_failures == 1; }));
  issuer.clock->advance(seconds(50));
  const auto fresh = verifier.verify(token_of(key_a()));
  REQUIRE(fresh);
  CHECK_FALSE(fresh->stale());
  REQUIRE(eventually([&] { return verifier.stats().fetch_failures == 2; }));

  issuer.fetcher->close_gate();
  issuer.clock->advance(seconds(20));
  for (int i = 0; i < 3; ++i) {
    const auto stale = verifier.verify(token_of(key_a()));  // would not return if it waited
    REQUIRE(stale);
    CHECK(stale->stale());
  }
}

TEST_CASE("after idle time a removed key is not trusted because nobody has looked", "[claim-34]") {
  const Issuer issuer;
  const auto verifier = issuer.loaded();
  issuer.clock->advance(seconds(400));
  issuer.publish({key_b()});
  CHECK(error_of(verifier.verify(token_of(key_a()))).code() == ErrorCode::unknown_key);
  CHECK(verifier.verify(token_of(key_b())));
  CHECK(issuer.fetcher->requests().at(1).no_cache == false);
}

TEST_CASE("verify_cached returns in any state while the network hangs", "[claim-70]") {
  struct Case {
    seconds at;
    bool failed;
    KeySetState state;
    bool accepted;
  };
  const Case each = GENERATE(Case{seconds(100), false, KeySetState::fresh, true},
                             Case{seconds(250), false, KeySetState::refresh_due, true},
                             Case{seconds(400), false, KeySetState::stale_unproven, false},
                             Case{seconds(400), true, KeySetState::stale, true},
                             Case{seconds(3900), false, KeySetState::expired, false},
                             Case{seconds(3900), true, KeySetState::expired, false});
  CAPTURE(to_string(each.state));
  const Issuer issuer;
  const auto verifier = issuer.loaded();
  issuer.clock->advance(each.at);
  if (each.failed) {
    issuer.fetcher->answer_with_status(500);
    REQUIRE_FALSE(verifier.refresh(seconds(5)));
  }
  REQUIRE(verifier.health().state == each.state);
  issuer.fetcher->close_gate();
  for (int i = 0; i < 3; ++i) {
    CHECK(verifier.verify_cached(token_of(key_a())).has_value() == each.accepted);
    CHECK_FALSE(verifier.verify_cached(token_of(key_b())));
    CHECK_FALSE(verifier.verify_cached("garbage"));
  }
  CHECK(verifier.stats().waiters == 0);
}
