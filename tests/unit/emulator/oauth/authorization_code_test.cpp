#include "unit/emulator/oauth/oauth_world.hpp"

namespace {

using test::claims_of;
using test::kCallback;
using test::kVerifier;
using test::kWeb;
using test::member_of;
using test::OAuthWorld;
using test::percent_encode;
using test::web_exchange;
using test::web_request;

}  // namespace

TEST_CASE("a code brings tokens that say who was let in, for the application's own audience",
          "[emulator]") {
  const OAuthWorld world;
  const auto response = world.sign_in("openid+read");
  REQUIRE(response.status == 200);
  CHECK(test::header_of(response, "Cache-Control") == "no-store");
  CHECK(member_of(response.body, "token_type") == "Bearer");
  CHECK(member_of(response.body, "expires_in") == "600");
  CHECK(member_of(response.body, "scope") == "openid read");
  CHECK(member_of(response.body, "refresh_token").empty());  // was not asked for

  CHECK(member_of(test::segment_of(member_of(response.body, "access_token"), 0), "typ") ==
        "at+jwt");
  const std::string claims = claims_of(response);
  CHECK(member_of(claims, "iss") == test::kIssuer);
  CHECK(member_of(claims, "sub") == "user_alice");
  CHECK(member_of(claims, "client_id") == "web");
  CHECK(member_of(claims, "aud") == "orders-api");
  CHECK(member_of(claims, "org_id") == "org_acme");
  CHECK(member_of(claims, "scope") == "openid read");
  CHECK(member_of(claims, "exp") == "1750000600");
  CHECK_FALSE(member_of(claims, "jti").empty());
}

TEST_CASE("a client that asks for no scope gets its own, and no ID token") {
  const OAuthWorld world;
  const auto response = world.token(web_exchange(world.code(web_request())));
  CHECK(member_of(claims_of(response), "scope") == "read write");
  CHECK(member_of(response.body, "id_token").empty());
}

TEST_CASE("request parameters never change organization and audience", "[emulator][known-defect]") {
  const OAuthWorld world;
  const std::string more =
      "&organization_id=org_evil&org_id=org_evil&organization=Evil&audience=evil&resource=evil"
      "&aud=evil";
  const auto response = world.token(web_exchange(world.code(web_request(more))) + more);
  CHECK(member_of(claims_of(response), "org_id") == "org_acme");
  CHECK(member_of(claims_of(response), "aud") == "orders-api");
  const auto machine = world.token("grant_type=client_credentials" + test::kApi + more);
  CHECK(member_of(claims_of(machine), "org_id") == "org_acme");
  CHECK(member_of(claims_of(machine), "aud") == "api");
}

TEST_CASE("a public client proves itself with its verifier alone", "[emulator]") {
  const OAuthWorld world;
  const std::string code =
      world.code("response_type=code&client_id=phone&code_challenge_method=S256&code_challenge=" +
                 test::challenge_of(kVerifier));
  const std::string exchange = "grant_type=authorization_code&client_id=phone&code=" + code;
  const auto response = world.token(exchange + "&code_verifier=" + kVerifier);
  REQUIRE(response.status == 200);
  CHECK(member_of(claims_of(response), "aud") == "phone");
  CHECK(member_of(claims_of(response), "org_id").empty());
}

TEST_CASE("a code is good for its client, redirect URI and verifier only, and tried once",
          "[emulator]") {
  const OAuthWorld world;
  const std::string redirect = "&redirect_uri=" + percent_encode(kCallback);
  const std::string verifier = std::string("&code_verifier=") + kVerifier;
  const std::string longer = std::string("&code_verifier=") + kVerifier + "x";
  struct Row {
    const char* what;
    std::string more;
    const char* error;
    bool is_spent;
  };
  const Row rows[] = {
      {"another client", redirect + verifier + test::kOther, "invalid_grant", false},
      {"a client that can't be known", redirect + verifier + "&client_id=web", "invalid_client",
       false},
      {"a machine", redirect + verifier + test::kApi, "unauthorized_client", false},
      {"no redirect URI", verifier + kWeb, "invalid_grant", true},
      {"another redirect URI", "&redirect_uri=https%3A%2F%2Fweb.example" + verifier + kWeb,
       "invalid_grant", true},
      {"no verifier", redirect + kWeb, "invalid_grant", true},
      {"a longer verifier", redirect + longer + kWeb, "invalid_grant", true},
      {"the challenge as the verifier",
       redirect + "&code_verifier=" + test::challenge_of(kVerifier) + kWeb, "invalid_grant", true},
      {"a verifier that is none", redirect + "&code_verifier=a" + kWeb, "invalid_grant", true},
  };
  for (const Row& row : rows) {
    CAPTURE(std::string(row.what));
    const std::string code = world.code(web_request());
    const auto refused = world.token("grant_type=authorization_code&code=" + code + row.more);
    CHECK(refused.status == (std::string(row.error) == "invalid_client" ? 401 : 400));
    CHECK(member_of(refused.body, "error") == row.error);
    CHECK(member_of(refused.body, "access_token").empty());
    CHECK(world.token(web_exchange(code)).status == (row.is_spent ? 400 : 200));
  }
  CHECK(member_of(world.token("grant_type=authorization_code" + kWeb).body, "error") ==
        "invalid_request");
  CHECK(member_of(world.token(web_exchange("nothing")).body, "error") == "invalid_grant");
}

