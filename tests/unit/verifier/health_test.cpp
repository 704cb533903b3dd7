// health() in every state, and what a health check makes of it.

#include <string>

#include "support/catch.hpp"
#include "support/issuer_fixture.hpp"

namespace {

using jwks::ErrorReason;
using jwks::Health;
using jwks::health_status;
using jwks::HealthStatus;
using jwks::JwksVerifier;
using jwks::KeySetState;
using std::chrono::milliseconds;
using std::chrono::seconds;
using test::eventually;
using test::Issuer;
using test::key_a;
using test::key_b;
using test::token_of;

void check_kids(const Health& health, std::vector<std::string> kids) {
  CHECK(health.kids == kids);
  CHECK(health.generation == (kids.empty() ? 0U : 1U));
}

}  // namespace

TEST_CASE("health tells each state of section 3 as time goes by", "[claim-84]") {
  const Issuer issuer;
  const auto verifier = issuer.verifier({.background_refresh = false});

  Health health = verifier.health();
  CHECK(health.state == KeySetState::empty);
  CHECK(health_status(health.state) == HealthStatus::unavailable);
  check_kids(health, {});
  CHECK(health.key_age == seconds(0));
  CHECK_FALSE(health.last_error);
  CHECK(health.next_attempt_in == milliseconds(0));

  REQUIRE(verifier.verify(token_of(key_a())));
  health = verifier.health();
  CHECK(health.state == KeySetState::fresh);
  CHECK(health_status(health.state) == HealthStatus::healthy);
  check_kids(health, {"key-a"});
  CHECK_FALSE(health.last_error);
  CHECK(health.next_attempt_in == seconds(240));

  issuer.clock->advance(seconds(240));
  health = verifier.health();
  CHECK(health.state == KeySetState::refresh_due);
  CHECK(health_status(health.state) == HealthStatus::healthy);
  CHECK(health.key_age == seconds(240));
  CHECK(health.next_attempt_in == milliseconds(0));

  issuer.clock->advance(seconds(60));
  health = verifier.health();
  CHECK(health.state == KeySetState::stale_unproven);
  CHECK(health_status(health.state) == HealthStatus::degraded);
  CHECK_FALSE(health.last_error);

  issuer.fetcher->answer_with_status(500);
  REQUIRE(verifier.verify(token_of(key_a())).value().stale());
  health = verifier.health();
  CHECK(health.state == KeySetState::stale);
  CHECK(health_status(health.state) == HealthStatus::degraded);
  check_kids(health, {"key-a"});
  CHECK(health.key_age == seconds(300));
  REQUIRE(health.last_error);
  CHECK(health.last_error->reason() == ErrorReason::fetch_failed);
  REQUIRE(health.next_attempt_in);
  CHECK(*health.next_attempt_in <= seconds(1));  // the first back-off

  issuer.clock->advance(seconds(3600));
  health = verifier.health();
  CHECK(health.state == KeySetState::expired);
  CHECK(health_status(health.state) == HealthStatus::unavailable);
  CHECK(health.last_error);
  check_kids(health, {"key-a"});

  issuer.publish({key_a()});
  REQUIRE(verifier.verify(token_of(key_a())));
  health = verifier.health();
  CHECK(health.state == KeySetState::fresh);
  CHECK_FALSE(health.last_error);
  CHECK(health.key_age == seconds(0));
  check_kids(health, {"key-a"});  // the same document: the generation stays
}

TEST_CASE("health of static keys is the same for ever", "[claim-84]") {
  const auto verifier =
      JwksVerifier::create_static(test::key_set({key_a(), key_b()}), test::options()).value();
  const Health health = verifier.health();
  CHECK(health.state == KeySetState::static_keys);
  CHECK(health_status(health.state) == HealthStatus::healthy);
  CHECK(health.kids == std::vector<std::string>{"key-a", "key-b"});
  CHECK(health.generation == 0);
  CHECK_FALSE(health.next_attempt_in);
  CHECK_FALSE(health.last_error);
}

TEST_CASE("while a flight is under way there is no next attempt", "[claim-84]") {
  const Issuer issuer;
  issuer.fetcher->close_gate();
  const auto verifier = issuer.verifier();
  REQUIRE(eventually([&] { return issuer.fetcher->calls() == 1; }));
  CHECK_FALSE(verifier.health().next_attempt_in);
  CHECK(verifier.health().state == KeySetState::empty);
}

TEST_CASE("the generation grows with the content and with nothing else", "[claim-84]") {
  const Issuer issuer;
  const auto verifier = issuer.loaded();
  CHECK(verifier.health().generation == 1);
  REQUIRE(verifier.refresh(seconds(30)));
  CHECK(verifier.health().generation == 1);
  issuer.publish({key_a(), key_b()});
  REQUIRE(verifier.refresh(seconds(30)));
  CHECK(verifier.health().generation == 2);
  CHECK(verifier.health().kids == std::vector<std::string>{"key-a", "key-b"});
}

TEST_CASE("kids of an issuer are shown escaped") {
  const Issuer issuer;
  const auto key = test::SigningKey::generate(jwks::Algorithm::es256, "line\nbreak").value();
  issuer.publish({key});
  CHECK(issuer.loaded().health().kids == std::vector<std::string>{"line\\x0abreak"});
}

TEST_CASE("an unknown state is not healthy") {
  CHECK(health_status(static_cast<KeySetState>(200)) == HealthStatus::unavailable);
  CHECK(to_string(HealthStatus::healthy) == "healthy");
  CHECK(to_string(HealthStatus::degraded) == "degraded");
  CHECK(to_string(HealthStatus::unavailable) == "unavailable");
  CHECK(to_string(static_cast<HealthStatus>(9)) == "unknown");
}
