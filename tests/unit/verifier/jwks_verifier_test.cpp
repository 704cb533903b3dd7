// The flow of one verification, and the options that it is made from.

#include "jwks/jwks_verifier.hpp"

#include "support/catch.hpp"
#include "support/issuer_fixture.hpp"

namespace {

using jwks::Algorithm;
using jwks::ErrorCode;
using jwks::ErrorReason;
using jwks::JwksVerifier;
using jwks::KeySetState;
using jwks::VerifierOptions;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;
using test::error_of;
using test::Issuer;
using test::json_quoted;
using test::key_a;
using test::key_b;
using test::lasting_token;
using test::token_of;
using test::token_with_kid;

std::string subject_of_refusal(const VerifierOptions& options) {
  const auto made = JwksVerifier::create(options);
  if (made) return "accepted";
  if (made.error().code() != ErrorCode::bad_config) return "another code";
  return std::string(made.error().subject());
}

}  // namespace

TEST_CASE("a known key costs no fetch", "[claim-2]") {
  const auto& signer = test::key(Algorithm::rs256);  // the quickest to verify
  const Issuer issuer;
  issuer.publish({signer});
  const auto verifier = issuer.loaded();
  const std::string token = token_of(signer);
  int accepted = 0;
  for (int i = 0; i < 10'000; ++i) accepted += verifier.verify(token).has_value() ? 1 : 0;
  CHECK(accepted == 10'000);
  CHECK(issuer.fetcher->calls() == 1);
  CHECK(verifier.stats().accepted == 10'000);
}

TEST_CASE("a rotated key is accepted after exactly one fetch", "[claim-13][claim-22][attack-177]") {
  const Issuer issuer;
  const auto verifier = issuer.loaded();
  issuer.clock->advance(seconds(2));
  issuer.publish({key_a(), key_b()});
  const auto result = verifier.verify(token_of(key_b()));
  REQUIRE(result);
  CHECK(result->key_refreshed());
  CHECK(result->key_id() == key_b().key_id());
  CHECK(issuer.fetcher->calls() == 2);
  const auto again = verifier.verify(token_of(key_b()));
  REQUIRE(again);
  CHECK_FALSE(again->key_refreshed());
  CHECK(issuer.fetcher->calls() == 2);
}

TEST_CASE("a removed key is refused from the refresh on", "[claim-56][attack-179]") {
  const Issuer issuer;
  const auto verifier = issuer.loaded();
  issuer.publish({key_b()});
  CHECK(verifier.verify(token_of(key_b())));
  CHECK(error_of(verifier.verify(token_of(key_a()))).code() == ErrorCode::unknown_key);
}

TEST_CASE("the same unknown kid twice costs one fetch", "[claim-18]") {
  const Issuer issuer;
  const auto verifier = issuer.loaded();
  const auto first = error_of(verifier.verify(token_with_kid("nobody")));
  CHECK(first.code() == ErrorCode::unknown_key);
  CHECK(first.reason() == ErrorReason::none);
  CHECK(first.key_id() == "nobody");
  CHECK(first.algorithm() == Algorithm::es256);
  const auto second = error_of(verifier.verify(token_with_kid("nobody")));
  CHECK(second.reason() == ErrorReason::negative);
  CHECK(issuer.fetcher->calls() == 2);
  CHECK(verifier.stats().negative_hits == 1);
}

TEST_CASE("with the bucket drained a random kid is refused with a time to come back",
          "[claim-16]") {
  const Issuer issuer;
  const auto verifier = issuer.loaded();
  for (const char* kid : {"one", "two"}) {
    CHECK(error_of(verifier.verify(token_with_kid(kid))).reason() == ErrorReason::none);
    issuer.clock->advance(seconds(2));
  }
  const auto error = error_of(verifier.verify(token_with_kid("three")));
  CHECK(error.code() == ErrorCode::unknown_key);
  CHECK(error.reason() == ErrorReason::rate_limited);
  CHECK(error.retry_after() == seconds(26));
  CHECK(issuer.fetcher->calls() == 3);
  issuer.clock->advance(seconds(26));
  CHECK(error_of(verifier.verify(token_with_kid("three"))).reason() == ErrorReason::none);
  CHECK(issuer.fetcher->calls() == 4);  // [claim-17]
}

TEST_CASE("a token that could never pass causes no fetch", "[claim-21]") {
  const Issuer issuer;
  const auto verifier = issuer.loaded();
  const auto spoiled = [](auto spoil) {
    auto builder = lasting_token(key_b());
    spoil(builder);
    return builder.build().value();
  };
  const auto code = [&](auto spoil) { return error_of(verifier.verify(spoiled(spoil))).code(); };
  CHECK(code([](auto& t) { t.claim("exp", test::kNow - hours(1)); }) == ErrorCode::expired);
  CHECK(code([](auto& t) { t.claim("iss", json_quoted("https://other.example")); }) ==
        ErrorCode::wrong_issuer);
  CHECK(code([](auto& t) { t.claim("aud", json_quoted("billing")); }) == ErrorCode::wrong_audience);
  CHECK(code([](auto& t) { t.header("alg", json_quoted("HS256")); }) == ErrorCode::alg_not_allowed);
  CHECK(code([](auto& t) { t.header("alg", json_quoted("none")); }) == ErrorCode::alg_not_allowed);
  CHECK(code([](auto& t) { t.header("typ", json_quoted("dpop+jwt")); }) == ErrorCode::wrong_type);
  CHECK_FALSE(verifier.verify(
      spoiled([](auto& t) { t.header("kid", json_quoted(std::string(257, 'k'))); })));
  CHECK(error_of(verifier.verify("garbage")).code() == ErrorCode::not_three_segments);
  CHECK(issuer.fetcher->calls() == 1);
  CHECK(verifier.stats().kid_misses == 0);
}

TEST_CASE("garbage does not make an empty source load either", "[claim-21]") {
  const Issuer issuer;
  const auto verifier = issuer.verifier({.background_refresh = false});
  CHECK(error_of(verifier.verify("a.b.c")).category() == jwks::ErrorCategory::malformed);
  CHECK(error_of(verifier.verify(
                     lasting_token(key_a()).claim("exp", test::kNow - hours(1)).build().value()))
            .code() == ErrorCode::expired);
  CHECK(issuer.fetcher->calls() == 0);
}

TEST_CASE("a wrong signature under a known kid never fetches", "[claim-25]") {
  const Issuer issuer;
  const auto verifier = issuer.loaded();
  const std::string forged =
      lasting_token(key_b()).header("kid", json_quoted(key_a().key_id())).build().value();
  for (int i = 0; i < 1000; ++i)
    REQUIRE(error_of(verifier.verify(forged)).code() == ErrorCode::bad_signature);
  CHECK(issuer.fetcher->calls() == 1);
}

TEST_CASE("a key that must not be used is refused without a fetch", "[claim-26]") {
  const Issuer issuer;
  std::string encryption = key_b().public_jwk();
  const auto use = encryption.find("\"sig\"");
  REQUIRE(use != std::string::npos);
  encryption.replace(use, 5, "\"enc\"");
  issuer.fetcher->answer_with_body(test::jwks_document({key_a().public_jwk(), encryption}));
  const auto verifier = issuer.loaded();
  const auto error = error_of(verifier.verify(token_of(key_b())));
  CHECK(error.code() == ErrorCode::key_rejected);
  CHECK(error.reason() == ErrorReason::use_not_sig);
  CHECK(issuer.fetcher->calls() == 1);
}

TEST_CASE("another algorithm than the key's never fetches") {
  const Issuer issuer;
  const auto verifier = issuer.loaded();
  const std::string token =
      lasting_token(key_a()).header("alg", json_quoted("RS256")).build().value();
  CHECK(error_of(verifier.verify(token)).code() == ErrorCode::alg_mismatch);
  CHECK(issuer.fetcher->calls() == 1);
}

TEST_CASE("a token without kid finds the one key that fits", "[claim-27]") {
  const Issuer issuer;
  const auto verifier = issuer.loaded();
  const std::string token = lasting_token(key_a()).header("kid", "").build().value();
  CHECK(verifier.verify(token));
  issuer.publish({key_a(), key_b()});
  REQUIRE(verifier.refresh(seconds(5)));
  CHECK(error_of(verifier.verify(token)).code() == ErrorCode::key_ambiguous);
  CHECK(issuer.fetcher->calls() == 2);
}

TEST_CASE("where a kid is required its absence never fetches") {
  const Issuer issuer;
  auto options = issuer.options({.background_refresh = false});
  options.validation.key_selection = jwks::KeySelection::require_kid;
  const auto verifier = JwksVerifier::create(options).value();
  const std::string token = lasting_token(key_a()).header("kid", "").build().value();
  CHECK(error_of(verifier.verify(token)).code() == ErrorCode::unknown_key);
  CHECK(issuer.fetcher->calls() == 0);
}

TEST_CASE("a JWK without kid does not answer to a kid", "[claim-29]") {
  const Issuer issuer;
  std::string nameless = key_a().public_jwk();
  const std::string kid = "\"kid\":\"" + key_a().key_id() + "\",";
  const auto at = nameless.find(kid);
  REQUIRE(at != std::string::npos);
  nameless.erase(at, kid.size());
  issuer.fetcher->answer_with_body(test::jwks_document({nameless}));
  const auto verifier = issuer.loaded();
  CHECK(error_of(verifier.verify(token_of(key_a()))).code() == ErrorCode::unknown_key);
}

TEST_CASE("with kid-miss refresh off only the periodic refresh finds a key", "[claim-30]") {
  const Issuer issuer;
  const auto verifier = issuer.loaded({.kid_miss_refresh = false});
  issuer.publish({key_b()});
  CHECK(error_of(verifier.verify(token_of(key_b()))).code() == ErrorCode::unknown_key);
  CHECK(issuer.fetcher->calls() == 1);
  issuer.clock->advance(seconds(241));
  CHECK(verifier.verify(token_of(key_a())));  // starts it
  CHECK(test::eventually([&] { return verifier.verify(token_of(key_b())).has_value(); }));
  CHECK(issuer.fetcher->calls() == 2);
}

TEST_CASE("a rejected document keeps the old keys and does not renew them",
          "[claim-45][attack-184]") {
  const Issuer issuer;
  const auto verifier = issuer.loaded();
  issuer.clock->advance(seconds(100));
  issuer.fetcher->answer_with_body(R"({"keys":[]})");
  const auto refreshed = verifier.refresh(seconds(5));
  REQUIRE_FALSE(refreshed);
  CHECK(refreshed.error().reason() == ErrorReason::document_rejected);
  CHECK(verifier.verify(token_of(key_a())));
  CHECK(verifier.stats().fetch_failures == 1);
  issuer.clock->advance(seconds(200));
  CHECK(verifier.health().state != KeySetState::fresh);
  CHECK(verifier.health().state != KeySetState::refresh_due);
}

TEST_CASE("one good key among bad ones serves", "[claim-46][attack-187]") {
  const Issuer issuer;
  issuer.fetcher->answer_with_body(
      test::jwks_document({R"({"kty":"AKP"})", R"({"kty":"oct","k":"AAAA"})", "7",
                           R"({"kty":"RSA","e":"AQAB"})", key_a().public_jwk()}));
  const auto verifier = issuer.loaded();
  CHECK(verifier.verify(token_of(key_a())));
  CHECK(
      test::eventually([&] { return issuer.observer->count(jwks::EventKind::key_skipped) == 4; }));
}

TEST_CASE("a set too old is unavailable, not unknown", "[claim-36]") {
  const Issuer issuer;
  const auto verifier = issuer.loaded();
  issuer.fetcher->answer_with_status(500);
  issuer.clock->advance(seconds(3900));
  const auto error = error_of(verifier.verify(token_of(key_a())));
  CHECK(error.code() == ErrorCode::keys_unavailable);
  CHECK(error.reason() == ErrorReason::expired);
  CHECK(verifier.stats().unavailable == 1);
}

TEST_CASE("static keys need no network") {
  const auto clock = std::make_shared<test::FakeClock>(test::kNow);
  const auto verifier =
      JwksVerifier::create_static(test::key_set({key_a()}), test::options(), clock).value();
  CHECK(verifier.verify(token_of(key_a())));
  CHECK(verifier.verify_cached(token_of(key_a())));
  CHECK(error_of(verifier.verify(token_of(key_b()))).code() == ErrorCode::unknown_key);
  CHECK(verifier.warm_up(seconds(1)));
  CHECK(verifier.refresh(seconds(1)));
  CHECK(verifier.health().state == KeySetState::static_keys);
  CHECK(verifier.stats().accepted == 2);
  CHECK(verifier.stats().refused == 1);
  verifier.close();
}

TEST_CASE("a verifier moves") {
  const Issuer issuer;
  auto first = issuer.loaded();
  JwksVerifier second(std::move(first));
  CHECK(second.verify(token_of(key_a())));
  auto third = issuer.loaded();
  third = std::move(second);
  CHECK(third.verify(token_of(key_a())));
}

TEST_CASE("the key set is looked for where it is said to be") {
  const Issuer issuer;
  auto options = issuer.options({.background_refresh = false});
  options.jwks_uri.clear();
  options.location = jwks::KeySetLocation::well_known_jwks;
  const auto asked = [&] {
    JwksVerifier::create(options).value().warm_up(seconds(5)).value();
    return issuer.fetcher->requests().back().url;
  };
  CHECK(asked() == "https://issuer.example/.well-known/jwks.json");
  options.issuer = "https://issuer.example/";
  CHECK(asked() == "https://issuer.example/.well-known/jwks.json");
  options.issuer = "https://issuer.example/tenant";
  CHECK(asked() == "https://issuer.example/tenant/.well-known/jwks.json");
  options.jwks_uri = test::kJwksUri;  // a URL that is known goes first
  CHECK(asked() == test::kJwksUri);
  CHECK(issuer.fetcher->calls() == 4);
}

TEST_CASE("each option out of its bounds is named", "[attack-020][attack-196]") {
  const Issuer issuer;
  const auto with = [&](auto change) {
    auto options = issuer.options();
    change(options);
    return subject_of_refusal(options);
  };
  CHECK(with([](auto& o) { o.issuer.clear(); }) == "issuer");
  CHECK(with([](auto& o) { o.audiences.clear(); }) == "audiences");
  CHECK(with([](auto& o) { o.validation.issuer = "https://other.example"; }) ==
        "validation.issuer");
  CHECK(with([](auto& o) { o.validation.audiences = {"other"}; }) == "validation.audiences");
  CHECK(with([](auto& o) { o.validation.allow_any_issuer = true; }) ==
        "validation.allow_any_issuer");
  for (const jwks::AlgorithmSet secrets :
       {jwks::AlgorithmSet{Algorithm::hs256}, {Algorithm::rs256, Algorithm::hs512}}) {
    CHECK(with([&](auto& o) { o.validation.algorithms = secrets; }) == "validation.algorithms");
  }
  CHECK(with([](auto& o) { o.jwks_uri = "http://issuer.example/jwks"; }) == "jwks_uri");
  CHECK(with([](auto& o) { o.jwks_uri = "http://127.0.0.1/jwks"; }) == "jwks_uri");
  CHECK(with([](auto& o) { o.jwks_uri.clear(), o.issuer = "http://issuer.example"; }) == "issuer");
  CHECK(with([](auto& o) { o.jwks_uri.clear(), o.issuer = "issuer.example"; }) == "issuer");
  CHECK(with([](auto& o) { o.cache.min_ttl = seconds(9); }) == "cache.min_ttl");
  CHECK(with([](auto& o) { o.cache.max_ttl = seconds(59); }) == "cache.max_ttl");
  CHECK(with([](auto& o) { o.cache.max_ttl = hours(25); }) == "cache.max_ttl");
  CHECK(with([](auto& o) { o.cache.default_ttl = seconds(59); }) == "cache.default_ttl");
  CHECK(with([](auto& o) { o.cache.max_stale = seconds(-1); }) == "cache.max_stale");
  CHECK(with([](auto& o) { o.cache.max_stale = hours(24 * 7 + 1); }) == "cache.max_stale");
  CHECK(with([](auto& o) { o.cache.caller_wait = milliseconds(-1); }) == "cache.caller_wait");
  CHECK(with([](auto& o) { o.cache.caller_wait = milliseconds(60'001); }) == "cache.caller_wait");
  CHECK(with([](auto& o) { o.cache.forced_refresh_burst = 0; }) == "cache.forced_refresh_burst");
  CHECK(with([](auto& o) { o.cache.forced_refresh_interval = seconds(0); }) ==
        "cache.forced_refresh_interval");
  CHECK(with([](auto& o) { o.cache.max_waiters = 0; }) == "cache.max_waiters");
  CHECK(with([](auto& o) { o.cache.forced_refresh_burst = 11; }) == "cache.forced_refresh_burst");
  CHECK(with([](auto& o) { o.cache.max_waiters = 100'001; }) == "cache.max_waiters");
  CHECK(with([](auto& o) { o.cache.retries = 4; }) == "cache.retries");
  CHECK(with([](auto& o) { o.cache.removed_key_grace = seconds(-1); }) ==
        "cache.removed_key_grace");
  CHECK(with([](auto& o) { o.cache.removed_key_grace = seconds(3601); }) ==
        "cache.removed_key_grace");
  CHECK(with([](auto& o) { o.cache.empty_set = static_cast<jwks::EmptySet>(2); }) ==
        "cache.empty_set");
  CHECK(with([](auto& o) { o.location = static_cast<jwks::KeySetLocation>(2); }) == "location");
  CHECK(with([](auto& o) { o.http.connect_timeout = milliseconds(99); }) == "http.connect_timeout");
  CHECK(with([](auto& o) { o.http.connect_timeout = milliseconds(30'001); }) ==
        "http.connect_timeout");
  CHECK(with([](auto& o) { o.http.total_timeout = milliseconds(1999); }) == "http.total_timeout");
  CHECK(with([](auto& o) { o.http.total_timeout = milliseconds(60'001); }) == "http.total_timeout");
  CHECK(with([](auto& o) { o.token_cache.max_entries = 1'000'001; }) == "token_cache.max_entries");
  CHECK(with([](auto& o) { o.token_cache.max_bytes = 64 * 1024 - 1; }) == "token_cache.max_bytes");
  CHECK(with([](auto& o) { o.token_cache.max_bytes = (std::size_t{1} << 30) + 1; }) ==
        "token_cache.max_bytes");
  CHECK(with([](auto& o) { o.validation.clock_skew = seconds(601); }) == "clock_skew");
  CHECK(with([](auto& o) { o.fetcher = nullptr, o.http.ca_file = "/nowhere/ca.pem"; }) ==
        "http.ca_file");
  // With a jwks_uri the issuer is a name and need not be a URL.
  CHECK(with([](auto& o) { o.issuer = "issuer"; }) == "accepted");
}
