// Tokens whose key is not at hand: what they cost the issuer, and what those pay whose key is.

#include <atomic>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "jwks/jwks_verifier.hpp"
#include "support/catch.hpp"
#include "support/issuer_fixture.hpp"

namespace {

using jwks::Algorithm;
using jwks::ErrorCategory;
using jwks::ErrorCode;
using jwks::FetchRequest;
using jwks::FetchResponse;
using jwks::JwksVerifier;
using jwks::KeySetState;
using jwks::Result;
using jwks::VerifiedToken;
using std::chrono::milliseconds;
using std::chrono::seconds;
using test::error_of;
using test::eventually;
using test::Issuer;
using test::key_a;
using test::key_b;
using test::token_of;
using test::token_with_kid;

test::SigningKey with_kid(Algorithm algorithm, int which, const std::string& kid) {
  return test::SigningKey::from_pem(test::key(algorithm, which).private_pem().value(), algorithm,
                                    kid)
      .value();
}

}  // namespace

TEST_CASE("a thousand random kids within a second leave known kids alone", "[claim-15]") {
  const Issuer issuer;
  const auto verifier = issuer.loaded({.max_waiters = 1000});
  issuer.fetcher->close_gate();
  std::atomic<int> answered = 0;
  std::atomic<int> refused = 0;
  const auto count = [&](const Result<VerifiedToken>& outcome) {
    if (!outcome && (outcome.error().code() == ErrorCode::unknown_key ||
                     outcome.error().category() == ErrorCategory::unavailable))
      ++refused;
    ++answered;
  };
  for (int i = 0; i < 1000; ++i) {
    verifier.verify_async(token_with_kid("random-" + std::to_string(i)), count);
    issuer.clock->advance(milliseconds(1));
  }
  CHECK(answered == 0);
  CHECK(verifier.verify(token_of(key_a())));  // while the fetch hangs
  CHECK(verifier.verify_cached(token_of(key_a())));
  issuer.fetcher->open_gate();
  REQUIRE(eventually([&] { return answered == 1000; }));
  CHECK(refused == 1000);
  CHECK(issuer.fetcher->calls() <= 3);  // the first is the load
}

TEST_CASE("a kid that is remembered as absent costs neither a fetch nor a place in the bucket",
          "[claim-18]") {
  const Issuer issuer;
  const auto verifier = issuer.loaded();
  CHECK(error_of(verifier.verify(token_with_kid("nobody"))).code() == ErrorCode::unknown_key);
  CHECK(verifier.stats().bucket_tokens == 1);
  issuer.clock->advance(seconds(20));
  const auto error = error_of(verifier.verify(token_with_kid("nobody")));
  CHECK(error.reason() == jwks::ErrorReason::negative);
  CHECK(verifier.stats().bucket_tokens == 1);
  CHECK(issuer.fetcher->calls() == 2);
}

TEST_CASE("only the fetch for an unknown kid goes past the caches", "[claim-31]") {
  const Issuer issuer;
  const auto verifier = issuer.loaded();
  CHECK_FALSE(verifier.verify(token_of(key_b())));
  issuer.clock->advance(seconds(241));
  CHECK(verifier.verify(token_of(key_a())));
  REQUIRE(eventually([&] { return issuer.fetcher->calls() == 3; }));
  const auto requests = issuer.fetcher->requests();
  CHECK_FALSE(requests.at(0).no_cache);
  CHECK(requests.at(1).no_cache);
  CHECK_FALSE(requests.at(2).no_cache);
}

TEST_CASE("a connection that is refused once costs one retry and nothing else", "[claim-44]") {
  const Issuer issuer;
  const auto verifier = issuer.loaded();
  issuer.fetcher->script([&](const FetchRequest&) -> jwks::Fetcher::Outcome {
    if (issuer.fetcher->calls() > 2)
      return {FetchResponse{.status = 200, .body = test::keys_of({key_a(), key_b()})}};
    auto refused = test::ScriptedFetcher::failure("refused");
    refused.retryable_now = true;
    return refused;
  });
  std::atomic<bool> accepted = false;
  verifier.verify_async(token_of(key_b()), [&](const auto& outcome) { accepted = bool(outcome); });
  REQUIRE(eventually([&] { return issuer.fetcher->calls() == 2; }));
  REQUIRE(eventually([&] {
    issuer.clock->advance(milliseconds(1));
    return accepted.load();
  }));
  CHECK(issuer.fetcher->calls() == 3);
  const auto stats = verifier.stats();
  CHECK(stats.fetches == 3);
  CHECK(stats.fetch_failures == 0);
  CHECK(stats.consecutive_failures == 0);
  CHECK(stats.bucket_tokens == 1);
}

TEST_CASE("of keys with one kid the fitting one is used, or all are tried", "[claim-28]") {
  const auto rsa = with_kid(Algorithm::rs256, 0, "k");
  std::vector<test::SigningKey> curves;
  for (int i = 0; i < 5; ++i) curves.push_back(with_kid(Algorithm::es256, i, "k"));

  const Issuer issuer;
  const auto verifier_of = [&](const std::vector<test::SigningKey>& keys, bool try_all) {
    issuer.publish(keys);
    auto options = issuer.options({.background_refresh = false});
    if (try_all) options.validation.key_selection = jwks::KeySelection::try_candidates;
    return JwksVerifier::create(options).value();
  };
  const auto one_each = verifier_of({rsa, curves[0]}, false);
  CHECK(one_each.verify(token_of(curves[0])));
  CHECK(one_each.verify(token_of(rsa)));

  const auto two = std::vector{curves[0], curves[1]};
  CHECK(error_of(verifier_of(two, false).verify(token_of(curves[0]))).code() ==
        ErrorCode::key_ambiguous);
  const auto trying = verifier_of(two, true);
  CHECK(trying.verify(token_of(curves[0])));
  CHECK(trying.verify(token_of(curves[1])));

  const auto five = verifier_of(curves, true);
  for (std::size_t i = 0; i < 4; ++i) CHECK(five.verify(token_of(curves[i])));
  CHECK(error_of(five.verify(token_of(curves[4]))).code() == ErrorCode::bad_signature);
}

TEST_CASE("a token that is being verified finishes with the set that it began with", "[claim-56]") {
  const Issuer issuer;
  std::optional<JwksVerifier> verifier;
  bool withdrawn = false;
  auto options = issuer.options({.background_refresh = false});
  options.validation.validators.push_back(
      {.name = "withdraws the key", .check = [&](const jwks::Claims&) -> Result<void> {
         if (std::exchange(withdrawn, true)) return {};
         issuer.publish({key_b()});
         return verifier->refresh(seconds(5));
       }});
  verifier.emplace(JwksVerifier::create(options).value());
  REQUIRE(verifier->warm_up(seconds(5)));
  CHECK(verifier->verify(token_of(key_a())));
  CHECK(withdrawn);
  CHECK(error_of(verifier->verify(token_of(key_a()))).code() == ErrorCode::unknown_key);
}
