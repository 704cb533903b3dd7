// A verifier with the cache of verified tokens switched on refuses whatever it would refuse
// without: a hit saves the signature check and nothing else.

#include <future>
#include <string>
#include <vector>

#include "support/catch.hpp"
#include "support/dpop.hpp"
#include "support/issuer_fixture.hpp"

namespace {

using jwks::Error;
using jwks::ErrorCode;
using jwks::ErrorReason;
using jwks::JwksVerifier;
using jwks::Result;
using jwks::VerifiedToken;
using std::chrono::seconds;
using test::error_of;
using test::Issuer;
using test::json_quoted;
using test::key_a;
using test::key_b;
using test::lasting_token;
using test::SigningKey;
using test::token_of;
using Segment = test::TokenBuilder::Segment;

jwks::VerifierOptions caching(const Issuer& issuer) {
  auto options = issuer.options({.background_refresh = false});
  options.token_cache.max_entries = 100;
  return options;
}

JwksVerifier loaded(const jwks::VerifierOptions& options) {
  auto made = JwksVerifier::create(options).value();
  made.warm_up(seconds(5)).value();
  return made;
}

std::uint64_t hits(const JwksVerifier& verifier) { return verifier.stats().token_cache_hits; }

/// Verifies it twice, so that it is in the cache for sure.
void remember(const JwksVerifier& verifier, const std::string& text,
              const jwks::Presentation& presentation = {}) {
  REQUIRE(verifier.verify(text, presentation));
  const std::uint64_t before = hits(verifier);
  REQUIRE(verifier.verify(text, presentation));
  REQUIRE(hits(verifier) == before + 1);
}

/// The refusal, which must be the same whichever way the token is verified, and no hit.
Error refused_by_all(const JwksVerifier& verifier, const std::string& text) {
  const std::uint64_t before = hits(verifier);
  const Error error = error_of(verifier.verify(text));
  CHECK(error_of(verifier.verify_cached(text)).code() == error.code());
  std::promise<ErrorCode> later;
  verifier.verify_async(text, [&later](const Result<VerifiedToken>& result) {
    later.set_value(error_of(result).code());
  });
  CHECK(later.get_future().get() == error.code());
  CHECK(hits(verifier) == before);
  return error;
}

/// Lets the issuer publish this document, and the verifier know it.
void publish(const Issuer& issuer, const JwksVerifier& verifier, const std::string& document) {
  issuer.fetcher->answer_with_body(document);
  REQUIRE(verifier.refresh(seconds(5)));
}

std::string replaced(std::string text, std::string_view what, std::string_view with) {
  const std::size_t at = text.find(what);
  REQUIRE(at != std::string::npos);
  return text.replace(at, what.size(), with);
}

}  // namespace

TEST_CASE("a token that was verified before is found, and told like a fresh one") {
  const Issuer issuer;
  const auto verifier = loaded(caching(issuer));
  const std::string text = token_of(key_a());
  REQUIRE(verifier.verify(text));
  CHECK(hits(verifier) == 0);
  CHECK(verifier.stats().token_cache_entries == 1);
  CHECK(verifier.stats().token_cache_bytes > text.size());

  issuer.clock->advance(seconds(100));
  const auto again = verifier.verify(text);
  REQUIRE(again);
  CHECK(again->claims().subject() == "alice");
  CHECK(again->key_id() == "key-a");
  CHECK(again->key_thumbprint() == key_a().thumbprint());
  CHECK(again->algorithm() == test::Algorithm::es256);
  CHECK(again->key_age() == seconds(100));
  CHECK_FALSE(again->stale());
  CHECK(verifier.verify_cached(text));
  std::promise<bool> later;
  verifier.verify_async(
      text, [&](const Result<VerifiedToken>& result) { later.set_value(result.has_value()); });
  CHECK(later.get_future().get());
  const jwks::Stats stats = verifier.stats();
  CHECK(stats.token_cache_hits == 3);
  CHECK(stats.accepted == 4);
  CHECK(stats.fetches == 1);
}

