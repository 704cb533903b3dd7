#include "emulator/oauth/token_endpoint.hpp"

#include <string>

#include "base/base64url.hpp"
#include "support/catch.hpp"
#include "unit/emulator/emulated.hpp"

namespace {

using namespace jwks::emulator;  // NOLINT(google-build-using-namespace)
using test::header_of;
using test::member_of;

EmulatorOptions options(bool scopes_as_array) {
  EmulatorOptions made = test::quick_options();
  made.issuer = "https://issuer.example";
  made.keys = {{.algorithm = jwks::Algorithm::eddsa}};
  made.token_lifetime = std::chrono::seconds(600);
  made.scopes_as_array = scopes_as_array;
  made.organizations = {{.name = "Acme", .id = "org_acme"}};
  made.applications = {{.name = "Billing",
                        .client_id = "billing",
                        .client_secret = "s e+c%ret",
                        .organization = "org_acme",
                        .audience = "billing-api",
                        .scopes = {"read", "write"}},
                       {.name = "Bare", .client_id = "bare", .client_secret = "secret"},
                       {.name = "Web",
                        .client_id = "web",
                        .client_secret = "secret",
                        .type = ApplicationType::oauth}};
  return made;
}

/// An issuer with two clients of machines, and one that acts for users.
struct Fixture : test::Emulated {
  explicit Fixture(bool scopes_as_array = false) : test::Emulated(options(scopes_as_array)) {}
};

HttpRequest form(std::string body) {
  return {.method = "POST",
          .path = "/oauth2/token",
          .headers = {{"content-type", "application/x-www-form-urlencoded"}},
          .body = std::move(body)};
}

HttpRequest json(std::string body) {
  return {.method = "POST",
          .path = "/oauth2/token",
          .headers = {{"content-type", "application/json; charset=utf-8"}},
          .body = std::move(body)};
}

HttpRequest with_basic(HttpRequest request, std::string pair) {
  std::string base64 = jwks::base64url::encode(pair);
  std::replace(base64.begin(), base64.end(), '-', '+');
  std::replace(base64.begin(), base64.end(), '_', '/');
  while (base64.size() % 4 != 0) base64 += '=';
  request.headers.emplace_back("authorization", "Basic " + base64);
  return request;
}

std::string claims_of(const HttpResponse& response) {
  return test::segment_of(test::member_of(response.body, "access_token"), 1);
}

constexpr const char* kGrant = "grant_type=client_credentials";
constexpr const char* kBilling = "&client_id=billing&client_secret=s+e%2Bc%25ret";

}  // namespace

TEST_CASE("an application gets a token that says who it is and nothing it asked to be",
          "[emulator][known-defect]") {
  const Fixture fixture;
  const auto response = fixture.respond(
      form(std::string(kGrant) + kBilling +
           "&audience=other-api&organization_id=org_evil&org_id=org_evil&sub=root"));
  REQUIRE(response.status == 200);
  CHECK(header_of(response, "Cache-Control") == "no-store");
  CHECK(header_of(response, "Pragma") == "no-cache");
  CHECK(member_of(response.body, "token_type") == "Bearer");
  CHECK(member_of(response.body, "expires_in") == "600");
  CHECK(member_of(response.body, "scope") == "read write");

  const std::string claims = claims_of(response);
  CHECK(member_of(claims, "iss") == "https://issuer.example");
  CHECK(member_of(claims, "sub") == "billing");
  CHECK(member_of(claims, "client_id") == "billing");
  CHECK(member_of(claims, "aud") == "billing-api");
  CHECK(member_of(claims, "org_id") == "org_acme");
  CHECK(member_of(claims, "scope") == "read write");
  CHECK(member_of(claims, "iat") == "1750000000");
  CHECK(member_of(claims, "exp") == "1750000600");
  CHECK(member_of(claims, "jti").starts_with("conn_app_"));
}

TEST_CASE("two tokens never share a jti") {
  const Fixture fixture;
  const auto ask = [&] {
    return member_of(claims_of(fixture.respond(form(std::string(kGrant) + kBilling))), "jti");
  };
  CHECK(ask() != ask());
}

