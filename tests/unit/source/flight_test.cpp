#include "source/flight.hpp"

#include <algorithm>
#include <atomic>
#include <thread>
#include <vector>

#include "support/catch.hpp"
#include "support/issuer_fixture.hpp"

namespace {

using jwks::ErrorReason;
using jwks::FetchRequest;
using jwks::FetchResponse;
using jwks::source::Flight;
using jwks::source::FlightResult;
using jwks::source::FlightSettings;
using jwks::source::fly;
using jwks::source::longest_flight;
using jwks::source::Snapshot;
using std::chrono::seconds;
using Outcome = jwks::Fetcher::Outcome;

struct Airport : test::Issuer {
  FlightSettings settings{.issuer = std::string(test::kIssuer),
                          .algorithms = jwks::kDefaultAlgorithms,
                          .fetcher = fetcher,
                          .clock = clock,
                          .jitter = &test::half};
  Flight flight{.number = 1, .location = {.jwks_uri = std::string(test::kJwksUri)}};

  FlightResult fly_on() { return fly(flight, settings, {}); }
  /// What a state machine would hold after `result`.
  void hold(const FlightResult& result) {
    auto snapshot = std::make_shared<Snapshot>();
    if (result.keys) snapshot->keys = *result.keys;
    snapshot->url = result.location.jwks_uri;
    snapshot->validated_at = result.received_at - result.freshness.age;
    snapshot->body_hash = result.body_hash;
    snapshot->etag = result.etag;
    snapshot->last_modified = result.last_modified;
    flight.held = snapshot;
    flight.location = result.location;
  }
  ErrorReason rejection(const std::string& body) {
    fetcher->answer_with_body(body);
    const auto result = fly_on();
    if (!result.error || result.keys) return ErrorReason::none;
    return result.error->reason();
  }
};

std::string discovery(std::string_view jwks_uri) {
  return R"({"issuer":"https://issuer.example","jwks_uri":")" + std::string(jwks_uri) + "\"}";
}

/// `eventually` looks at most 120 000 times.
constexpr std::chrono::hours kLongerThanTimePasses{24};

/// Lands on a thread of its own while the clock goes on, 300 ms at a time.
FlightResult fly_while_time_passes(Airport& airport) {
  std::atomic<bool> landed = false;
  FlightResult result;
  std::jthread pilot([&] {
    result = airport.fly_on();
    landed = true;
  });
  CHECK(test::eventually([&] {
    airport.clock->advance(std::chrono::milliseconds(300));
    return landed.load();
  }));
  pilot.join();
  return result;
}

}  // namespace

TEST_CASE("a document with a usable key is taken") {
  Airport airport;
  const auto result = airport.fly_on();
  REQUIRE_FALSE(result.error);
  REQUIRE(result.keys);
  CHECK(result.keys->keys().size() == 1);
  CHECK(result.freshness.ttl == seconds(300));
  CHECK(result.requests == 1);
}

TEST_CASE("validators are sent, and a 304 confirms what is held", "[claim-9]") {
  Airport airport;
  airport.fetcher->answer({.status = 200,
                           .body = test::keys_of({test::key_a()}),
                           .etag = "\"v1\"",
                           .last_modified = "Sun, 06 Nov 1994 08:49:37 GMT"});
  airport.hold(airport.fly_on());
  airport.fetcher->answer({.status = 304, .cache_control = "max-age=120"});
  const auto result = airport.fly_on();
  CHECK_FALSE(result.error);
  CHECK_FALSE(result.keys);
  CHECK(result.body_hash == airport.flight.held->body_hash);
  CHECK(result.freshness.ttl == seconds(120));
  const auto requests = airport.fetcher->requests();
  CHECK(requests.at(0).if_none_match.empty());
  CHECK(requests.at(1).if_none_match == "\"v1\"");
  CHECK(requests.at(1).if_modified_since == "Sun, 06 Nov 1994 08:49:37 GMT");
}

TEST_CASE("a 304 without a held set is a failure", "[claim-10]") {
  Airport airport;
  airport.fetcher->answer_with_status(304);
  CHECK(airport.fly_on().error);
}

TEST_CASE("a 304 to a request that had no validators is a failure", "[attack-194]") {
  Airport airport;
  airport.hold(airport.fly_on());  // neither ETag nor Last-Modified
  airport.fetcher->answer_with_status(304);
  CHECK(airport.fly_on().error);
}

