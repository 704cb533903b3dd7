// What is counted agrees with what the issuer saw.

#include <string>
#include <vector>

#include "e2e/world.hpp"

namespace {

using namespace test;
using std::chrono::seconds;

bool holds(const std::string& text, const std::string& line) {
  return text.find(line + "\n") != std::string::npos;
}

TEST_CASE("requests, results and keys are told as the issuer and the callers saw them",
          "[claim-81]") {
  const World world;
  const auto discovery_requests = [&] {
    return world.issuer.requests("/.well-known/openid-configuration");
  };
  REQUIRE(world.verifier.verify(world.token()).has_value());
  take_nothing(world.issuer.rotate_keys(Rotation::hard));
  REQUIRE(world.verifier.verify(world.token()).has_value());
  CHECK_FALSE(world.verifier.verify(world.token({.audience = "other"})).has_value());
  REQUIRE(world.issuer.fail_with(500));
  CHECK_FALSE(world.verifier.refresh(seconds(30)).has_value());

  const jwks::SourceMetrics metrics = world.verifier.metrics();
  CHECK(metrics.issuer == world.issuer.issuer());
  CHECK(metrics.stats.fetches == world.jwks_requests());
  CHECK(metrics.stats.discovery_fetches == discovery_requests());
  CHECK(metrics.stats.fetch_failures == 1);
  CHECK(metrics.stats.fetch_durations.count == 3);
  CHECK(metrics.stats.fetch_durations.sum.count() > 0);
  CHECK(metrics.stats.accepted == 2);
  CHECK(metrics.stats.refused == 1);

  const std::string text = jwks::open_metrics(std::vector{metrics});
  const std::string issuer = "{issuer=\"" + metrics.issuer + "\"";
  CHECK(holds(text, "jwks_verifications_total" + issuer + ",result=\"accepted\"} 2"));
  CHECK(holds(text, "jwks_verifications_total" + issuer + ",result=\"wrong_audience\"} 1"));
  CHECK(holds(text, "jwks_flights_total" + issuer + ",cause=\"startup\",outcome=\"changed\"} 1"));
  CHECK(holds(text, "jwks_flights_total" + issuer + ",cause=\"kid_miss\",outcome=\"changed\"} 1"));
  CHECK(holds(text, "jwks_flights_total" + issuer + ",cause=\"manual\",outcome=\"failed\"} 1"));
  CHECK(holds(text, "jwks_kid_misses_total" + issuer + ",outcome=\"found\"} " +
                        std::to_string(metrics.stats.kid_miss_outcomes[0])));
  CHECK(holds(text, "jwks_key_set_generation" + issuer + "} 2"));
  CHECK(holds(text, "jwks_keys" + issuer + "} 2"));
  CHECK(holds(text, "jwks_key_set_state" + issuer + ",jwks_key_set_state=\"fresh\"} 1"));
}

}  // namespace
