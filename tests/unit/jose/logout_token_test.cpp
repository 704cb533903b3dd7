// Logout tokens (OpenID Connect Back-Channel Logout 1.0 §2.4, §2.6).

#include <string>

#include "jwks/verify.hpp"
#include "support/catch.hpp"
#include "support/tokens.hpp"

using test::es256;
using test::es256_set;
using test::json_quoted;
using test::kNow;
using test::token;
using test::TokenBuilder;

namespace {

constexpr const char* kEvents = R"({"http://schemas.openid.net/event/backchannel-logout":{}})";

TokenBuilder logout_token() {
  return token(es256())
      .header("typ", json_quoted("logout+jwt"))
      .claim("jti", json_quoted("1"))
      .claim("events", kEvents);
}

std::string answer(const TokenBuilder& builder) {
  jwks::ValidationOptions options = test::options();
  options.profile = jwks::TokenProfile::logout_token;
  const auto result =
      jwks::verify(builder.build().value(), es256_set(), test::policy(options), kNow);
  if (result) return "accepted";
  return std::string(to_string(result.error().code())) + " " +
         std::string(result.error().subject());
}

std::string with(const char* name, const char* json) {
  return answer(logout_token().claim(name, json));
}

}  // namespace

TEST_CASE("a logout token is accepted with any of its types") {
  CHECK(answer(logout_token()) == "accepted");
  CHECK(answer(logout_token().header("typ", "")) == "accepted");
  CHECK(answer(logout_token().header("typ", json_quoted("JWT"))) == "accepted");
  CHECK(answer(logout_token().header("typ", json_quoted("at+jwt"))) == "wrong_type typ");
}

TEST_CASE("a logout token needs iss, aud, iat, exp, jti and events", "[attack-139]") {
  for (const char* name : {"iss", "aud", "iat", "exp", "jti", "events"}) {
    CAPTURE(name);
    CHECK(with(name, "") == std::string("missing_claim ") + name);
  }
  CHECK(with("jti", "\"\"") == "invalid_claim jti");
}

TEST_CASE("the event of a logout token is an object in an object", "[attack-139]") {
  CHECK(
      with("events", R"({"http://schemas.openid.net/event/backchannel-logout":{"a":1},"b":{}})") ==
      "accepted");
  for (const char* events :
       {"{}", "null", "[]", "\"http://schemas.openid.net/event/backchannel-logout\"",
        R"(["http://schemas.openid.net/event/backchannel-logout"])", R"({"other":{}})",
        R"({"http://schemas.openid.net/event/backchannel-logout1":{}})",
        R"({"https://schemas.openid.net/event/backchannel-logout":{}})",
        R"({"x":{"http://schemas.openid.net/event/backchannel-logout":{}}})",
        R"({"http://schemas.openid.net/event/backchannel-logout":true})",
        R"({"http://schemas.openid.net/event/backchannel-logout":null})",
        R"({"http://schemas.openid.net/event/backchannel-logout":"{}"})",
        R"({"http://schemas.openid.net/event/backchannel-logout":[]})"}) {
    CAPTURE(events);
    CHECK(with("events", events) == "invalid_claim events");
  }
}

TEST_CASE("a logout token with any nonce is none", "[attack-139]") {
  for (const char* nonce : {"\"n\"", "\"\"", "null", "1"}) {
    CAPTURE(nonce);
    CHECK(with("nonce", nonce) == "invalid_claim nonce");
  }
}

TEST_CASE("a logout token names a subject, a session or both", "[attack-139]") {
  CHECK(with("sid", json_quoted("s").c_str()) == "accepted");
  CHECK(answer(logout_token().claim("sub", "").claim("sid", json_quoted("s"))) == "accepted");
  CHECK(with("sub", "") == "missing_claim sub");
  CHECK(with("sub", "\"\"") == "invalid_claim sub");
  CHECK(with("sub", json_quoted(std::string(256, 's')).c_str()) == "invalid_claim sub");
  for (const char* sid : {"\"\"", "1", "null", "[\"s\"]"}) {
    CAPTURE(sid);
    CHECK(with("sid", sid) == "invalid_claim sid");
    CHECK(answer(logout_token().claim("sub", "").claim("sid", sid)) == "invalid_claim sid");
  }
}

TEST_CASE("issuer, audience and times of a logout token are those of every JWT") {
  CHECK(with("iss", "\"https://evil.example\"") == "wrong_issuer iss");
  CHECK(with("aud", "\"other\"") == "wrong_audience aud");
  CHECK(with("exp", "1749999940") == "expired exp");
}