TEST_CASE("validators are not sent to another place, nor a 304 of it believed", "[claim-10]") {
  Airport airport;
  airport.flight.location.read_at = airport.clock->steady_now();
  airport.fetcher->answer(
      {.status = 200, .body = test::keys_of({test::key_a()}), .etag = "\"v1\""});
  airport.hold(airport.fly_on());
  // The old place is gone in the middle of the flight, and the new one answers with a 304.
  airport.fetcher->script([](const FetchRequest& request) -> Outcome {
    if (request.url.ends_with("openid-configuration"))
      return {FetchResponse{.status = 200, .body = discovery("https://keys.example/new")}};
    return {FetchResponse{.status = request.url == "https://keys.example/new" ? 304 : 404}};
  });
  const auto result = airport.fly_on();
  REQUIRE(result.error);
  CHECK(result.error->detail() == "HTTP status 304 to a request without validators");
  CHECK(airport.fetcher->requests().back().if_none_match.empty());
  CHECK(result.location.jwks_uri == test::kJwksUri);
}

TEST_CASE("an answer that is older than what is held brings no withdrawn key back",
          "[attack-179][attack-181]") {
  Airport airport;
  airport.fetcher->answer_with_body(test::keys_of({test::key_b()}));
  airport.hold(airport.fly_on());
  airport.clock->advance(seconds(100));

  // A cache near us has a document from before; the issuer's own answer is got past it.
  std::string age = "200";
  bool cache_obeys = true;
  airport.fetcher->script([&](const FetchRequest& request) -> Outcome {
    if (cache_obeys && request.no_cache)
      return {FetchResponse{.status = 200, .body = test::keys_of({test::key_b()})}};
    return {FetchResponse{.status = 200, .body = test::keys_of({test::key_a()}), .age = age}};
  });
  auto result = airport.fly_on();
  CHECK_FALSE(result.error);
  CHECK_FALSE(result.keys);  // confirmed
  CHECK(result.requests == 2);

  cache_obeys = false;
  result = airport.fly_on();
  REQUIRE(result.error);
  CHECK(result.error->reason() == ErrorReason::document_rejected);
  CHECK_FALSE(result.keys);

  age = "99";  // younger than what is held, by a second
  result = airport.fly_on();
  CHECK_FALSE(result.error);
  CHECK(result.keys);

  age = "99999999999";  // no cache is that old; for an hour it is taken at its word
  CHECK(airport.fly_on().error);
  airport.clock->advance(std::chrono::hours(1));
  CHECK(airport.fly_on().keys);
}

TEST_CASE("the same body is not read again", "[claim-11]") {
  Airport airport;
  airport.hold(airport.fly_on());
  const auto result = airport.fly_on();
  CHECK_FALSE(result.error);
  CHECK_FALSE(result.keys);
}

TEST_CASE("only a forced flight asks caches to stand aside", "[claim-31]") {
  Airport airport;
  CHECK_FALSE(airport.fly_on().error);
  airport.flight.forced = true;
  CHECK_FALSE(airport.fly_on().error);
  CHECK_FALSE(airport.fetcher->requests().at(0).no_cache);
  CHECK(airport.fetcher->requests().at(1).no_cache);
}

TEST_CASE("documents without a usable key are rejected", "[claim-45][attack-186][attack-188]") {
  Airport airport;
  std::vector<std::string> many(129, test::key_a().public_jwk());
  for (const std::string& body :
       {std::string(R"({"keys":[]})"), std::string("{}"), std::string("[]"), std::string("null"),
        std::string(), std::string(R"({"keys":[{"kty":"EC")"), std::string(R"({"keys":NaN})"),
        std::string(R"({"keys":[],"keys":[]})"),
        std::string(R"({"keys":[{"kty":"oct","k":"AA"}]})"), test::jwks_document(many),
        test::keys_of({test::key_a()}) + std::string(jwks::JwkSet::kMaxBytes, ' ')})
    CHECK(airport.rejection(body) == ErrorReason::document_rejected);
  // One too few to be refused: the limit is where it should be.
  many.pop_back();
  CHECK(airport.rejection(test::jwks_document(many)) == ErrorReason::none);
}

TEST_CASE("a login page with status 200 is rejected", "[attack-192][attack-193]") {
  Airport airport;
  airport.fetcher->answer({.status = 200,
                           .body = test::keys_of({test::key_a()}),
                           .content_type = "text/html; charset=utf-8"});
  const auto result = airport.fly_on();
  REQUIRE(result.error);
  CHECK(result.error->reason() == ErrorReason::document_rejected);
}

TEST_CASE("other statuses are failures, redirects too", "[attack-194][attack-195]") {
  Airport airport;
  for (const int status : {204, 301, 302, 307, 400, 401, 403, 404, 418, 429, 500}) {
    airport.fetcher->answer({.status = status, .body = test::keys_of({test::key_a()})});
    const std::size_t calls = airport.fetcher->calls();
    const auto result = airport.fly_on();
    REQUIRE(result.error);
    CHECK(result.error->reason() == ErrorReason::fetch_failed);
    CHECK(result.error->detail().find(std::to_string(status)) != std::string_view::npos);
    CHECK(result.error->detail().find("issuer.example") != std::string_view::npos);
    CHECK(airport.fetcher->calls() == calls + 1);  // no retry
  }
}

