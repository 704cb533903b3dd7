// Keys that are withdrawn, replaced or revoked, and the options about them.

#include "jwks/jwks_verifier.hpp"
#include "support/catch.hpp"
#include "support/issuer_fixture.hpp"

namespace {

using jwks::CacheOptions;
using jwks::EmptySet;
using jwks::ErrorCode;
using jwks::ErrorReason;
using jwks::JwksVerifier;
using jwks::KeySetState;
using std::chrono::seconds;
using test::error_of;
using test::Issuer;
using test::key_a;
using test::key_b;
using test::token_of;

constexpr std::string_view kEmpty = R"({"keys":[]})";

/// Another key under the kid of `key_a`.
const test::SigningKey& impostor() {
  static const auto made =
      test::SigningKey::generate(jwks::Algorithm::es256, key_a().key_id()).value();
  return made;
}

JwksVerifier loaded(const Issuer& issuer, CacheOptions cache, bool token_cache = false) {
  cache.background_refresh = false;
  auto options = issuer.options(cache);
  if (token_cache) options.token_cache.max_entries = 100;
  auto verifier = JwksVerifier::create(options).value();
  verifier.warm_up(seconds(5)).value();
  return verifier;
}

}  // namespace

TEST_CASE("a withdrawn key is refused at once by default", "[claim-56]") {
  const Issuer issuer;
  const auto verifier = loaded(issuer, {});
  CHECK(verifier.verify(token_of(key_a())));
  issuer.publish({key_b()});
  REQUIRE(verifier.refresh(seconds(5)));
  CHECK(error_of(verifier.verify_cached(token_of(key_a()))).code() == ErrorCode::unknown_key);
}

TEST_CASE("a withdrawn key is accepted for its grace, without asking the issuer") {
  const Issuer issuer;
  const bool token_cache = GENERATE(false, true);
  CAPTURE(token_cache);
  const auto verifier = loaded(issuer, {.removed_key_grace = seconds(60)}, token_cache);
  CHECK(verifier.verify(token_of(key_a())));
  issuer.publish({key_b()});
  REQUIRE(verifier.refresh(seconds(5)));
  issuer.clock->advance(seconds(59));
  const auto result = verifier.verify(token_of(key_a()));
  REQUIRE(result);
  CHECK_FALSE(result->key_refreshed());
  CHECK(result->key_age() == seconds(59));
  CHECK(verifier.verify(token_of(key_a())));
  CHECK(issuer.fetcher->calls() == 2);
  issuer.clock->advance(seconds(1));
  CHECK(error_of(verifier.verify(token_of(key_a()))).code() == ErrorCode::unknown_key);
  CHECK(issuer.fetcher->calls() == 3);
}

TEST_CASE("a confirmed set leaves the grace as it is, and a later removal shares its end") {
  const auto& key_c = test::key(jwks::Algorithm::es256, 7);
  const Issuer issuer;
  issuer.publish({key_a(), key_b()});
  const auto verifier = loaded(issuer, {.removed_key_grace = seconds(60)});
  issuer.publish({key_b(), key_c});
  REQUIRE(verifier.refresh(seconds(5)));
  issuer.clock->advance(seconds(30));
  REQUIRE(verifier.refresh(seconds(5)));
  CHECK(verifier.verify(token_of(key_a())));
  issuer.publish({key_c});
  REQUIRE(verifier.refresh(seconds(5)));
  issuer.clock->advance(seconds(29));
  CHECK(verifier.verify_cached(token_of(key_a())));
  CHECK(verifier.verify_cached(token_of(key_b())));
  issuer.clock->advance(seconds(1));
  CHECK_FALSE(verifier.verify_cached(token_of(key_a())));
  CHECK_FALSE(verifier.verify_cached(token_of(key_b())));
  CHECK(verifier.verify_cached(token_of(key_c)));
}

TEST_CASE("a key that was replaced under its kid, or rejected, has no grace") {
  const Issuer issuer;
  const auto verifier = loaded(issuer, {.removed_key_grace = seconds(60)});
  SECTION("replaced") {
    issuer.publish({impostor()});
    REQUIRE(verifier.refresh(seconds(5)));
    CHECK(error_of(verifier.verify(token_of(key_a()))).code() == ErrorCode::bad_signature);
  }
  SECTION("rejected") {
    std::string encryption = key_a().public_jwk();
    encryption.replace(encryption.find("\"sig\""), 5, "\"enc\"");
    issuer.fetcher->answer_with_body(test::jwks_document({encryption, key_b().public_jwk()}));
    REQUIRE(verifier.refresh(seconds(5)));
    CHECK(error_of(verifier.verify(token_of(key_a()))).code() == ErrorCode::key_rejected);
  }
}

TEST_CASE("a grace that begins while a caller waits serves that caller") {
  const Issuer issuer;
  const auto verifier = loaded(issuer, {.removed_key_grace = seconds(60)});
  issuer.clock->advance(seconds(400));
  issuer.publish({key_b()});
  CHECK(verifier.verify(token_of(key_a())));
  CHECK(issuer.fetcher->calls() == 2);
}

