// What a proxy says about the address that clients use.

#include <string>

#include "unit/emulator/oauth/oauth_world.hpp"

namespace {

using jwks::emulator::HttpHeaders;
using test::member_of;
using test::OAuthWorld;

std::string issuer_for(const OAuthWorld& world, HttpHeaders headers,
                       const std::string& below = {}) {
  const auto document =
      world.respond("GET", below + "/.well-known/openid-configuration", {}, std::move(headers));
  return member_of(document.body, "issuer");
}

OAuthWorld trusting() {
  auto options = test::oauth_options();
  options.trust_forwarded = true;
  options.issuers = {{.name = "tenant"}};
  return OAuthWorld(std::move(options));
}

}  // namespace

TEST_CASE("X-Forwarded headers count for nothing unless that is asked for", "[emulator]") {
  const OAuthWorld world;
  const HttpHeaders headers{{"x-forwarded-proto", "https"},
                            {"x-forwarded-host", "evil.example"},
                            {"x-forwarded-prefix", "/evil"},
                            {"forwarded", "host=evil.example;proto=https"}};
  CHECK(issuer_for(world, headers) == test::kIssuer);
  HttpHeaders form = headers;
  form.emplace_back("content-type", "application/x-www-form-urlencoded");
  const auto token = world.respond("POST", "/oauth2/token",
                                   "grant_type=client_credentials" + test::kApi, std::move(form));
  CHECK(member_of(test::claims_of(token), "iss") == test::kIssuer);
}

TEST_CASE("a forwarded issuer has the scheme, host and prefix that the first proxy saw",
          "[emulator]") {
  const OAuthWorld world = trusting();
  const std::string proto = "x-forwarded-proto";
  const std::string host = "x-forwarded-host";
  const std::string prefix = "x-forwarded-prefix";
  CHECK(issuer_for(world, {{proto, "https"}, {host, "idp.example"}, {prefix, "/auth/"}}) ==
        "https://idp.example/auth");
  CHECK(issuer_for(world, {{proto, "https, http"}, {host, "idp.example , inner:80"}}) ==
        "https://idp.example");
  CHECK(issuer_for(world, {{host, "idp.example:8080"}}) == "http://idp.example:8080");
  CHECK(issuer_for(world, {{proto, "https"}, {host, "idp.example"}, {prefix, "/auth"}},
                   "/tenant") == "https://idp.example/auth/tenant");
}

TEST_CASE("a forwarded issuer that is no URL is not believed", "[emulator]") {
  const OAuthWorld world = trusting();
  for (const char* host : {"", " ", "a b", "a\"b", "a?b", "a#b", "a\nb"}) {
    CAPTURE(std::string(host));
    CHECK(issuer_for(world, {{"x-forwarded-host", host}}) == test::kIssuer);
  }
  CHECK(issuer_for(world, {{"x-forwarded-proto", "https"}}) == test::kIssuer);
  CHECK(issuer_for(world, {{"x-forwarded-proto", "javascript"}, {"x-forwarded-host", "a"}}) ==
        test::kIssuer);
  CHECK(issuer_for(world, {{"x-forwarded-host", "a"}, {"x-forwarded-prefix", "?x"}}) ==
        test::kIssuer);
}