TEST_CASE("Retry-After counts for 429 and 503 only", "[claim-38]") {
  Airport airport;
  airport.fetcher->answer({.status = 429, .retry_after = "120"});
  CHECK(airport.fly_on().retry_after == seconds(120));
  airport.fetcher->answer({.status = 503, .retry_after = "120"});
  CHECK(airport.fly_on().retry_after == seconds(120));
  airport.fetcher->answer({.status = 500, .retry_after = "120"});
  CHECK_FALSE(airport.fly_on().retry_after);
}

TEST_CASE("a refused connection is tried once more after a moment", "[claim-44]") {
  Airport airport;
  airport.settings.total_timeout = kLongerThanTimePasses;
  int calls = 0;
  airport.fetcher->script([&](const FetchRequest&) -> Outcome {
    if (++calls > 1) return {FetchResponse{.status = 200, .body = test::keys_of({test::key_a()})}};
    Outcome refused = test::ScriptedFetcher::failure("refused");
    refused.retryable_now = true;
    return refused;
  });
  const FlightResult result = fly_while_time_passes(airport);
  CHECK_FALSE(result.error);
  CHECK(result.requests == 2);
}

TEST_CASE("as many retries as were chosen, and none for what will not pass", "[claim-44]") {
  Airport airport;
  airport.settings.total_timeout = kLongerThanTimePasses;
  const unsigned retries = GENERATE(0U, 1U, 3U);
  airport.settings.cache.retries = retries;
  const auto requests_when = [&](const Outcome& outcome) {
    airport.fetcher->script([=](const FetchRequest&) { return outcome; });
    const FlightResult result = fly_while_time_passes(airport);
    CHECK(result.error);
    return result.requests;
  };
  CHECK(requests_when({FetchResponse{.status = 503}}) == 1 + retries);
  CHECK(requests_when({FetchResponse{.status = 503, .retry_after = "7"}}) == 1);
  CHECK(requests_when({FetchResponse{.status = 404}}) == 1);
  CHECK(requests_when(test::ScriptedFetcher::failure("certificate has expired")) == 1);
}

TEST_CASE("an issuer that is slow each time is given up in bounded time", "[attack-189]") {
  Airport airport;
  airport.flight.location = {};
  airport.fetcher->script([&](const FetchRequest& request) -> Outcome {
    airport.clock->advance(std::min<std::chrono::milliseconds>(request.total_timeout, seconds(4)));
    if (request.url.ends_with("openid-configuration")) return {FetchResponse{.status = 404}};
    if (request.total_timeout < seconds(4)) return test::ScriptedFetcher::failure("timeout");
    return {FetchResponse{.status = 200, .body = discovery(test::kJwksUri)}};
  });
  const auto begin = airport.clock->steady_now();
  CHECK(airport.fly_on().error);
  CHECK(airport.clock->steady_now() - begin == longest_flight(airport.settings));
  const auto requests = airport.fetcher->requests();
  REQUIRE(requests.size() == 3);
  CHECK(requests[0].total_timeout == seconds(5));
  CHECK(requests[1].total_timeout == seconds(5));
  CHECK(requests[2].total_timeout == seconds(2));
  CHECK(requests[2].connect_timeout == seconds(2));
}

TEST_CASE("a stop ends the pause before a retry") {
  Airport airport;
  airport.fetcher->fail(/*retryable_now=*/true);
  std::optional<FlightResult> result;
  std::jthread pilot(
      [&](std::stop_token stop) { result = fly(airport.flight, airport.settings, stop); });
  REQUIRE(test::eventually([&] { return airport.fetcher->calls() == 1; }));
  pilot.request_stop();
  pilot.join();
  CHECK(result->error);
  CHECK(result->requests == 1);
}

TEST_CASE("a fetcher that throws is a failed fetch", "[claim-65]") {
  Airport airport;
  airport.fetcher->script([](const FetchRequest&) -> Outcome { throw 42; });
  const auto result = airport.fly_on();
  REQUIRE(result.error);
  CHECK(result.error->reason() == ErrorReason::fetch_failed);
}