TEST_CASE("an application without audience, organization and scopes gets a token without them") {
  const Fixture fixture;
  const auto response =
      fixture.respond(form(std::string(kGrant) + "&client_id=bare&client_secret=secret"));
  REQUIRE(response.status == 200);
  CHECK(member_of(response.body, "scope").empty());
  const std::string claims = claims_of(response);
  CHECK(member_of(claims, "aud") == "bare");
  CHECK(member_of(claims, "org_id").empty());
  CHECK(member_of(claims, "scope").empty());
}

TEST_CASE("scopes come as an array where that is asked for", "[emulator]") {
  const Fixture fixture(true);
  const auto response = fixture.respond(form(std::string(kGrant) + kBilling));
  REQUIRE(response.status == 200);
  CHECK(member_of(claims_of(response), "scp") == R"(["read","write"])");
  CHECK(member_of(claims_of(response), "scope").empty());
}

TEST_CASE("every way of authenticating leads to a token, a plus in Basic as a space",
          "[emulator][known-defect]") {
  const Fixture fixture;
  const HttpRequest requests[] = {
      form(std::string(kGrant) + kBilling),
      json(R"({"grant_type":"client_credentials","client_id":"billing",)"
           R"("client_secret":"s e+c%ret"})"),
      with_basic(form(kGrant), "billing:s+e%2Bc%25ret"),
      with_basic(form(kGrant), "b%69lling:s%20e%2Bc%ret"),  // the bare % stays one
      with_basic(form(std::string(kGrant) + "&client_id=billing"), "billing:s+e%2Bc%25ret"),
      with_basic(form(std::string(kGrant) + "&client_secret="), "billing:s+e%2Bc%25ret"),
      with_basic(json(R"({"grant_type":"client_credentials"})"), "billing:s+e%2Bc%25ret"),
  };
  for (const HttpRequest& request : requests) {
    CAPTURE(request.body);
    const auto response = fixture.respond(request);
    CHECK(response.status == 200);
    CHECK(member_of(claims_of(response), "sub") == "billing");
  }
}

TEST_CASE("scopes can be narrowed and never widened", "[emulator]") {
  const Fixture fixture;
  const auto ask = [&](const std::string& scope) {
    return fixture.respond(form(std::string(kGrant) + kBilling + "&scope=" + scope));
  };
  CHECK(member_of(claims_of(ask("write")), "scope") == "write");
  CHECK(member_of(claims_of(ask("write+read")), "scope") == "write read");
  CHECK(member_of(claims_of(ask("read+read")), "scope") == "read");
  CHECK(member_of(claims_of(ask("")), "scope") == "read write");
  for (const char* scope :
       {"admin", "read+admin", "READ", "rea", "read++write", "+read", "read,write"}) {
    CAPTURE(std::string(scope));
    const auto response = ask(scope);
    CHECK(response.status == 400);
    CHECK(member_of(response.body, "error") == "invalid_scope");
    CHECK(member_of(response.body, "access_token").empty());
  }
}

