#include "jwks/emulator_token.hpp"
#include "unit/emulator/oauth/oauth_world.hpp"

namespace {

using test::header_of;
using test::kWeb;
using test::member_of;
using test::OAuthWorld;

constexpr const char* kInactive = R"({"active":false})";

std::string access_token_of(const jwks::emulator::HttpResponse& response) {
  return member_of(response.body, "access_token");
}

jwks::emulator::HttpResponse revoke(const OAuthWorld& world, const std::string& token,
                                    const std::string& more = kWeb) {
  return world.post("/oauth2/revoke", "token=" + token + more);
}

/// What the issuer signs for a client, with these claims changed.
std::string minted(const OAuthWorld& world, jwks::emulator::JsonMembers claims,
                   jwks::emulator::JsonMembers header = {}, std::string issuer = {}) {
  claims.insert(claims.begin(), {"client_id", R"("web")"});
  return world.emulation
      ->issue({.audience = "api",
               .claims = std::move(claims),
               .header = std::move(header),
               .issuer = std::move(issuer)})
      .value();
}

}  // namespace

TEST_CASE("introspection tells what an active access token says", "[emulator]") {
  const OAuthWorld world;
  const auto tokens = world.sign_in("openid+read");
  const auto response = world.introspect(access_token_of(tokens));
  REQUIRE(response.status == 200);
  CHECK(header_of(response, "Cache-Control") == "no-store");
  CHECK(member_of(response.body, "active") == "true");
  CHECK(member_of(response.body, "token_type") == "Bearer");
  const std::string claims = test::claims_of(tokens);
  for (const char* claim :
       {"iss", "sub", "aud", "exp", "iat", "jti", "client_id", "org_id", "scope"}) {
    CAPTURE(std::string(claim));
    CHECK_FALSE(member_of(claims, claim).empty());
    CHECK(member_of(response.body, claim) == member_of(claims, claim));
  }
}

TEST_CASE("introspection knows what was minted without a client") {
  const OAuthWorld world;
  const auto token = world.emulation->issue({.subject = "alice", .audience = "api"}).value();
  CHECK(member_of(world.introspect(token).body, "sub") == "alice");
}

TEST_CASE("introspection writes scopes as a string, also if the token has an array") {
  auto options = test::oauth_options();
  options.scopes_as_array = true;
  const OAuthWorld world(std::move(options));
  const auto tokens = world.sign_in("openid+read");
  const auto response = world.introspect(access_token_of(tokens));
  CHECK(member_of(response.body, "scp") == R"(["openid","read"])");
  CHECK(member_of(response.body, "scope") == "openid read");
  CHECK(world.userinfo(access_token_of(tokens)).status == 200);
}

TEST_CASE("introspection knows refresh tokens, but tells their own client only") {
  const OAuthWorld world;
  const std::string token = member_of(world.sign_in("read+offline_access").body, "refresh_token");
  const auto response = world.introspect(token, kWeb);
  CHECK(member_of(response.body, "active") == "true");
  CHECK(member_of(response.body, "client_id") == "web");
  CHECK(member_of(response.body, "sub") == "user_alice");
  CHECK(member_of(response.body, "scope") == "read offline_access");
  CHECK(member_of(response.body, "exp") == "1752592000");
  CHECK(world.introspect(token, test::kOther).body == kInactive);
  REQUIRE(world.refresh(token).status == 200);
  CHECK(world.introspect(token, kWeb).body == kInactive);
}

