#include "emulator/oauth/grant_store.hpp"
#include "unit/emulator/oauth/oauth_world.hpp"

namespace {

using test::claims_of;
using test::kWeb;
using test::member_of;
using test::OAuthWorld;

std::string refresh_token_of(const jwks::emulator::HttpResponse& response) {
  return member_of(response.body, "refresh_token");
}

}  // namespace

TEST_CASE("a refresh token brings new tokens and another refresh token", "[emulator]") {
  const OAuthWorld world;
  const auto first = world.sign_in("openid+read+offline_access");
  REQUIRE_FALSE(refresh_token_of(first).empty());
  world.emulation->clock().advance(std::chrono::seconds(100));
  const auto second = world.refresh(refresh_token_of(first));
  REQUIRE(second.status == 200);
  CHECK(refresh_token_of(second) != refresh_token_of(first));
  CHECK(member_of(claims_of(second), "sub") == "user_alice");
  CHECK(member_of(claims_of(second), "scope") == "openid read offline_access");
  CHECK(member_of(claims_of(second), "exp") == "1750000700");
  CHECK(world.refresh(refresh_token_of(second)).status == 200);
}

TEST_CASE("a refresh token that is used again takes its whole family along", "[emulator]") {
  const OAuthWorld world;
  const auto first = world.sign_in("openid+offline_access");
  const auto second = world.refresh(refresh_token_of(first));
  const auto third = world.refresh(refresh_token_of(second));
  REQUIRE(third.status == 200);
  CHECK(member_of(world.refresh(refresh_token_of(first)).body, "error") == "invalid_grant");
  CHECK(member_of(world.refresh(refresh_token_of(third)).body, "error") == "invalid_grant");
  for (const auto& each : {first, second, third}) {
    CHECK_FALSE(world.is_active(member_of(each.body, "access_token")));
  }
}

TEST_CASE("scopes can be narrowed by a refresh and come back with the next, and never widened") {
  const OAuthWorld world;
  const auto first = world.sign_in("openid+read+offline_access");
  const auto narrow = world.refresh(refresh_token_of(first), kWeb + "&scope=read");
  REQUIRE(narrow.status == 200);
  CHECK(member_of(claims_of(narrow), "scope") == "read");
  CHECK(member_of(narrow.body, "scope") == "read");
  CHECK(member_of(narrow.body, "id_token").empty());
  for (const char* scope : {"&scope=read+write", "&scope=admin", "&scope=read++openid"}) {
    CAPTURE(std::string(scope));
    CHECK(member_of(world.refresh(refresh_token_of(narrow), kWeb + scope).body, "error") ==
          "invalid_scope");
  }
  const auto whole = world.refresh(refresh_token_of(narrow));  // a refusal costs nothing
  CHECK(member_of(claims_of(whole), "scope") == "openid read offline_access");
}

TEST_CASE("scopes that were taken from a client are in no new token") {
  const OAuthWorld world;
  const std::string code = world.code(test::web_request("&scope=openid+read+write"));
  const auto first = world.sign_in("openid+read+write+offline_access");
  const jwks::emulator::ApplicationChange change{.scopes = std::vector<std::string>{"read"}};
  REQUIRE(world.emulation->directory().change("web", change).record);
  CHECK(member_of(claims_of(world.token(test::web_exchange(code))), "scope") == "openid read");
  const std::string old = refresh_token_of(first);
  CHECK(member_of(world.refresh(old, kWeb + "&scope=write").body, "error") == "invalid_scope");
  CHECK(member_of(claims_of(world.refresh(old)), "scope") == "openid read offline_access");
}

TEST_CASE("an ID token that comes with a refresh is about the same sign-in") {
  const OAuthWorld world;
  const auto first = world.token(test::web_exchange(
      world.code(test::web_request("&nonce=n-0S6&scope=openid+offline_access"))));
  world.emulation->clock().advance(std::chrono::seconds(100));
  const auto second = world.refresh(refresh_token_of(first));
  const std::string before = claims_of(first, "id_token");
  const std::string after = claims_of(second, "id_token");
  for (const char* claim : {"iss", "sub", "aud", "azp", "auth_time", "nonce"}) {
    CAPTURE(std::string(claim));
    CHECK_FALSE(member_of(before, claim).empty());
    CHECK(member_of(after, claim) == member_of(before, claim));
  }
  CHECK(member_of(after, "iat") == "1750000100");
  CHECK(member_of(after, "at_hash") != member_of(before, "at_hash"));
}

TEST_CASE("what is wrong with a refresh decides the error of RFC 6749") {
  const OAuthWorld world;
  const std::string token = refresh_token_of(world.sign_in("offline_access"));
  const auto error = [](const jwks::emulator::HttpResponse& response) {
    return member_of(response.body, "error");
  };
  CHECK(error(world.refresh(token, test::kOther)) == "invalid_grant");
  CHECK(error(world.refresh(token, test::kApi)) == "unauthorized_client");
  CHECK(error(world.refresh(token, "&client_id=web")) == "invalid_client");
  CHECK(error(world.refresh(token, "")) == "invalid_client");
  CHECK(error(world.refresh("", kWeb)) == "invalid_request");
  CHECK(error(world.refresh("nothing", kWeb)) == "invalid_grant");
  // Neither kind of secret passes for the other.
  CHECK(error(world.token(test::web_exchange(token))) == "invalid_grant");
  CHECK(error(world.refresh(world.code(test::web_request()))) == "invalid_grant");
  CHECK(world.refresh(token).status == 200);  // nothing of this has spent it
}

TEST_CASE("a refresh token ends thirty days after it was given") {
  const OAuthWorld world;
  const std::string token = refresh_token_of(world.sign_in("offline_access"));
  world.emulation->clock().advance(std::chrono::hours(30 * 24) - std::chrono::seconds(1));
  const auto second = world.refresh(token);
  REQUIRE(second.status == 200);
  world.emulation->clock().advance(std::chrono::hours(30 * 24));
  CHECK(member_of(world.refresh(refresh_token_of(second)).body, "error") == "invalid_grant");
}

TEST_CASE("the oldest grant is forgotten when there is one too many") {
  const jwks::emulator::EmulatorClock clock;
  jwks::emulator::GrantStore grants(clock);
  const std::string oldest = grants.add_refresh_token({.client_id = "a"});
  const std::string next = grants.add_refresh_token({.client_id = "b"});
  for (int i = 0; i < 9'999; ++i) static_cast<void>(grants.add_refresh_token({}));
  CHECK_FALSE(grants.refresh_token(oldest));
  REQUIRE(grants.refresh_token(next));
  CHECK(grants.refresh_token(next)->value.client_id == "b");
  CHECK_FALSE(grants.spend_refresh_token(oldest));
}
