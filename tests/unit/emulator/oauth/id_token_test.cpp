#include "jwks/id_token.hpp"

#include "jwks/jwk_set.hpp"
#include "jwks/policy.hpp"
#include "jwks/verify.hpp"
#include "unit/emulator/oauth/oauth_world.hpp"

namespace {

using jwks::Algorithm;
using test::claims_of;
using test::member_of;
using test::OAuthWorld;

jwks::Result<jwks::VerifiedToken> verified(const OAuthWorld& world, const std::string& token,
                                           jwks::TokenProfile profile,
                                           const std::string& audience) {
  const auto keys = jwks::JwkSet::parse(world.respond("GET", "/.well-known/jwks.json").body);
  const auto policy = jwks::ValidationPolicy::create(
      {.issuer = test::kIssuer, .audiences = {audience}, .profile = profile});
  REQUIRE(keys);
  REQUIRE(policy);
  return jwks::verify(token, *keys, *policy, test::kEmulatedNow);
}

}  // namespace

TEST_CASE("ID tokens of every algorithm pass the library's own checks", "[emulator]") {
  for (const jwks::emulator::KeyOptions& key :
       {jwks::emulator::KeyOptions{.algorithm = Algorithm::rs256},
        {.algorithm = Algorithm::ps384},
        {.algorithm = Algorithm::rs512},
        {.algorithm = Algorithm::es256},
        {.algorithm = Algorithm::es384},
        {.algorithm = Algorithm::es512},
        {.algorithm = Algorithm::eddsa},
        {.algorithm = Algorithm::eddsa, .curve = "Ed448"}}) {
    CAPTURE(std::string(jwks::to_string(key.algorithm)), key.curve);
    auto options = test::oauth_options();
    options.keys = {key};
    const OAuthWorld world(std::move(options));
    const auto response = world.token(test::web_exchange(
        world.code(test::web_request("&nonce=n-0S6&scope=openid+read&max_age=10"))));
    REQUIRE(response.status == 200);
    const std::string access = member_of(response.body, "access_token");

    const auto id_token =
        verified(world, member_of(response.body, "id_token"), jwks::TokenProfile::id_token, "web");
    if (!id_token) FAIL(id_token.error().message());
    const auto valid = jwks::validate_id_token(*id_token,
                                               {.nonce = "n-0S6",
                                                .access_token = access,
                                                .require_hashes = true,
                                                .max_age = std::chrono::seconds(10)},
                                               test::kEmulatedNow);
    if (!valid) FAIL(valid.error().message());
    CHECK_FALSE(jwks::validate_id_token(*id_token, {.nonce = "n-0S6", .access_token = access + "x"},
                                        test::kEmulatedNow));
    CHECK_FALSE(jwks::validate_id_token(*id_token, {.nonce = "other"}, test::kEmulatedNow));

    const auto at = verified(world, access, jwks::TokenProfile::access_token, "orders-api");
    CHECK(at);
    // Neither passes for the other.
    CHECK_FALSE(verified(world, access, jwks::TokenProfile::id_token, "orders-api"));
    CHECK_FALSE(verified(world, member_of(response.body, "id_token"),
                         jwks::TokenProfile::access_token, "web"));
  }
}

TEST_CASE("an ID token says who was let in, when, and for whom", "[emulator]") {
  const OAuthWorld world;
  const std::string code = world.code(test::web_request("&nonce=n-0S6&scope=openid"));
  world.emulation->clock().advance(std::chrono::seconds(5));
  const auto response = world.token(test::web_exchange(code));
  CHECK(member_of(test::segment_of(member_of(response.body, "id_token"), 0), "typ") == "JWT");
  const std::string claims = claims_of(response, "id_token");
  CHECK(member_of(claims, "iss") == test::kIssuer);
  CHECK(member_of(claims, "sub") == "user_alice");
  CHECK(member_of(claims, "aud") == "web");
  CHECK(member_of(claims, "azp") == "web");
  CHECK(member_of(claims, "nonce") == "n-0S6");
  CHECK(member_of(claims, "auth_time") == "1750000000");
  CHECK(member_of(claims, "iat") == "1750000005");
  CHECK(member_of(claims, "exp") == "1750000605");
  CHECK(member_of(claims, "at_hash").size() == 22);
  CHECK(member_of(claims, "client_id").empty());
  CHECK(member_of(claims, "scope").empty());
}

TEST_CASE("a nonce is bound to the code of its request", "[emulator]") {
  const OAuthWorld world;
  const std::string with = world.code(test::web_request("&nonce=one&scope=openid"));
  const std::string without = world.code(test::web_request("&scope=openid"));
  CHECK(member_of(claims_of(world.token(test::web_exchange(without) + "&nonce=two"), "id_token"),
                  "nonce")
            .empty());
  CHECK(member_of(claims_of(world.token(test::web_exchange(with) + "&nonce=two"), "id_token"),
                  "nonce") == "one");
}

TEST_CASE("scopes decide what ID token and userinfo say about the user, and both say the same") {
  const OAuthWorld world;
  struct Row {
    const char* scope;
    const char* email;
    const char* name;
  };
  const Row rows[] = {{"openid", "", ""},
                      {"openid+email", "alice@example.com", ""},
                      {"openid+profile", "", "Alice Smith"},
                      {"openid+email+profile", "alice@example.com", "Alice Smith"}};
  for (const Row& row : rows) {
    CAPTURE(std::string(row.scope));
    const auto response = world.sign_in(row.scope);
    const auto userinfo = world.userinfo(member_of(response.body, "access_token"));
    REQUIRE(userinfo.status == 200);
    for (const std::string& said : {claims_of(response, "id_token"), userinfo.body}) {
      CHECK(member_of(said, "sub") == "user_alice");  // a user's claims can't change that
      CHECK(member_of(said, "email") == row.email);
      CHECK(member_of(said, "email_verified") == (*row.email == '\0' ? "" : "true"));
      CHECK(member_of(said, "name") == row.name);
      CHECK(member_of(said, "department") == "R&D");
    }
  }
}

TEST_CASE("a user's own claims win over those of the scopes") {
  auto options = test::oauth_options();
  options.users[0].claims = {{"email_verified", "false"}, {"aud", R"("evil")"}};
  const OAuthWorld world(std::move(options));
  const auto response = world.sign_in("openid+email");
  CHECK(member_of(claims_of(response, "id_token"), "email_verified") == "false");
  CHECK(member_of(claims_of(response, "id_token"), "aud") == "web");
}
