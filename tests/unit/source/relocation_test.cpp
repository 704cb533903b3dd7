// Finding the key set again: what a flight remembers of the place, and whom it asks.

#include <map>

#include "source/flight.hpp"
#include "support/catch.hpp"
#include "support/issuer_fixture.hpp"

namespace {

using jwks::ErrorReason;
using jwks::FetchRequest;
using jwks::FetchResponse;
using jwks::source::Flight;
using jwks::source::FlightResult;
using jwks::source::FlightSettings;
using std::chrono::hours;
using std::chrono::seconds;

constexpr const char* kOld = "https://keys.example/old";
constexpr const char* kNew = "https://keys.example/new";
constexpr const char* kDocument = "https://issuer.example/.well-known/openid-configuration";

/// A network of documents by URL, and a flight that knows the old place.
struct World : test::Issuer {
  std::map<std::string, FetchResponse> documents;
  FlightSettings settings{.issuer = std::string(test::kIssuer),
                          .algorithms = jwks::kDefaultAlgorithms,
                          .fetcher = fetcher,
                          .clock = clock,
                          .jitter = &test::half};
  Flight flight{.location = {.jwks_uri = kOld, .read_at = clock->steady_now()}};

  World() {
    fetcher->script([this](const FetchRequest& request) -> jwks::Fetcher::Outcome {
      const auto found = documents.find(request.url);
      return {found == documents.end() ? FetchResponse{.status = 404} : found->second};
    });
    serve(kOld);
    name(kNew);
  }
  void serve(const std::string& url) {
    documents[url] = {.status = 200, .body = test::keys_of({test::key_a()})};
  }
  void name(const std::string& jwks_uri) {
    documents[kDocument] = {
        .status = 200,
        .body = R"({"issuer":"https://issuer.example","jwks_uri":")" + jwks_uri + "\"}"};
  }
  /// Flies, and remembers the place as the state machine does.
  FlightResult fly() {
    FlightResult result = jwks::source::fly(flight, settings, {});
    flight.location = result.location;
    return result;
  }
};

}  // namespace

TEST_CASE("a new place is moved to when it has brought keys") {
  World world;
  world.serve(kNew);
  world.clock->advance(hours(2));
  CHECK_FALSE(world.fly().error);
  CHECK(world.flight.location.jwks_uri == kNew);
}

TEST_CASE("a new place that brings no keys does not replace the old one") {
  World world;
  world.clock->advance(hours(2));
  for (const FetchResponse& broken : {FetchResponse{.status = 500}, FetchResponse{.status = 404},
                                      FetchResponse{.status = 200, .body = R"({"keys":[]})"}}) {
    world.documents[kNew] = broken;
    world.clock->advance(hours(2));
    CHECK(world.fly().error);
    CHECK(world.flight.location.jwks_uri == kOld);
    // The document is not read again for an hour; meanwhile the old place serves.
    const FlightResult next = world.fly();
    CHECK_FALSE(next.error);
    CHECK(next.discovery_requests == 0);
  }
  world.serve(kNew);
  world.flight.forced = true;
  world.clock->advance(seconds(61));
  CHECK_FALSE(world.fly().error);
  CHECK(world.flight.location.jwks_uri == kNew);
}

TEST_CASE("a key set that is gone is looked for at once, and at one place a flight") {
  World world;
  world.documents.erase(kOld);
  for (int i = 0; i < 3; ++i) {
    const FlightResult result = world.fly();
    REQUIRE(result.error);
    CHECK(result.requests == 2);  // the old place and the new one
    CHECK(result.discovery_requests == 1);
  }
  world.name(kOld);
  const FlightResult same = world.fly();
  CHECK(same.error);
  CHECK(same.requests == 1);
}

TEST_CASE("a discovery document's host that says when to come back is heeded") {
  World world;
  world.flight.location = {};
  for (const int status : {429, 503}) {
    world.documents[kDocument] = {.status = status, .retry_after = "120"};
    const FlightResult result = world.fly();
    REQUIRE(result.error);
    CHECK(result.retry_after == seconds(120));
  }
}

TEST_CASE("HTML is known in capital letters too", "[attack-192]") {
  World world;
  world.documents[kOld].content_type = "TEXT/Html; charset=UTF-8";
  const FlightResult result = world.fly();
  REQUIRE(result.error);
  CHECK(result.error->reason() == ErrorReason::document_rejected);
}
