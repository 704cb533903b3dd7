// What errors and events say: never the token, a claim's value or a key (KEY_SOURCE section 12).

#include <set>
#include <string>
#include <vector>

#include "support/catch.hpp"
#include "support/dpop.hpp"
#include "support/issuer_fixture.hpp"

namespace {

using jwks::Error;
using jwks::ErrorCode;
using jwks::ErrorReason;
using jwks::Event;
using jwks::EventKind;
using std::chrono::seconds;
using test::eventually;
using test::Issuer;
using test::json_quoted;
using test::key_a;
using test::key_b;

/// Stands wherever a stranger can put text, apart from the header parameters that errors do show,
/// escaped and cut: "kid", "typ", "alg".
constexpr std::string_view kSecret = "SeCrEt-47110815";

std::string secret_json() { return json_quoted(kSecret); }

/// Texts that must not turn up: the mark, segments of the token, members of the key.
std::vector<std::string> forbidden(const std::string& token, const std::string& jwk) {
  std::vector<std::string> texts{std::string(kSecret)};
  for (std::size_t at = 0; at < token.size();) {
    const std::size_t end = std::min(token.find('.', at), token.size());
    // A part of a segment gives it away as well as the whole.
    if (end - at >= 16) {
      texts.push_back(token.substr(at, 16));
      texts.push_back(token.substr(end - 16, 16));
    }
    at = end + 1;
  }
  for (const std::string member : {"\"x\":\"", "\"y\":\"", "\"n\":\"", "\"d\":\""}) {
    const std::size_t at = jwk.find(member);
    if (at != std::string::npos) texts.push_back(jwk.substr(at + member.size(), 12));
  }
  return texts;
}

void check_silent(const Error& error, const std::string& token, const std::string& jwk) {
  CAPTURE(error.message());
  for (const std::string& text : forbidden(token, jwk)) {
    CAPTURE(text);
    for (const std::string& said : {error.message(), std::string(error.subject()),
                                    std::string(error.detail()), std::string(error.key_id())})
      CHECK(said.find(text) == std::string::npos);
  }
}

test::TokenBuilder marked() {
  return test::lasting_token(key_a())
      .claim("sub", secret_json())
      .claim("email", secret_json())
      .claim("nbf", test::kNow - seconds(10));
}

struct Case {
  ErrorCode code;
  std::string token;
};

std::string built(const test::TokenBuilder& builder) { return builder.build().value(); }

/// One token for each way to be refused that a token alone can go.
std::vector<Case> cases() {
  using Segment = test::TokenBuilder::Segment;
  const std::string good = built(marked());
  return {
      {ErrorCode::too_large, good + std::string(20'000, 'a')},
      {ErrorCode::not_three_segments, good + ".more"},
      {ErrorCode::not_three_segments, "SeCrEt-47110815"},
      {ErrorCode::bad_base64url, built(marked().raw_segment(Segment::payload, "SeCrEt-47110815="))},
      {ErrorCode::bad_json, built(marked().raw_header("{\"SeCrEt-47110815\":"))},
      {ErrorCode::bad_json, built(marked().raw_payload("{\"SeCrEt-47110815\":tru}"))},
      {ErrorCode::duplicate_member, built(marked().duplicate_claim("sub", secret_json()))},
      {ErrorCode::invalid_header, built(marked().header("typ", "[" + secret_json() + "]"))},
      {ErrorCode::crit_unsupported,
       built(marked().header("crit", "[\"own\"]").header("own", secret_json()))},
      {ErrorCode::alg_not_allowed, built(marked().header("alg", json_quoted("HS256")))},
      {ErrorCode::alg_mismatch, built(marked().header("alg", json_quoted("RS256")))},
      {ErrorCode::unknown_key, built(marked().header("kid", json_quoted("nobody")))},
      {ErrorCode::bad_signature, built(marked().signature(std::string(64, 'S')))},
      {ErrorCode::expired, built(marked().claim("exp", "1"))},
      {ErrorCode::not_yet_valid, built(marked().claim("nbf", "9999999999"))},
      {ErrorCode::issued_in_future, built(marked().claim("iat", "9999999999"))},
      {ErrorCode::too_old, built(marked().claim("iat", "1"))},
      {ErrorCode::wrong_issuer, built(marked().claim("iss", secret_json()))},
      {ErrorCode::wrong_audience, built(marked().claim("aud", secret_json()))},
      {ErrorCode::wrong_type, built(marked().header("typ", json_quoted("other+jwt")))},
      {ErrorCode::missing_claim, built(marked().claim("exp", ""))},
      {ErrorCode::invalid_claim, built(marked().claim("exp", secret_json()))},
      {ErrorCode::invalid_claim, built(marked().claim("aud", "[1," + secret_json() + "]"))},
      {ErrorCode::insufficient_scope, built(marked().claim("scope", secret_json()))},
      {ErrorCode::binding_failed, built(marked().claim("cnf", "{\"jkt\":" + secret_json() + "}"))},
      {ErrorCode::binding_failed,
       built(marked().claim("cnf", "{\"SeCrEt-47110815\":" + secret_json() + "}"))},
      {ErrorCode::custom, built(marked().claim("scope", json_quoted("read odd")))},
  };
}

jwks::VerifierOptions strict_options(const Issuer& issuer) {
  auto options = issuer.options({.background_refresh = false});
  options.validation.max_token_age = std::chrono::hours(24 * 365);
  options.validation.required_scopes = {"read"};
  options.validation.validators = {
      {.name = "no odd scope", .check = [](const jwks::Claims& claims) -> jwks::Result<void> {
         if (claims.has_scope("odd")) throw std::runtime_error(std::string(claims.subject()));
         return {};
       }}};
  return options;
}

}  // namespace

TEST_CASE("no refusal of a token repeats the token, a claim's value or a key", "[claim-83]") {
  const Issuer issuer;
  const auto verifier = jwks::JwksVerifier::create(strict_options(issuer)).value();
  REQUIRE(verifier.verify(built(marked().claim("scope", json_quoted("read")))));
  for (const Case& each : cases()) {
    const Error error = test::error_of(verifier.verify(each.token));
    CAPTURE(error.message());
    CHECK(error.code() == each.code);
    check_silent(error, each.token, key_a().public_jwk());
  }
}

TEST_CASE("errors of keys say nothing of keys or tokens", "[claim-83]") {
  const Issuer issuer;
  const auto ambiguous = [&](const std::string& document, ErrorCode code) {
    issuer.fetcher->answer_with_body(document);
    const auto verifier = issuer.verifier({.background_refresh = false});
    const std::string token = built(marked());
    const Error error = test::error_of(verifier.verify(token));
    CAPTURE(error.message());
    CHECK(error.code() == code);
    check_silent(error, token, key_a().public_jwk());
    for (const auto& skipped : issuer.observer->events(EventKind::key_skipped))
      if (skipped.error) check_silent(*skipped.error, token, key_a().public_jwk());
  };
  std::string twin = key_b().public_jwk();
  twin.replace(twin.find("key-b"), 5, "key-a");
  std::string for_encryption = key_a().public_jwk();
  for_encryption.insert(1, "\"use\":\"enc\",");
  for_encryption.erase(for_encryption.find(",\"use\":\"sig\""), 12);
  ambiguous(test::jwks_document({key_a().public_jwk(), twin}), ErrorCode::key_ambiguous);
  ambiguous(test::jwks_document({for_encryption, key_b().public_jwk()}), ErrorCode::key_rejected);
}

TEST_CASE("a replayed token is not repeated", "[claim-83]") {
  const Issuer issuer;
  auto options = issuer.options({.background_refresh = false});
  options.validation.replay_cache = test::replay_cache();
  const auto verifier = jwks::JwksVerifier::create(options).value();
  const std::string token = built(marked().claim("jti", secret_json()));
  REQUIRE(verifier.verify(token));
  const Error error = test::error_of(verifier.verify(token));
  CHECK(error.code() == ErrorCode::replayed);
  check_silent(error, token, key_a().public_jwk());
}

TEST_CASE("bad documents of an issuer are not repeated by errors, health or events", "[claim-83]") {
  const std::string mark(kSecret);
  const std::string bodies[] = {
      mark,
      "<html>" + mark,
      "{\"keys\":\"" + mark + "\"}",
      "{\"" + mark + "\":1}",
      "{\"keys\":[],\"keys\":[\"" + mark + "\"]}",
      "{\"keys\":[{\"kty\":\"" + mark + "\"}]}",
      "{\"keys\":[" + key_b().public_jwk() + "," + key_b().public_jwk() + "," + mark + "]}",
      "[" + key_b().public_jwk() + "]",
  };
  for (const std::string& body : bodies) {
    CAPTURE(body);
    const Issuer issuer;
    issuer.fetcher->answer_with_body(body);
    const auto verifier = issuer.verifier({.background_refresh = false});
    const std::string token = built(marked());
    const Error error = test::error_of(verifier.verify(token));
    CHECK(error.code() == ErrorCode::keys_unavailable);
    check_silent(error, token, key_b().public_jwk());
    REQUIRE(verifier.health().last_error);
    check_silent(*verifier.health().last_error, token, key_b().public_jwk());
    REQUIRE(eventually([&] { return issuer.observer->count(EventKind::fetch_failed) == 1; }));
    for (const EventKind kind : {EventKind::fetch_failed, EventKind::document_rejected})
      for (const Event& event : issuer.observer->events(kind)) {
        REQUIRE(event.error);
        check_silent(*event.error, token, key_b().public_jwk());
      }
  }
}

TEST_CASE("errors of an outage say nothing of the token that met it", "[claim-83]") {
  const Issuer issuer;
  issuer.fetcher->fail();
  const auto verifier = issuer.verifier({.background_refresh = false});
  const std::string token = built(marked());
  std::set<ErrorReason> seen;
  const auto refused = [&](const jwks::Result<jwks::VerifiedToken>& result) {
    const Error error = test::error_of(result);
    CHECK(error.code() == ErrorCode::keys_unavailable);
    check_silent(error, token, key_a().public_jwk());
    seen.insert(error.reason());
  };
  refused(verifier.verify_cached(token));
  REQUIRE(eventually([&] { return verifier.stats().fetch_failures == 1; }));
  refused(verifier.verify(token));
  issuer.clock->advance(seconds(120));
  refused(verifier.verify(token));
  verifier.close();
  refused(verifier.verify(token));
  CHECK(seen.size() >= 3);
}