TEST_CASE("what is wrong with a token request decides the error of RFC 6749", "[emulator]") {
  const Fixture fixture;
  const std::string grant = kGrant;
  const std::string billing = kBilling;
  struct Row {
    const char* what;
    HttpRequest request;
    int status;
    const char* error;
  };
  HttpRequest twice = with_basic(form(grant), "billing:s+e%2Bc%25ret");
  twice.headers.push_back(twice.headers.back());
  HttpRequest bearer = form(grant);
  bearer.headers.emplace_back("authorization", "Bearer abc");
  HttpRequest garbage = form(grant);
  garbage.headers.emplace_back("authorization", "Basic %%%");
  HttpRequest untyped = form(grant + kBilling);
  untyped.headers.clear();
  HttpRequest xml = form(grant + kBilling);
  xml.headers = {{"content-type", "text/xml"}};

  const Row rows[] = {
      {"no grant type", form("client_id=billing"), 400, "invalid_request"},
      {"an empty grant type", form("grant_type="), 400, "invalid_request"},
      {"another grant type", form("grant_type=password"), 400, "unsupported_grant_type"},
      {"token exchange",
       form("grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Atoken-exchange" + billing), 400,
       "unsupported_grant_type"},
      {"a JWT as a grant",
       form("grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer" + billing), 400,
       "unsupported_grant_type"},
      {"a device code",
       form("grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Adevice_code" + billing), 400,
       "unsupported_grant_type"},
      {"a grant type in the wrong case", form("grant_type=Client_Credentials" + billing), 400,
       "unsupported_grant_type"},
      {"a parameter of 100 kB", form(grant + kBilling + "&x=" + std::string(100'000, 'x')), 400,
       "invalid_request"},
      {"a NUL in a parameter", form(grant + "&client_id=billing%00&client_secret=x"), 400,
       "invalid_request"},
      {"a NUL in JSON", json(R"({"grant_type":"client_credentials","client_id":"billing\u0000"})"),
       400, "invalid_request"},
      {"a parameter that is no UTF-8", form(grant + kBilling + "&scope=%ff"), 400,
       "invalid_request"},
      {"a NUL in Basic", with_basic(form(grant), std::string("billing\0:x", 10)), 401,
       "invalid_client"},
      {"a parameter twice", form(grant + kBilling + "&scope=read&scope=write"), 400,
       "invalid_request"},
      {"a grant type twice", form(grant + "&" + grant + kBilling), 400, "invalid_request"},
      {"no credentials", form(grant), 401, "invalid_client"},
      {"no secret", form(grant + "&client_id=billing"), 401, "invalid_client"},
      {"a wrong secret", form(grant + "&client_id=billing&client_secret=x"), 401, "invalid_client"},
      {"the beginning of the secret", form(grant + "&client_id=billing&client_secret=s+e"), 401,
       "invalid_client"},
      {"an unknown client", form(grant + "&client_id=nobody&client_secret=secret"), 401,
       "invalid_client"},
      {"the secret of another client", with_basic(form(grant), "billing:secret"), 401,
       "invalid_client"},
      {"a secret that was not decoded", with_basic(form(grant), "billing:s%20e%2Bc%2525ret"), 401,
       "invalid_client"},
      {"Basic and a secret in the body",
       with_basic(form(grant + kBilling), "billing:s+e%2Bc%25ret"), 400, "invalid_request"},
      {"Basic and another client in the body",
       with_basic(form(grant + "&client_id=web"), "billing:s+e%2Bc%25ret"), 400, "invalid_request"},
      {"two Authorization headers", twice, 400, "invalid_request"},
      {"another scheme", bearer, 401, "invalid_client"},
      {"Basic that is no base64", garbage, 401, "invalid_client"},
      {"a client of the wrong type", form(grant + "&client_id=web&client_secret=secret"), 400,
       "unauthorized_client"},
      {"no content type", untyped, 400, "invalid_request"},
      {"another content type", xml, 400, "invalid_request"},
      {"a JSON array", json("[]"), 400, "invalid_request"},
      {"broken JSON", json("{"), 400, "invalid_request"},
      {"a JSON member twice", json(R"({"grant_type":"x","grant_type":"client_credentials"})"), 400,
       "invalid_request"},
      {"a JSON number", json(R"({"grant_type":"client_credentials","client_id":1})"), 400,
       "invalid_request"},
  };
  for (const Row& row : rows) {
    CAPTURE(std::string(row.what));
    const auto response = fixture.respond(row.request);
    CHECK(response.status == row.status);
    CHECK(member_of(response.body, "error") == row.error);
    CHECK(header_of(response, "Cache-Control") == "no-store");
    CHECK(header_of(response, "WWW-Authenticate").empty() == (row.status != 401));
    CHECK(member_of(response.body, "access_token").empty());
  }
}

TEST_CASE("only POST asks for a token") {
  const Fixture fixture;
  HttpRequest request = form(std::string(kGrant) + kBilling);
  request.method = "GET";
  const auto response = fixture.respond(request);
  CHECK(response.status == 405);
  CHECK(header_of(response, "Allow") == "POST");
}
