// An issuer that does what issuers do, at the worst moment: ATTACKS rows 178, 181, 183 and 185.

#include "source/limits.hpp"
#include "support/catch.hpp"
#include "world.hpp"

namespace {

using jwks::ErrorCode;
using jwks::ErrorReason;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

}  // namespace

TEST_CASE("keys that are replaced between discovery and the first token cost one more request",
          "[attack-178]") {
  const std::string old_keys = test::keys_of({test::key_a()});
  const std::string new_keys = test::keys_of({test::key_b()});
  std::string document;
  test::RawServer server([&](test::Connection& connection, const std::string& request) {
    connection.send(test::response(test::path_of(request) == "/jwks" ? old_keys : document));
  });
  document = "{\"issuer\":\"" + server.origin() + "\",\"jwks_uri\":\"" + server.url() + "\"}";
  auto options = test::options_for("");
  options.issuer = server.origin();
  const auto verifier = jwks::JwksVerifier::create(options).value();
  REQUIRE(verifier.warm_up(seconds(60)));
  REQUIRE(server.requests().size() == 2);

  server.set(test::reply(new_keys));
  const auto now = std::chrono::system_clock::now();
  const auto token = verifier.verify(test::token(test::key_b())
                                         .claim("iss", test::json_quoted(server.origin()))
                                         .claim("iat", now)
                                         .claim("exp", now + seconds(60))
                                         .build()
                                         .value());
  CHECK(token);
  CHECK(server.requests().size() == 3);
}

TEST_CASE("replicas that publish different sets change an answer only with a new document",
          "[attack-181]") {
  // The rule: a set is used whole until the next one is fetched, and an unknown kid may cause two
  // fetches, and one more in 30 s. So the answers change seldom, and never to "forged".
  const test::Issuer issuer;
  const auto first = test::keys_of({test::key_a()});
  const auto second = test::keys_of({test::key_b()});
  std::size_t fetches = 0;
  issuer.fetcher->script([&](const jwks::FetchRequest&) -> jwks::Fetcher::Outcome {
    return {jwks::FetchResponse{.status = 200, .body = ++fetches % 2 == 1 ? first : second}};
  });
  const auto verifier = issuer.loaded();
  const std::string tokens[] = {test::token_of(test::key_a()), test::token_of(test::key_b())};
  std::size_t changes = 0;
  bool accepted[] = {true, false};
  for (int second_of_minute = 0; second_of_minute < 60; ++second_of_minute) {
    for (const int which : {0, 1}) {
      const std::size_t before = fetches;
      const auto result = verifier.verify(tokens[which]);
      if (!result) CHECK(result.error().code() == ErrorCode::unknown_key);
      if (result.has_value() != accepted[which]) ++changes;
      // Without a fetch the answer follows from the set that is held.
      if (fetches == before) CHECK(result.has_value() == (fetches % 2 == (which == 0 ? 1 : 0)));
      accepted[which] = result.has_value();
    }
    issuer.clock->advance(seconds(1));
  }
  CHECK(fetches <= 1 + 2 + 2);
  CHECK(changes <= 2 * fetches);
}

TEST_CASE("a million unknown kids occupy the room of a thousand", "[attack-183]") {
  jwks::source::NegativeCache cache;
  const jwks::SteadyTime now{seconds(1000)};
  for (std::uint64_t i = 0; i < 1'000'000; ++i)
    cache.insert(i * 0x9e3779b97f4a7c15U, 1, now + seconds(30));
  CHECK(cache.size(now) <= jwks::source::NegativeCache::kEntries);

  const test::Issuer issuer;
  const auto verifier = issuer.loaded({.forced_refresh_burst = 10});
  for (int i = 0; i < 2000; ++i) {
    CHECK_FALSE(verifier.verify(test::token_with_kid("kid-" + std::to_string(i))));
    issuer.clock->advance(seconds(1));
  }
  CHECK(verifier.stats().negative_entries > 0);
  CHECK(verifier.stats().negative_entries <= jwks::source::NegativeCache::kEntries);
}

TEST_CASE("held keys serve for an hour of an outage, and not for ever", "[attack-185]") {
  const test::Issuer issuer;
  const auto verifier = issuer.loaded();
  const std::string token = test::token_of(test::key_a());
  issuer.fetcher->answer_with_status(500);
  const auto answer = [&] {
    const auto result = verifier.verify(token);
    return result ? ErrorReason::none : result.error().reason();
  };
  issuer.clock->advance(minutes(10));
  CHECK(answer() == ErrorReason::none);
  const auto stale = verifier.verify(token);
  CHECK((stale && stale->stale()));
  issuer.clock->advance(seconds(300 + 3600 - 600 - 1));
  CHECK(answer() == ErrorReason::none);
  issuer.clock->advance(seconds(1));
  CHECK(answer() == ErrorReason::expired);
  for (const auto later : {hours(1), hours(24), hours(24 * 20)}) {
    issuer.clock->advance(later);
    CHECK(answer() != ErrorReason::none);
    CHECK(test::error_of(verifier.verify(token)).code() == ErrorCode::keys_unavailable);
  }
  issuer.publish({test::key_a()});
  issuer.clock->advance(minutes(2));
  CHECK(answer() == ErrorReason::none);
}