TEST_CASE("a verifier for a code that has no challenge is refused as a downgrade") {
  const OAuthWorld world;
  const std::string code =
      world.code("response_type=code&client_id=web&redirect_uri=" + percent_encode(kCallback));
  REQUIRE_FALSE(code.empty());
  CHECK(member_of(world.token(web_exchange(code)).body, "error") == "invalid_grant");
}

TEST_CASE("where no redirect URI was sent none is needed, and no other is taken") {
  const OAuthWorld world;
  const std::string other = "grant_type=authorization_code" + test::kOther + "&code=";
  const auto code = [&] { return world.code("response_type=code&client_id=other"); };
  CHECK(world.token(other + code()).status == 200);
  CHECK(world.token(other + code() + "&redirect_uri=" + percent_encode(kCallback)).status == 200);
  CHECK(world.token(other + code() + "&redirect_uri=https%3A%2F%2Fa").status == 400);
}

TEST_CASE("a code that is used twice takes along what came of it", "[emulator]") {
  const OAuthWorld world;
  const std::string code = world.code(web_request("&scope=openid+offline_access"));
  const auto first = world.token(web_exchange(code));
  REQUIRE(first.status == 200);
  const std::string access = member_of(first.body, "access_token");
  const auto refreshed = world.refresh(member_of(first.body, "refresh_token"));
  REQUIRE(refreshed.status == 200);
  REQUIRE(world.is_active(access));

  CHECK(member_of(world.token(web_exchange(code)).body, "error") == "invalid_grant");
  CHECK_FALSE(world.is_active(access));
  CHECK_FALSE(world.is_active(member_of(refreshed.body, "access_token")));
  CHECK(world.userinfo(access).status == 401);
  CHECK(member_of(world.refresh(member_of(refreshed.body, "refresh_token")).body, "error") ==
        "invalid_grant");
  // Another sign-in of the same user is another grant.
  CHECK(world.sign_in("openid").status == 200);
}

TEST_CASE("a code ends after ten minutes of the emulator's clock") {
  const OAuthWorld world;
  const std::string in_time = world.code(web_request());
  const std::string late = world.code(web_request());
  world.emulation->clock().advance(std::chrono::seconds(599));
  CHECK(world.token(web_exchange(in_time)).status == 200);
  world.emulation->clock().advance(std::chrono::seconds(1));
  CHECK(member_of(world.token(web_exchange(late)).body, "error") == "invalid_grant");
}

TEST_CASE("a code of one issuer is worth nothing at another") {
  auto options = test::oauth_options();
  options.issuers = {{.name = "tenant"}};
  const OAuthWorld world(std::move(options));
  CHECK(world.post("/tenant/oauth2/token", web_exchange(world.code(web_request()))).status == 400);
  const auto here = world.respond("GET", "/tenant/oauth2/authorize?" + web_request());
  CHECK(test::sent_back(here, "iss") == "https://issuer.example/tenant");
  const auto tokens =
      world.post("/tenant/oauth2/token", web_exchange(test::sent_back(here, "code")));
  CHECK(member_of(claims_of(tokens), "iss") == "https://issuer.example/tenant");
}

TEST_CASE("a reset forgets codes and refresh tokens") {
  const OAuthWorld world;
  const std::string code = world.code(web_request());
  const auto tokens = world.sign_in("offline_access");
  REQUIRE(world.emulation->reset());
  CHECK(world.token(web_exchange(code)).status == 400);
  CHECK(world.refresh(member_of(tokens.body, "refresh_token")).status == 400);
}

TEST_CASE("no token comes for a tenant or a client that is gone", "[emulator]") {
  const OAuthWorld world;
  const std::string code = world.code(web_request());
  const auto tokens = world.sign_in("openid+offline_access");
  const std::string access = member_of(tokens.body, "access_token");
  REQUIRE(world.userinfo(access).status == 200);
  REQUIRE(world.emulation->directory().remove_organization("org_acme"));
  CHECK(world.authorize(web_request()).status == 400);
  CHECK(member_of(world.token(web_exchange(code)).body, "error") == "invalid_client");
  CHECK(member_of(world.refresh(member_of(tokens.body, "refresh_token")).body, "error") ==
        "invalid_client");
  CHECK(world.token("grant_type=client_credentials" + test::kApi).status == 401);
  CHECK(world.userinfo(access).status == 401);
  CHECK(member_of(world.introspect(access, test::kOther).body, "active") == "false");
}