TEST_CASE("an empty set is a fault by default, and revokes every key where that was chosen",
          "[claim-45]") {
  const Issuer issuer;
  SECTION("a fault") {
    const auto verifier = loaded(issuer, {});
    issuer.fetcher->answer_with_body(std::string(kEmpty));
    CHECK(verifier.refresh(seconds(5)).error().reason() == ErrorReason::document_rejected);
    CHECK(verifier.verify(token_of(key_a())));
  }
  SECTION("a revocation, which no grace softens") {
    const auto verifier =
        loaded(issuer, {.removed_key_grace = seconds(60), .empty_set = EmptySet::revoke_all}, true);
    CHECK(verifier.verify(token_of(key_a())));
    issuer.fetcher->answer_with_body(std::string(kEmpty));
    REQUIRE(verifier.refresh(seconds(5)));
    CHECK(error_of(verifier.verify_cached(token_of(key_a()))).code() == ErrorCode::unknown_key);
    CHECK(verifier.health().state == KeySetState::fresh);
    CHECK(verifier.health().kids.empty());
    CHECK(verifier.health().generation == 2);
    issuer.publish({key_b()});
    REQUIRE(verifier.refresh(seconds(5)));
    CHECK(verifier.verify(token_of(key_b())));
    CHECK_FALSE(verifier.verify_cached(token_of(key_a())));
  }
  SECTION("but entries that nobody can use revoke nothing") {
    const auto verifier = loaded(issuer, {.empty_set = EmptySet::revoke_all});
    issuer.fetcher->answer_with_body(R"({"keys":[{"kty":"oct","k":"AAAA"}]})");
    CHECK(verifier.refresh(seconds(5)).error().reason() == ErrorReason::document_rejected);
    CHECK(verifier.verify(token_of(key_a())));
  }
}

TEST_CASE("a key that was replaced under its kid is fetched where that was chosen",
          "[attack-180]") {
  const Issuer issuer;
  SECTION("not by default: until the next refresh the old key is the key") {
    const auto verifier = loaded(issuer, {});
    issuer.publish({impostor()});
    CHECK(verifier.verify(token_of(key_a())));
    CHECK(error_of(verifier.verify(token_of(impostor()))).code() == ErrorCode::bad_signature);
    CHECK(issuer.fetcher->calls() == 1);
    REQUIRE(verifier.refresh(seconds(5)));
    CHECK(error_of(verifier.verify(token_of(key_a()))).code() == ErrorCode::bad_signature);
    CHECK(verifier.verify(token_of(impostor())));
  }
  SECTION("with the option at once") {
    const auto verifier = loaded(issuer, {.bad_signature_refresh = true});
    issuer.publish({impostor()});
    const auto result = verifier.verify(token_of(impostor()));
    REQUIRE(result);
    CHECK(result->key_refreshed());
    CHECK(issuer.fetcher->calls() == 2);
    CHECK(error_of(verifier.verify_cached(token_of(key_a()))).code() == ErrorCode::bad_signature);
  }
  SECTION("also where unknown kids never fetch") {
    const auto verifier =
        loaded(issuer, {.kid_miss_refresh = false, .bad_signature_refresh = true});
    issuer.publish({impostor()});
    CHECK(verifier.verify(token_of(impostor())));
  }
}

TEST_CASE("a thousand forged signatures cost two fetches at most, and each is told as what it is",
          "[claim-25]") {
  const Issuer issuer;
  const auto verifier = loaded(issuer, {.bad_signature_refresh = true});
  const std::string forged = token_of(impostor());
  for (int i = 0; i < 1000; ++i) {
    REQUIRE(error_of(verifier.verify(forged)).code() == ErrorCode::bad_signature);
    issuer.clock->advance(std::chrono::milliseconds(1));
  }
  CHECK(issuer.fetcher->calls() == 2);
  CHECK(verifier.stats().refused == 1000);
}

TEST_CASE("whatever goes wrong on the way, a bad signature stays one", "[claim-25]") {
  const Issuer issuer;
  const auto verifier = loaded(issuer, {.bad_signature_refresh = true});
  const auto code = [&] { return error_of(verifier.verify(token_of(impostor()))).code(); };
  SECTION("the issuer is down") {
    issuer.fetcher->answer_with_status(500);
    CHECK(code() == ErrorCode::bad_signature);
    CHECK(code() == ErrorCode::bad_signature);  // in back-off
    CHECK(issuer.fetcher->calls() == 2);
  }
  SECTION("the kid is gone") {
    issuer.publish({key_b()});
    CHECK(code() == ErrorCode::bad_signature);
  }
  SECTION("the new key does not fit either") {
    issuer.publish(
        {key_b(), test::SigningKey::generate(jwks::Algorithm::es256, key_a().key_id()).value()});
    CHECK(code() == ErrorCode::bad_signature);
  }
  SECTION("the verifier is closed") {
    verifier.close();
    CHECK(code() == ErrorCode::bad_signature);
  }
  SECTION("nobody may wait") {
    issuer.fetcher->close_gate();
    CHECK(error_of(verifier.verify_cached(token_of(impostor()))).code() ==
          ErrorCode::bad_signature);
  }
  SECTION("its claims could not pass anyway, so that nobody is asked") {
    const auto expired = test::lasting_token(impostor()).claim("exp", test::kNow - seconds(100));
    CHECK(error_of(verifier.verify(expired.build().value())).code() == ErrorCode::bad_signature);
    CHECK(issuer.fetcher->calls() == 1);
  }
}
