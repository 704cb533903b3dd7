// What a token says of itself: as strict as `verify` about form, and blind to everything else.

#include "jwks/unverified_token.hpp"

#include <string>

#include "support/catch.hpp"
#include "support/tokens.hpp"

using jwks::UnverifiedToken;
using test::es256;
using test::json_quoted;
using test::token;
using test::TokenBuilder;

namespace {

std::string parsed(const std::string& text) {
  const auto result = UnverifiedToken::parse(text);
  if (result) return "accepted";
  CHECK(result.error().category() == jwks::ErrorCategory::malformed);
  return std::string(to_string(result.error().code()));
}

std::string parsed(const TokenBuilder& builder) { return parsed(builder.build().value()); }

}  // namespace

TEST_CASE("a token that nobody would accept can be looked at", "[attack-212]") {
  const std::string text = TokenBuilder()
                               .header("alg", json_quoted("none"))
                               .header("typ", json_quoted("anything"))
                               .header("crit", R"(["x"])")
                               .header("x", "1")
                               .claim("iss", "1")
                               .claim("exp", "\"never\"")
                               .build()
                               .value();
  const auto result = UnverifiedToken::parse(text);
  REQUIRE(result);
  CHECK(result->unverified_header().find("alg")->as_string() == "none");
  CHECK(result->unverified_header().find("crit")->size() == 1);
  CHECK(result->unverified_claims().text() == R"({"iss":1,"exp":"never"})");
}

TEST_CASE("what an unverified token shows lives as long as any copy of it") {
  auto first = UnverifiedToken::parse(token(es256()).build().value());
  REQUIRE(first);
  const UnverifiedToken copy = *first;
  const jwks::JsonValue claims = first->unverified_claims();
  first = UnverifiedToken::parse(token(es256()).claim("iss", "1").build().value());
  CHECK(claims.find("iss")->as_string() == test::kIssuer);
  CHECK(copy.unverified_claims().text() == claims.text());
}

TEST_CASE("a token whose form is wrong can't be looked at", "[attack-213]") {
  const std::string good = token(es256()).build().value();
  const auto dot = good.find('.');
  CHECK(parsed(good) == "accepted");
  CHECK(parsed(good.substr(0, dot)) == "not_three_segments");
  CHECK(parsed(good + ".") == "not_three_segments");
  CHECK(parsed(good.substr(0, dot) + "..AA") == "not_three_segments");
  CHECK(parsed("." + good.substr(dot)) == "not_three_segments");
  CHECK(parsed(good + "=") == "bad_base64url");
  CHECK(parsed(" " + good) == "bad_base64url");
  CHECK(parsed(std::string(jwks::kMaxTokenBytes + 1, 'A')) == "too_large");
  for (const char* json : {"[]", "1", "{} ,", "{'a':1}", "\xff", "{\"a\":\"\\ud800\"}"}) {
    CAPTURE(json);
    CHECK(parsed(token(es256()).raw_header(json)) == "bad_json");
    CHECK(parsed(token(es256()).raw_payload(json)) == "bad_json");
  }
  CHECK(parsed(token(es256()).duplicate_header("alg", "1")) == "duplicate_member");
  CHECK(parsed(token(es256()).duplicate_claim("iss", "1")) == "duplicate_member");
}

TEST_CASE("a token whose header is wrong by itself can't be looked at") {
  const auto with = [](const char* name, const std::string& json) {
    return parsed(token(es256()).header(name, json));
  };
  const std::pair<const char*, const char*> cases[] = {
      {"alg", ""},     {"alg", "1"},           {"alg", "\"\""}, {"kid", "1"},
      {"typ", "null"}, {"x5c", "[1]"},         {"jwk", "[]"},   {"crit", "[]"},
      {"crit", "{}"},  {"crit", R"(["alg"])"}, {"b64", "0"},    {"crit", R"(["absent"])"}};
  for (const auto& [name, json] : cases) {
    CAPTURE(name, json);
    CHECK(with(name, json) == "invalid_header");
  }
  CHECK(with("kid", json_quoted(std::string(256, 'k'))) == "accepted");
  CHECK(with("kid", json_quoted(std::string(257, 'k'))) == "too_large");
}

TEST_CASE("an unverified token has the size limits of a verified one", "[attack-066]") {
  const auto header_of = [](std::size_t bytes) {
    const std::string start = R"({"alg":"ES256","x":")";
    return token(es256()).raw_header(start + std::string(bytes - start.size() - 2, 'x') + "\"}");
  };
  CHECK(parsed(header_of(jwks::kMaxHeaderBytes - 1)) == "accepted");
  CHECK(parsed(header_of(jwks::kMaxHeaderBytes)) == "accepted");
  CHECK(parsed(header_of(jwks::kMaxHeaderBytes + 1)) == "too_large");

  // A signature of any size is well formed: it fills the token up.
  const std::string good = token(es256()).without_signature().build().value();
  const auto text_of = [&good](std::size_t bytes) {
    return good + std::string(bytes - good.size(), 'A');
  };
  CHECK(parsed(text_of(jwks::kMaxTokenBytes - 1)) == "accepted");
  CHECK(parsed(text_of(jwks::kMaxTokenBytes)) == "accepted");
  CHECK(parsed(text_of(jwks::kMaxTokenBytes + 1)) == "too_large");
}