TEST_CASE("the key set is found by discovery, and the place remembered") {
  Airport airport;
  airport.flight.location = {};
  airport.fetcher->script([](const FetchRequest& request) -> Outcome {
    if (request.url == "https://issuer.example/.well-known/openid-configuration")
      return {FetchResponse{.status = 200, .body = discovery("https://keys.example/1")}};
    if (request.url == "https://keys.example/1")
      return {FetchResponse{.status = 200, .body = test::keys_of({test::key_a()})}};
    return {FetchResponse{.status = 500}};
  });
  const auto first = airport.fly_on();
  REQUIRE_FALSE(first.error);
  CHECK(first.location.jwks_uri == "https://keys.example/1");
  CHECK(first.discovery_requests == 1);
  airport.hold(first);

  CHECK(airport.fly_on().discovery_requests == 0);
  airport.flight.forced = true;
  airport.clock->advance(seconds(60));
  CHECK(airport.fly_on().discovery_requests == 0);
  airport.clock->advance(seconds(1));
  CHECK(airport.fly_on().discovery_requests == 1);  // a forced flight looks again after 60 s
  airport.flight.forced = false;
  CHECK(airport.fly_on().discovery_requests == 0);
  airport.clock->advance(std::chrono::hours(1));
  CHECK(airport.fly_on().discovery_requests == 1);
}

TEST_CASE("an issuer without the OpenID Connect document is asked for RFC 8414's") {
  Airport airport;
  airport.flight.location = {};
  airport.fetcher->script([](const FetchRequest& request) -> Outcome {
    if (request.url == "https://issuer.example/.well-known/oauth-authorization-server")
      return {FetchResponse{.status = 200, .body = discovery("https://keys.example/1")}};
    if (request.url == "https://keys.example/1")
      return {FetchResponse{.status = 200, .body = test::keys_of({test::key_a()})}};
    return {FetchResponse{.status = 404}};
  });
  const auto result = airport.fly_on();
  CHECK_FALSE(result.error);
  CHECK(result.discovery_requests == 2);
}

TEST_CASE("a key set that has moved is found again", "[claim-54]") {
  Airport airport;
  airport.flight.location = {.jwks_uri = "https://keys.example/old",
                             .read_at = airport.clock->steady_now()};
  airport.fetcher->script([](const FetchRequest& request) -> Outcome {
    if (request.url.ends_with("openid-configuration"))
      return {FetchResponse{.status = 200, .body = discovery("https://keys.example/new")}};
    if (request.url == "https://keys.example/new")
      return {FetchResponse{.status = 200, .body = test::keys_of({test::key_a()})}};
    return {FetchResponse{.status = 410}};
  });
  const auto result = airport.fly_on();
  CHECK_FALSE(result.error);
  CHECK(result.location.jwks_uri == "https://keys.example/new");
}

TEST_CASE("while discovery is down the known place goes on serving, a wrong one does not") {
  Airport airport;
  airport.flight.location = {.jwks_uri = "https://keys.example/1",
                             .read_at = airport.clock->steady_now()};
  airport.clock->advance(std::chrono::hours(2));
  std::string document;
  airport.fetcher->script([&](const FetchRequest& request) -> Outcome {
    if (request.url == "https://keys.example/1")
      return {FetchResponse{.status = 200, .body = test::keys_of({test::key_a()})}};
    if (document.empty()) return {FetchResponse{.status = 500}};
    return {FetchResponse{.status = 200, .body = document}};
  });
  CHECK_FALSE(airport.fly_on().error);
  document = R"({"issuer":"https://other.example","jwks_uri":"https://other.example/j"})";
  const auto result = airport.fly_on();
  REQUIRE(result.error);
  CHECK(result.error->reason() == ErrorReason::discovery_rejected);
  CHECK(result.location.jwks_uri == "https://keys.example/1");
}

TEST_CASE("discovery that is down is not asked at every flight, nor waited for long") {
  Airport airport;
  airport.flight.location = {.jwks_uri = "https://keys.example/1",
                             .read_at = airport.clock->steady_now()};
  airport.clock->advance(std::chrono::hours(2));
  std::string retry_after;
  std::vector<std::chrono::milliseconds> limits;
  airport.fetcher->script([&](const FetchRequest& request) -> Outcome {
    if (request.url == "https://keys.example/1")
      return {FetchResponse{.status = 200, .body = test::keys_of({test::key_a()})}};
    limits.push_back(request.total_timeout);
    return {FetchResponse{.status = 429, .retry_after = retry_after}};
  });
  const auto asks_after = [&](seconds pause) {
    airport.clock->advance(pause);
    const std::size_t before = limits.size();
    const auto result = airport.fly_on();
    CHECK_FALSE(result.error);
    CHECK_FALSE(result.retry_after);  // the key set is well
    airport.flight.location = result.location;
    return limits.size() > before;
  };
  airport.flight.forced = true;
  CHECK(asks_after(seconds(0)));
  CHECK_FALSE(asks_after(seconds(59)));
  retry_after = "300";
  CHECK(asks_after(seconds(1)));
  CHECK_FALSE(asks_after(seconds(299)));
  CHECK(asks_after(seconds(1)));
  for (const auto limit : limits) CHECK(limit == seconds(1));
}