TEST_CASE("a token that does not hold is inactive, and nothing is said about why", "[emulator]") {
  auto options = test::oauth_options();
  options.issuers = {{.name = "tenant"}};
  const OAuthWorld world(std::move(options));
  REQUIRE(world.is_active(minted(world, {})));
  const auto tokens = world.sign_in("openid");
  const std::string access = access_token_of(tokens);
  const std::string rows[] = {
      "garbage",
      "a.b.c",
      access + "A",
      access.substr(0, access.rfind('.') + 1),
      "%00",
      member_of(tokens.body, "id_token"),
      minted(world, {{"exp", "1749999999"}}),
      minted(world, {{"nbf", "1750000001"}}),
      minted(world, {{"client_id", R"("nobody")"}}),
      minted(world, {{"client_id", ""}}),
      minted(world, {{"client_id", "1"}}),
      minted(world, {{"jti", ""}}),
      minted(world, {{"iss", R"("https://evil.example")"}}),
      minted(world, {}, {{"typ", R"("JWT")"}}),
      minted(world, {}, {{"alg", R"("none")"}}),
      minted(world, {}, {}, "tenant"),
  };
  for (const std::string& token : rows) {
    CAPTURE(token);
    const auto response = world.introspect(token);
    CHECK(response.status == (token == "%00" ? 400 : 200));
    if (token != "%00") CHECK(response.body == kInactive);
  }
}

TEST_CASE("an access token ends by the emulator's clock") {
  const OAuthWorld world;
  const std::string access = access_token_of(world.sign_in("openid"));
  world.emulation->clock().advance(std::chrono::seconds(599));
  CHECK(world.is_active(access));
  CHECK(world.userinfo(access).status == 200);
  world.emulation->clock().advance(std::chrono::seconds(1));
  CHECK(world.introspect(access).body == kInactive);
  CHECK(world.userinfo(access).status == 401);
}

TEST_CASE("introspection goes by the keys that are published: current and retiring ones") {
  const OAuthWorld world;
  const std::string access = access_token_of(world.sign_in("openid"));
  REQUIRE(world.emulation->rotate(jwks::emulator::Rotation::switch_to, ""));
  CHECK(world.is_active(access));
  CHECK(world.is_active(access_token_of(world.sign_in("openid"))));
  REQUIRE(world.emulation->rotate(jwks::emulator::Rotation::retire, ""));
  CHECK_FALSE(world.is_active(access));
}

TEST_CASE("introspection wants a client with a secret, and a token") {
  const OAuthWorld world;
  const std::string access = access_token_of(world.sign_in("openid"));
  for (const char* client : {"", "&client_id=phone", "&client_id=api&client_secret=wrong"}) {
    CAPTURE(std::string(client));
    const auto response = world.introspect(access, client);
    CHECK(response.status == 401);
    CHECK(member_of(response.body, "error") == "invalid_client");
    CHECK_FALSE(header_of(response, "WWW-Authenticate").empty());
    CHECK(member_of(response.body, "active").empty());
  }
  const auto without = world.post("/oauth2/introspect", test::kApi.substr(1));
  CHECK(without.status == 400);
  CHECK(member_of(without.body, "error") == "invalid_request");
  CHECK(world.respond("GET", "/oauth2/introspect").status == 405);
}

TEST_CASE("a revoked access token is inactive, and the rest of its grant is not", "[emulator]") {
  const OAuthWorld world;
  const auto first = world.sign_in("openid+offline_access");
  const auto second = world.refresh(member_of(first.body, "refresh_token"));
  const auto response = revoke(world, access_token_of(first) + "&token_type_hint=unheard_of");
  CHECK(response.status == 200);
  CHECK(response.body.empty());
  CHECK_FALSE(world.is_active(access_token_of(first)));
  CHECK(world.userinfo(access_token_of(first)).status == 401);
  CHECK(world.is_active(access_token_of(second)));
  CHECK(world.refresh(member_of(second.body, "refresh_token")).status == 200);
}

TEST_CASE("a revoked refresh token takes its grant along", "[emulator]") {
  const OAuthWorld world;
  const auto first = world.sign_in("openid+offline_access");
  const auto second = world.refresh(member_of(first.body, "refresh_token"));
  REQUIRE(revoke(world, member_of(second.body, "refresh_token")).status == 200);
  CHECK_FALSE(world.is_active(access_token_of(first)));
  CHECK_FALSE(world.is_active(access_token_of(second)));
  CHECK(world.refresh(member_of(second.body, "refresh_token")).status == 400);
}

TEST_CASE("what a client was given ends with it, also if another gets its client_id") {
  const OAuthWorld world;
  const auto tokens = world.sign_in("openid+offline_access");
  const std::string refresh = member_of(tokens.body, "refresh_token");
  const std::string machine =
      access_token_of(world.token("grant_type=client_credentials" + test::kApi));
  const std::string code = world.code(test::web_request());
  auto& directory = world.emulation->directory();
  // The tenant goes with its clients, and all of them come again.
  REQUIRE(directory.remove_organization("org_acme"));
  const auto options = test::oauth_options();
  REQUIRE(directory.add(options.organizations[0]).record);
  for (const auto& each : options.applications) {
    if (!each.organization.empty()) REQUIRE(directory.add(each).record);
  }
  CHECK_FALSE(world.is_active(access_token_of(tokens)));
  CHECK_FALSE(world.is_active(machine));
  CHECK(world.userinfo(access_token_of(tokens)).status == 401);
  CHECK(world.introspect(refresh, kWeb).body == kInactive);
  CHECK(member_of(revoke(world, refresh).body, "error") == "invalid_grant");
  CHECK(member_of(world.refresh(refresh).body, "error") == "invalid_grant");
  CHECK(member_of(world.token(test::web_exchange(code)).body, "error") == "invalid_grant");
  CHECK(world.is_active(access_token_of(world.sign_in("openid"))));
  CHECK(world.is_active(minted(world, {{"jti", R"("conn_app_1")"}})));
}

TEST_CASE("the tokens of a client that was configured outlast a reset of the directory") {
  const OAuthWorld world;
  const std::string access = access_token_of(world.sign_in("openid"));
  REQUIRE(world.emulation->directory().remove_application("web"));
  CHECK_FALSE(world.is_active(access));
  world.emulation->directory().reset();
  CHECK(world.is_active(access));
}

TEST_CASE("a machine's token can be revoked by its machine") {
  const OAuthWorld world;
  const std::string access =
      access_token_of(world.token("grant_type=client_credentials" + test::kApi));
  REQUIRE(world.is_active(access));
  CHECK(revoke(world, access, test::kApi).status == 200);
  CHECK_FALSE(world.is_active(access));
}

TEST_CASE("revoking what is unknown succeeds, and what is another's fails") {
  const OAuthWorld world;
  CHECK(revoke(world, "nothing").status == 200);
  const auto tokens = world.sign_in("openid+offline_access");
  for (const char* name : {"access_token", "refresh_token"}) {
    for (const std::string& client : {test::kOther, std::string("&client_id=phone")}) {
      CAPTURE(std::string(name), client);
      const auto response = revoke(world, member_of(tokens.body, name), client);
      CHECK(response.status == 400);
      CHECK(member_of(response.body, "error") == "invalid_grant");
    }
  }
  CHECK(world.is_active(access_token_of(tokens)));
  CHECK(world.refresh(member_of(tokens.body, "refresh_token")).status == 200);
  CHECK(revoke(world, access_token_of(tokens), "").status == 401);
  CHECK(member_of(world.post("/oauth2/revoke", kWeb.substr(1)).body, "error") == "invalid_request");
}

TEST_CASE("userinfo tells the user of an access token in the header or in a form", "[emulator]") {
  const OAuthWorld world;
  const std::string access = access_token_of(world.sign_in("openid+email"));
  const std::string expected =
      R"({"sub":"user_alice","email":"alice@example.com","email_verified":true,)"
      R"("department":"R&D"})";
  const auto response = world.userinfo(access);
  CHECK(response.status == 200);
  CHECK(response.body == expected);
  CHECK(header_of(response, "Cache-Control") == "no-store");
  CHECK(world.post("/oauth2/userinfo", "access_token=" + access).body == expected);
  CHECK(
      world.respond("POST", "/oauth2/userinfo", {}, {{"authorization", "bearer " + access}}).body ==
      expected);
}

TEST_CASE("userinfo challenges as RFC 6750 says") {
  const OAuthWorld world;
  const std::string access = access_token_of(world.sign_in("openid"));
  const std::string unasked = access_token_of(world.sign_in("read"));
  const std::string machine =
      access_token_of(world.token("grant_type=client_credentials" + test::kApi));
  const std::string stranger = minted(world, {{"scope", R"("openid")"}, {"sub", R"("user_eve")"}});
  const auto get = [&](jwks::emulator::HttpHeaders headers) {
    return world.respond("GET", "/oauth2/userinfo", {}, std::move(headers));
  };
  auto twice = test::Emulated::request("GET", "/oauth2/userinfo");
  twice.headers.emplace_back("authorization", "Bearer " + access);
  twice.headers.emplace_back("authorization", "Bearer " + access);
  struct Row {
    const char* what;
    jwks::emulator::HttpResponse response;
    int status;
    const char* error;
  };
  const Row rows[] = {
      {"no token", get({}), 401, ""},
      {"another scheme", get({{"authorization", "Basic YTpi"}}), 401, ""},
      {"garbage", get({{"authorization", "Bearer garbage"}}), 401, "invalid_token"},
      {"an empty token", get({{"authorization", "Bearer "}}), 401, "invalid_token"},
      {"a token in the query", world.respond("GET", "/oauth2/userinfo?access_token=" + access), 401,
       ""},
      {"a user that is unknown", world.userinfo(stranger), 401, "invalid_token"},
      {"no openid", world.userinfo(unasked), 403, "insufficient_scope"},
      {"a machine's token", world.userinfo(machine), 403, "insufficient_scope"},
      {"two headers", world.respond(twice), 400, "invalid_request"},
      {"header and form",
       world.post("/oauth2/userinfo", "access_token=" + access,
                  {{"authorization", "Bearer " + access}}),
       400, "invalid_request"},
      {"a form with the token twice",
       world.post("/oauth2/userinfo", "access_token=a&access_token=b"), 400, "invalid_request"},
  };
  for (const Row& row : rows) {
    CAPTURE(std::string(row.what));
    const std::string challenge = header_of(row.response, "WWW-Authenticate");
    CHECK(row.response.status == row.status);
    CHECK(challenge.starts_with("Bearer realm="));
    CHECK((challenge.find("error=") == std::string::npos) == (*row.error == '\0'));
    CHECK(challenge.find(row.error) != std::string::npos);
    CHECK(row.response.body.find("alice") == std::string::npos);
  }
}
