// Tokens of the catalogue of attacks that break the rules of OpenID Connect, logout and DPoP: here
// it is shown that POST /_emulate/tokens makes them. tests/attacks has what is to be answered.

#include <string>
#include <utility>
#include <vector>

#include "jwks/verify.hpp"
#include "unit/emulator/emulated.hpp"

namespace {

const test::Emulated& emulated() {
  static const test::Emulated made = [] {
    auto options = test::quick_options();
    options.keys = {{.algorithm = jwks::Algorithm::es256, .key_id = "one"}};
    options.token_type = "JWT";
    return test::Emulated(std::move(options));
  }();
  return made;
}

std::string minted(const std::string& request) {
  const auto answer = emulated().respond("POST", "/_emulate/tokens", request);
  CAPTURE(request, answer.body);
  REQUIRE(answer.status == 200);
  return test::member_of(answer.body, "token");
}

/// Whether the key that is published signed it.
bool is_signed(const std::string& token, jwks::ValidationOptions with = {}) {
  with.issuer = "http://127.0.0.1:4100";
  with.audiences = {"api"};
  const auto keys = jwks::JwkSet::parse(emulated().respond("GET", "/oauth2/jwks").body).value();
  const auto policy = jwks::ValidationPolicy::create(std::move(with)).value();
  return jwks::verify(token, keys, policy, test::kEmulatedNow).has_value();
}

}  // namespace

TEST_CASE("minted: claims that OpenID Connect has rules about",
          "[emulator][attack-128][attack-130][attack-131][attack-132]") {
  const std::pair<const char*, const char*> rows[] = {
      {"azp", R"("other")"},     {"azp", "7"},
      {"nonce", R"("other")"},   {"nonce", "null"},
      {"at_hash", R"("AAAA")"},  {"c_hash", R"("+/==")"},
      {"s_hash", "[]"},          {"auth_time", "0"},
      {"auth_time", R"("now")"}, {"acr", R"("urn:none")"}};
  for (const auto& [name, value] : rows) {
    CAPTURE(std::string(name), std::string(value));
    const std::string token =
        minted(R"({"audience":"api","claims":{")" + std::string(name) + "\":" + value + "}}");
    CHECK(is_signed(token));
    const std::string claims = test::segment_of(token, 1);
    CHECK(claims.find("\"" + std::string(name) + "\":" + value) != std::string::npos);
  }
  const std::string several = minted(R"({"claims":{"aud":["api","b"],"azp":"b"}})");
  CHECK(test::member_of(test::segment_of(several, 1), "aud") == R"(["api","b"])");
  CHECK(is_signed(several));
}

TEST_CASE("minted: logout tokens that are none", "[emulator][attack-139]") {
  const std::string events =
      R"("events":{"http://schemas.openid.net/event/backchannel-logout":{}})";
  for (const std::string& claims :
       {events + R"(,"nonce":"n","sid":"s")", std::string(R"("sid":"s")"),
        std::string(R"("events":{},"sid":"s")"), events}) {
    CAPTURE(claims);
    const std::string token = minted(R"({"header":{"typ":"logout+jwt"},"claims":{)" + claims +
                                     R"(},"remove_claims":["sub"]})");
    CHECK(test::member_of(test::segment_of(token, 0), "typ") == "logout+jwt");
    CHECK(test::member_of(test::segment_of(token, 1), "sub").empty());
    CHECK(test::segment_of(token, 1).find(claims) != std::string::npos);
  }
}

TEST_CASE("minted: proofs of possession with faults", "[emulator][attack-142]") {
  const std::vector<std::pair<std::string, std::string>> members{
      {"jti", R"("1")"}, {"htm", R"("GET")"}, {"htu", R"("https://api.example/")"}};
  const auto proof_without = [&](const std::string& missing) {
    std::string claims;
    for (const auto& [name, value] : members) {
      if (name != missing)
        claims.append(claims.empty() ? "\"" : ",\"").append(name + "\":" + value);
    }
    const std::string removed = missing.empty() ? "" : ",\"" + missing + "\"";
    return minted(R"({"header":{"typ":"dpop+jwt"},"signature":{"embed_key":true},"claims":{)" +
                  claims + R"(},"remove_claims":["iss","sub","exp")" + removed + "]}");
  };
  const std::string good = proof_without("");
  CHECK(test::member_of(test::segment_of(good, 0), "typ") == "dpop+jwt");
  CHECK(test::member_of(test::segment_of(good, 0), "jwk").find("\"kty\"") != std::string::npos);
  for (const std::string missing : {"jti", "htm", "htu", "iat"}) {
    CAPTURE(missing);
    CHECK_FALSE(test::member_of(test::segment_of(good, 1), missing).empty());
    CHECK(test::member_of(test::segment_of(proof_without(missing), 1), missing).empty());
  }
}

TEST_CASE("minted: a kid and a thumbprint of a certificate that disagree",
          "[emulator][attack-032]") {
  const std::string token =
      minted(R"({"header":{"x5t#S256":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}})");
  CHECK(test::member_of(test::segment_of(token, 0), "kid") == "one");
  CHECK(test::member_of(test::segment_of(token, 0), "x5t#S256").size() == 43);
}