TEST_CASE("only the verification that fetched the key says that it did") {
  const Issuer issuer;
  const auto verifier = loaded(caching(issuer));
  issuer.clock->advance(seconds(2));
  issuer.publish({key_a(), key_b()});
  const std::string text = token_of(key_b());
  const auto first = verifier.verify(text);
  REQUIRE(first);
  CHECK(first->key_refreshed());
  const auto second = verifier.verify(text);
  REQUIRE(second);
  CHECK(hits(verifier) == 1);
  CHECK_FALSE(second->key_refreshed());
}

TEST_CASE("without being asked for, nothing is cached") {
  const Issuer issuer;
  const auto verifier = issuer.loaded();
  for (int i = 0; i < 3; ++i) REQUIRE(verifier.verify(token_of(key_a())));
  CHECK(hits(verifier) == 0);
  CHECK(verifier.stats().token_cache_entries == 0);
  CHECK(verifier.stats().token_cache_bytes == 0);
}

TEST_CASE("a cached token is refused at once when its key is removed",
          "[claim-57][attack-179][attack-211]") {
  const Issuer issuer;
  const auto verifier = loaded(caching(issuer));
  const std::string text = token_of(key_a());
  remember(verifier, text);
  publish(issuer, verifier, test::keys_of({key_b()}));
  CHECK(refused_by_all(verifier, text).code() == ErrorCode::unknown_key);
}

TEST_CASE("a cached token is refused at once when its key is replaced under the same kid",
          "[claim-57][attack-180][attack-211]") {
  const Issuer issuer;
  const auto verifier = loaded(caching(issuer));
  const std::string text = token_of(key_a());
  remember(verifier, text);
  const auto other = SigningKey::generate(test::Algorithm::es256, "key-a").value();
  publish(issuer, verifier, test::keys_of({other}));
  CHECK(refused_by_all(verifier, text).code() == ErrorCode::bad_signature);
  CHECK(verifier.verify(token_of(other)));
}

TEST_CASE("a cached token is refused when the same key is made for something else",
          "[claim-57][attack-211]") {
  const SigningKey& rsa = test::key(test::Algorithm::rs256);
  const std::string jwk = rsa.public_jwk();
  struct Change {
    const char* what;
    const char* with;
    ErrorCode code;
  };
  for (const auto& [what, with, code] :
       {Change{R"("alg":"RS256")", R"("alg":"PS256")", ErrorCode::alg_mismatch},
        Change{R"("use":"sig")", R"("use":"enc")", ErrorCode::key_rejected},
        Change{R"("use":"sig")", R"("key_ops":["encrypt"])", ErrorCode::key_rejected}}) {
    CAPTURE(with);
    const Issuer issuer;
    issuer.fetcher->answer_with_body(test::jwks_document({jwk}));
    const auto verifier = loaded(caching(issuer));
    const std::string text = token_of(rsa);
    remember(verifier, text);
    publish(issuer, verifier,
            test::jwks_document({replaced(jwk, what, with), key_b().public_jwk()}));
    CHECK(refused_by_all(verifier, text).code() == code);
  }
}

TEST_CASE("a cached token is refused when the issuer revokes all keys") {
  const Issuer issuer;
  auto options = caching(issuer);
  options.cache.empty_set = jwks::EmptySet::revoke_all;
  const auto verifier = loaded(options);
  const std::string text = token_of(key_a());
  remember(verifier, text);
  publish(issuer, verifier, R"({"keys":[]})");
  CHECK(refused_by_all(verifier, text).code() == ErrorCode::unknown_key);
}

TEST_CASE("a cached token of a withdrawn key is accepted for its grace and no longer") {
  const Issuer issuer;
  auto options = caching(issuer);
  options.cache.removed_key_grace = seconds(60);
  const auto verifier = loaded(options);
  const std::string text = token_of(key_a());
  remember(verifier, text);
  publish(issuer, verifier, test::keys_of({key_b()}));
  const std::uint64_t before = hits(verifier);
  for (int i = 0; i < 2; ++i) CHECK(verifier.verify(text));
  issuer.clock->advance(seconds(59));
  CHECK(verifier.verify(text));
  CHECK(hits(verifier) == before);
  issuer.clock->advance(seconds(1));
  CHECK(refused_by_all(verifier, text).code() == ErrorCode::unknown_key);
}

