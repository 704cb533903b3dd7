// The "typ" of access tokens.

#include <string>

#include "unit/emulator/oauth/oauth_world.hpp"

using test::member_of;
using test::OAuthWorld;

TEST_CASE("the type of access tokens is at+jwt, or what is configured, or none", "[emulator]") {
  const auto header_with = [](const char* type) {
    auto options = test::oauth_options();
    if (type != nullptr) options.token_type = type;
    options.issuers = {{.name = "tenant", .token_type = "tenant+jwt"}};
    const OAuthWorld world(std::move(options));
    const std::string form = "grant_type=client_credentials" + test::kApi;
    const auto header = [](const auto& answer) {
      return test::segment_of(member_of(answer.body, "access_token"), 0);
    };
    CHECK(member_of(header(world.post("/tenant/oauth2/token", form)), "typ") == "tenant+jwt");
    return header(world.token(form));
  };
  CHECK(member_of(header_with(nullptr), "typ") == "at+jwt");
  CHECK(member_of(header_with("JWT"), "typ") == "JWT");
  CHECK(header_with("").find("typ") == std::string::npos);
}
