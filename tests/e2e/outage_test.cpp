// An issuer that is down: at the start, later, and back again.

#include <chrono>
#include <memory>
#include <string>

#include "e2e/shifted_clock.hpp"
#include "e2e/world.hpp"

namespace {

using namespace test;
using std::chrono::minutes;
using std::chrono::seconds;

TEST_CASE("an issuer that is down at the start gives keys_unavailable and recovers by itself",
          "[claim-42]") {
  const auto issuer = take(Emulator::start(small_keys()));
  const auto text = take(issuer.issue({.audience = std::string(kAudience)}));
  issuer.stop();

  const auto clock = std::make_shared<ShiftedClock>();
  auto options = options_for(issuer);
  options.clock = clock;
  options.cache.background_refresh = false;
  const auto verifier = take(jwks::JwksVerifier::create(options));

  const auto down = verifier.verify(text);
  REQUIRE_FALSE(down.has_value());
  CHECK(down.error().code() == ErrorCode::keys_unavailable);
  CHECK(down.error().category() == jwks::ErrorCategory::unavailable);
  CHECK(down.error().retryable());
  CHECK(verifier.health().state == jwks::KeySetState::empty);

  take_nothing(issuer.restart());
  clock->advance(minutes(2));  // past any back-off
  const auto up = verifier.verify(text);
  REQUIRE(up.has_value());
  CHECK(verifier.health().state == jwks::KeySetState::fresh);
}

TEST_CASE("in the background an issuer that comes back is noticed without a request",
          "[claim-39]") {
  const auto issuer = take(Emulator::start(small_keys()));
  issuer.stop();
  const auto clock = std::make_shared<ShiftedClock>();
  auto options = options_for(issuer);
  options.clock = clock;
  const auto verifier = take(jwks::JwksVerifier::create(options));
  const auto text = take(issuer.issue({.audience = std::string(kAudience)}));
  CHECK_FALSE(verifier.verify(text).has_value());

  take_nothing(issuer.restart());
  clock->advance(minutes(2));
  // verify_cached never fetches: the keys that it finds came by themselves.
  CHECK(verifier.warm_up(seconds(60)).has_value());
  CHECK(verifier.verify_cached(text).has_value());
}

TEST_CASE("known keys go on verifying while the issuer is down, unknown ones are unavailable",
          "[claim-32][claim-40]") {
  const World world;
  const std::string text = world.token();
  REQUIRE(world.verifier.verify(text).has_value());
  const std::string stranger = world.token({.header = {{"kid", R"("nobody")"}}});
  world.issuer.stop();
  CHECK(world.verifier.verify(text).has_value());
  const auto unknown = world.verifier.verify(stranger);
  REQUIRE_FALSE(unknown.has_value());
  CHECK(unknown.error().code() == ErrorCode::keys_unavailable);
  CHECK(world.verifier.verify(text).has_value());
}

TEST_CASE("an issuer that answers with errors does not take the held keys away", "[claim-43]") {
  const World world;
  const std::string text = world.token();
  REQUIRE(world.verifier.verify(text).has_value());
  REQUIRE(world.issuer.fail_with(500));
  CHECK_FALSE(world.verifier.refresh(seconds(30)).has_value());
  CHECK(world.verifier.verify(text).has_value());
  REQUIRE(world.issuer.fail_with(std::nullopt));
  CHECK(world.verifier.refresh(seconds(30)).has_value());
  CHECK(world.verifier.verify(text).has_value());
}

TEST_CASE("keys of an issuer that stays away are used for the stale time and then no more",
          "[claim-33][claim-36]") {
  const auto issuer = take(Emulator::start(small_keys()));
  const auto text = take(issuer.issue({.audience = std::string(kAudience)}));
  const auto clock = std::make_shared<ShiftedClock>();
  auto options = options_for(issuer);
  options.clock = clock;
  options.cache.max_stale = seconds(600);
  options.cache.background_refresh = false;
  const auto verifier = take(jwks::JwksVerifier::create(options));
  REQUIRE(verifier.verify(text).has_value());
  issuer.stop();

  clock->advance(seconds(310));
  CHECK_FALSE(verifier.refresh(seconds(30)).has_value());
  const auto stale = verifier.verify(text);
  REQUIRE(stale.has_value());
  CHECK(stale->stale());
  CHECK(stale->key_age() >= seconds(310));

  clock->advance(seconds(610));
  const auto expired = verifier.verify(text);
  REQUIRE_FALSE(expired.has_value());
  CHECK(expired.error().code() == ErrorCode::keys_unavailable);
  CHECK(verifier.health().state == jwks::KeySetState::expired);
}

TEST_CASE("a closed verifier goes on with the keys that it holds") {
  const World world;
  const std::string text = world.token();
  REQUIRE(world.verifier.verify(text).has_value());
  world.verifier.close();
  world.verifier.close();
  CHECK(world.verifier.verify(text).has_value());
  const auto unknown = world.verifier.verify(world.token({.header = {{"kid", R"("nobody")"}}}));
  check_refused(unknown, ErrorCode::keys_unavailable, ErrorReason::closed);
}

}  // namespace