TEST_CASE("a cached token is refused at exp plus clock skew, not sooner and not later",
          "[claim-58][attack-211]") {
  for (const bool with_iat : {true, false}) {
    for (const int exp : {100, 200, 239, 240, 241, 300, 1000}) {
      CAPTURE(with_iat, exp);
      const Issuer issuer;
      const auto verifier = loaded(caching(issuer));
      const std::string text = test::token(key_a())
                                   .claim("exp", test::kNow + seconds(exp))
                                   .claim("iat", with_iat ? "1749999990" : "")
                                   .build()
                                   .value();
      remember(verifier, text);
      issuer.clock->advance(seconds(exp - 1));
      CHECK(verifier.verify(text));
      issuer.clock->advance(seconds(1));
      CHECK(verifier.verify(text));
      issuer.clock->advance(seconds(59));
      CHECK(verifier.verify(text));
      CHECK(verifier.verify(text));
      issuer.clock->advance(seconds(1));
      CHECK(refused_by_all(verifier, text).code() == ErrorCode::expired);
    }
  }
}

TEST_CASE("a cached token that meets another wall clock is judged by it", "[attack-202]") {
  const Issuer issuer;
  const auto verifier = loaded(caching(issuer));
  const std::string text =
      test::token(key_a()).claim("nbf", test::kNow - seconds(10)).build().value();
  remember(verifier, text);
  issuer.clock->step_wall(std::chrono::hours(1));
  CHECK(error_of(verifier.verify(text)).code() == ErrorCode::expired);
  issuer.clock->step_wall(std::chrono::hours(-2));
  CHECK(error_of(verifier.verify(text)).code() == ErrorCode::not_yet_valid);
  issuer.clock->step_wall(std::chrono::hours(1));
  CHECK(verifier.verify(text));
}

TEST_CASE("variants of a cached token are refused as if there were no cache",
          "[claim-59][attack-211]") {
  const Issuer issuer;
  const auto verifier = loaded(caching(issuer));
  const auto plain = issuer.loaded();
  const std::string text = token_of(key_a());
  const std::string other =
      lasting_token(key_a()).claim("sub", json_quoted("mallory")).build().value();
  remember(verifier, text);
  remember(verifier, other);
  const auto part = [](const std::string& of, int which) {
    const std::size_t first = of.find('.');
    const std::size_t second = of.find('.', first + 1);
    return which == 0   ? of.substr(0, first + 1)
           : which == 1 ? of.substr(first + 1, second - first)
                        : of.substr(second + 1);
  };
  std::vector<std::string> variants{
      part(text, 0) + part(other, 1) + part(text, 2),  // another payload with this signature
      part(text, 0) + part(text, 1) + part(other, 2),
      text + "A",
      text + "=",
      text + " ",
      text.substr(0, text.size() - 1),
      part(text, 0) + part(text, 1),
  };
  for (const auto segment : {Segment::header, Segment::payload, Segment::signature}) {
    for (const std::size_t bit : {0U, 1U, 7U, 8U, 100U, 255U, 511U})
      variants.push_back(lasting_token(key_a()).flip_bit(segment, bit).build().value());
  }
  // ES256 signatures differ each time, so these are spoilt by hand: one character at each place.
  for (std::size_t i = 0; i < text.size(); ++i) {
    std::string changed = text;
    changed[i] = changed[i] == 'A' ? 'B' : 'A';
    if (changed != text) variants.push_back(changed);
  }
  for (const std::string& variant : variants) {
    CAPTURE(variant);
    CHECK(error_of(verifier.verify_cached(variant)).code() ==
          error_of(plain.verify_cached(variant)).code());
  }
  const auto found = verifier.verify(text);
  REQUIRE(found);
  CHECK(found->claims().subject() == "alice");
}

TEST_CASE("two tokens that differ in one claim are two tokens", "[claim-59][attack-211]") {
  const Issuer issuer;
  const auto verifier = loaded(caching(issuer));
  const auto with_scope = [](const char* scope) {
    return lasting_token(key_a()).claim("scope", json_quoted(scope)).build().value();
  };
  const std::string reader = with_scope("read");
  const std::string writer = with_scope("write");
  for (int i = 0; i < 3; ++i) {
    const auto one = verifier.verify(reader);
    const auto two = verifier.verify(writer);
    REQUIRE(one);
    REQUIRE(two);
    CHECK(one->claims().has_scope("read"));
    CHECK_FALSE(one->claims().has_scope("write"));
    CHECK(two->claims().has_scope("write"));
    CHECK_FALSE(two->claims().has_scope("read"));
  }
  CHECK(hits(verifier) == 4);
}

TEST_CASE("what one policy accepted is nothing to another", "[attack-211]") {
  const Issuer issuer;
  const auto lenient = loaded(caching(issuer));
  auto options = caching(issuer);
  options.audiences = {"billing-api"};
  const auto strict = loaded(options);
  const std::string text = token_of(key_a());
  remember(lenient, text);
  CHECK(refused_by_all(strict, text).code() == ErrorCode::wrong_audience);
  CHECK(lenient.verify(text));
}

TEST_CASE("a refused token is not cached") {
  const Issuer issuer;
  auto options = caching(issuer);
  options.validation.required_scopes = {"admin"};
  const auto verifier = loaded(options);
  const std::string text = token_of(key_a());
  for (int i = 0; i < 3; ++i)
    CHECK(error_of(verifier.verify(text)).code() == ErrorCode::insufficient_scope);
  CHECK(verifier.stats().token_cache_entries == 0);
}

TEST_CASE("a cached token that is bound to a DPoP key is refused to another sender",
          "[attack-140][attack-211]") {
  const Issuer issuer;
  auto options = caching(issuer);
  options.validation.dpop = test::dpop_options();
  const auto verifier = loaded(options);
  const std::string text =
      lasting_token(key_a())
          .claim("cnf", "{\"jkt\":" + json_quoted(test::client_key().thumbprint()) + "}")
          .build()
          .value();
  const auto proof_of = [&](const SigningKey& sender) {
    return test::proof_for(text, sender).build().value();
  };
  const std::string first = proof_of(test::client_key());
  REQUIRE(verifier.verify(text, test::presentation(first)));
  const std::string second = proof_of(test::client_key());
  REQUIRE(verifier.verify(text, test::presentation(second)));
  REQUIRE(hits(verifier) == 1);

  CHECK(error_of(verifier.verify(text)).code() == ErrorCode::binding_failed);
  CHECK(error_of(verifier.verify(text, test::presentation(second))).code() == ErrorCode::replayed);
  const std::string stolen = proof_of(test::stranger_key());
  CHECK(error_of(verifier.verify(text, test::presentation(stolen))).code() ==
        ErrorCode::binding_failed);
  const std::string other = test::proof_for(token_of(key_a())).build().value();
  CHECK(error_of(verifier.verify(text, test::presentation(other))).code() ==
        ErrorCode::binding_failed);
  CHECK(hits(verifier) == 1);
  const std::string third = proof_of(test::client_key());
  CHECK(verifier.verify(text, test::presentation(third)));
}

TEST_CASE("a cached token that is bound to a certificate is refused without it", "[attack-211]") {
  const Issuer issuer;
  const auto verifier = loaded(caching(issuer));
  const std::string certificate = "bwcK0esc3ACC3DB2Y5_lESsXE8o9ltc05O89jdN-dg2";
  const std::string text = lasting_token(key_a())
                               .claim("cnf", "{\"x5t#S256\":" + json_quoted(certificate) + "}")
                               .build()
                               .value();
  remember(verifier, text, {.certificate_thumbprint = certificate});
  CHECK(refused_by_all(verifier, text).code() == ErrorCode::binding_failed);
  const std::string other = "A" + certificate.substr(1);
  CHECK(error_of(verifier.verify(text, {.certificate_thumbprint = other})).code() ==
        ErrorCode::binding_failed);
  CHECK(verifier.verify(text, {.certificate_thumbprint = certificate}));
}

TEST_CASE("a token that may be used once is replayed although it is cached") {
  const Issuer issuer;
  auto options = caching(issuer);
  options.validation.replay_cache = test::replay_cache();
  const auto verifier = loaded(options);
  const std::string text = lasting_token(key_a()).claim("jti", json_quoted("7")).build().value();
  REQUIRE(verifier.verify(text));
  CHECK(verifier.stats().token_cache_entries == 1);
  CHECK(refused_by_all(verifier, text).code() == ErrorCode::replayed);
}

TEST_CASE("validators are called for a cached token every time, and may change their mind",
          "[claim-80]") {
  const Issuer issuer;
  auto options = caching(issuer);
  int calls = 0;
  bool revoked = false;
  options.validation.validators = {{"revocation", [&](const jwks::Claims& claims) {
                                      ++calls;
                                      CHECK(claims.subject() == "alice");
                                      return revoked ? Result<void>(Error(ErrorCode::custom))
                                                     : Result<void>();
                                    }}};
  const auto verifier = loaded(options);
  const std::string text = token_of(key_a());
  for (int i = 0; i < 5; ++i) CHECK(verifier.verify(text));
  CHECK(calls == 5);
  CHECK(hits(verifier) == 4);
  revoked = true;
  CHECK(error_of(verifier.verify(text)).code() == ErrorCode::custom);
  CHECK(calls == 6);
  revoked = false;
  CHECK(verifier.verify(text));
}

TEST_CASE("a cached token obeys the state of the key set: stale, then expired", "[claim-36]") {
  const Issuer issuer;
  const auto verifier = loaded(caching(issuer));
  const std::string text = token_of(key_a());
  issuer.fetcher->fail();
  issuer.clock->advance(seconds(299));
  REQUIRE(verifier.verify(text));
  REQUIRE(test::eventually([&] { return verifier.stats().fetch_failures == 1; }));
  issuer.clock->advance(seconds(2));
  const auto stale = verifier.verify(text);
  REQUIRE(stale);
  CHECK(stale->stale());
  CHECK(stale->key_age() == seconds(301));
  CHECK(hits(verifier) == 1);
  CHECK(verifier.stats().stale_verifications == 1);

  issuer.clock->advance(seconds(3590));
  REQUIRE(verifier.verify(text));
  const std::uint64_t before = hits(verifier);
  issuer.clock->advance(seconds(20));
  const Error error = error_of(verifier.verify_cached(text));
  CHECK(error.code() == ErrorCode::keys_unavailable);
  CHECK(error.category() == jwks::ErrorCategory::unavailable);
  CHECK(hits(verifier) == before);
}

TEST_CASE("after an idle time a cached token waits for the issuer's word like any other",
          "[claim-34]") {
  const Issuer issuer;
  const auto verifier = loaded(caching(issuer));
  const std::string text = token_of(key_a());
  issuer.clock->advance(seconds(200));
  remember(verifier, text);
  issuer.publish({key_b()});  // and nobody asks
  issuer.clock->advance(seconds(150));
  CHECK(error_of(verifier.verify(text)).code() == ErrorCode::unknown_key);
}

TEST_CASE("a closed verifier accepts a cached token as long as its keys are fresh") {
  const Issuer issuer;
  const auto verifier = loaded(caching(issuer));
  const std::string text = token_of(key_a());
  remember(verifier, text);
  verifier.close();
  CHECK(verifier.verify(text));
  issuer.clock->advance(std::chrono::hours(2));
  const Error error = error_of(verifier.verify(text));
  CHECK(error.code() == ErrorCode::keys_unavailable);
  CHECK(error.reason() == ErrorReason::closed);
}

TEST_CASE("a flood of good tokens fills the cache and no more") {
  const Issuer issuer;
  const auto verifier = loaded(caching(issuer));
  for (int i = 0; i < 500; ++i) REQUIRE(verifier.verify(token_of(key_a())));  // all different
  const jwks::Stats stats = verifier.stats();
  CHECK(stats.token_cache_entries <= 100);
  CHECK(stats.token_cache_entries > 50);
  CHECK(stats.token_cache_hits == 0);
}
