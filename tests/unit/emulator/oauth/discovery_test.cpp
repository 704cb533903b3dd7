#include "emulator/oauth/discovery.hpp"

#include <vector>

#include "unit/emulator/oauth/oauth_world.hpp"

namespace {

using test::header_of;
using test::kVerifier;
using test::member_of;
using test::OAuthWorld;
using test::percent_encode;
using test::sent_back;

constexpr const char* kDocuments[] = {"/.well-known/openid-configuration",
                                      "/.well-known/oauth-authorization-server"};

/// The items of a member that is an array of strings.
std::vector<std::string> list_of(const std::string& object, std::string_view name) {
  std::vector<std::string> items;
  const auto document = jwks::json::parse_object(object);
  REQUIRE(document);
  const auto array = document->root().find(name);
  if (!array) return items;
  for (const jwks::JsonValue item : *array) items.emplace_back(item.as_string().value());
  return items;
}

std::string basic(const std::string& pair) {
  std::string base64 = jwks::base64url::encode(pair);
  while (base64.size() % 4 != 0) base64 += '=';
  return "Basic " + base64;
}

/// A request that authenticates by this method.
jwks::emulator::HttpResponse authenticated(const OAuthWorld& world, const std::string& path,
                                           const std::string& form, const std::string& method) {
  if (method == "client_secret_basic") {
    return world.post(path, form, {{"authorization", basic("web:web-secret")}});
  }
  return world.post(path, form + (method == "none" ? "&client_id=phone" : test::kWeb));
}

}  // namespace

TEST_CASE("every endpoint that discovery lists answers where it says", "[emulator][known-defect]") {
  const OAuthWorld world;
  for (const char* path : kDocuments) {
    const auto response = world.respond("GET", path);
    REQUIRE(response.status == 200);
    CHECK(header_of(response, "Cache-Control") == "public, max-age=300");
    CHECK(member_of(response.body, "issuer") == test::kIssuer);
    for (const char* name :
         {"jwks_uri", "authorization_endpoint", "token_endpoint", "userinfo_endpoint",
          "introspection_endpoint", "revocation_endpoint"}) {
      CAPTURE(std::string(name));
      const std::string url = member_of(response.body, name);
      REQUIRE(url.starts_with(std::string(test::kIssuer) + "/"));
      const auto answer = world.respond("GET", url.substr(std::string(test::kIssuer).size()));
      CHECK(answer.status != 404);
      CHECK(answer.status < 500);
    }
  }
  CHECK(world.respond("HEAD", kDocuments[0]).status == 200);
  CHECK(world.respond("POST", kDocuments[0]).status == 405);
}

TEST_CASE("both documents have what OpenID Connect Discovery requires, and are the same") {
  const OAuthWorld world;
  const std::string document = world.respond("GET", kDocuments[0]).body;
  for (const char* name : {"issuer", "authorization_endpoint", "token_endpoint", "jwks_uri",
                           "response_types_supported", "subject_types_supported",
                           "id_token_signing_alg_values_supported"}) {
    CAPTURE(std::string(name));
    CHECK_FALSE(member_of(document, name).empty());
  }
  CHECK(world.respond("GET", kDocuments[1]).body == document);
}

TEST_CASE("every grant type that discovery lists brings a token, and no other does", "[emulator]") {
  const OAuthWorld world;
  const auto listed = list_of(world.respond("GET", kDocuments[0]).body, "grant_types_supported");
  CHECK(listed.size() == 3);
  for (const std::string& type : listed) {
    CAPTURE(type);
    const std::string refresh_token =
        member_of(world.sign_in("offline_access").body, "refresh_token");
    std::string form = "grant_type=" + type;
    if (type == "client_credentials") form += test::kApi;
    if (type == "authorization_code") form = test::web_exchange(world.code(test::web_request()));
    if (type == "refresh_token") form += "&refresh_token=" + refresh_token + test::kWeb;
    CHECK_FALSE(member_of(world.token(form).body, "access_token").empty());
  }
}

TEST_CASE("every authentication method that discovery lists works where it is listed") {
  const OAuthWorld world;
  const std::string document = world.respond("GET", kDocuments[0]).body;
  const std::string phone_code =
      world.code("response_type=code&client_id=phone&code_challenge_method=S256&code_challenge=" +
                 test::challenge_of(kVerifier));
  for (const std::string& method : list_of(document, "token_endpoint_auth_methods_supported")) {
    CAPTURE(method);
    const bool is_public = method == "none";
    const std::string form =
        "grant_type=authorization_code&code_verifier=" + std::string(kVerifier) + "&code=" +
        (is_public ? phone_code
                   : world.code(test::web_request()) +
                         "&redirect_uri=" + percent_encode(test::kCallback));
    CHECK(authenticated(world, "/oauth2/token", form, method).status == 200);
  }
  const std::string token = member_of(world.sign_in("openid").body, "access_token");
  for (const std::string& method :
       list_of(document, "introspection_endpoint_auth_methods_supported")) {
    CAPTURE(method);
    CHECK(member_of(authenticated(world, "/oauth2/introspect", "token=" + token, method).body,
                    "active") == "true");
  }
  for (const std::string& method :
       list_of(document, "revocation_endpoint_auth_methods_supported")) {
    CAPTURE(method);
    CHECK(authenticated(world, "/oauth2/revoke", "token=unknown", method).status == 200);
  }
}

TEST_CASE("every response type, response mode and scope that discovery lists brings a code") {
  const OAuthWorld world;
  const std::string document = world.respond("GET", kDocuments[0]).body;
  const std::string client =
      "client_id=web&redirect_uri=" + percent_encode(test::kCallback) + "&response_type=";
  for (const std::string& type : list_of(document, "response_types_supported")) {
    for (const std::string& mode : list_of(document, "response_modes_supported")) {
      for (const std::string& scope : list_of(document, "scopes_supported")) {
        CAPTURE(type, mode, scope);
        const auto response =
            world.authorize(client + type + "&response_mode=" + mode + "&scope=" + scope);
        CHECK_FALSE(sent_back(response, "code").empty());
        // authorization_response_iss_parameter_supported
        CHECK(sent_back(response, "iss") == member_of(document, "issuer"));
      }
    }
  }
  CHECK(member_of(document, "authorization_response_iss_parameter_supported") == "true");
  CHECK(member_of(document, "request_uri_parameter_supported") == "false");
}

TEST_CASE("discovery lists plain challenges only where they are allowed, and all listed work",
          "[emulator]") {
  for (const bool allow_plain : {false, true}) {
    CAPTURE(allow_plain);
    auto options = test::oauth_options();
    options.allow_plain_pkce = allow_plain;
    const OAuthWorld world(std::move(options));
    const auto methods =
        list_of(world.respond("GET", kDocuments[0]).body, "code_challenge_methods_supported");
    CHECK(methods == (allow_plain ? std::vector<std::string>{"S256", "plain"}
                                  : std::vector<std::string>{"S256"}));
    for (const std::string& method : methods) {
      CAPTURE(method);
      const std::string code = world.code(
          "response_type=code&client_id=web&redirect_uri=" + percent_encode(test::kCallback) +
          "&code_challenge_method=" + method +
          "&code_challenge=" + (method == "plain" ? kVerifier : test::challenge_of(kVerifier)));
      CHECK(world.token(test::web_exchange(code)).status == 200);
    }
  }
}

TEST_CASE("every claim that discovery lists is in an ID token, and every algorithm signs one") {
  const OAuthWorld world;
  const std::string document = world.respond("GET", kDocuments[0]).body;
  const auto tokens = world.token(
      test::web_exchange(world.code(test::web_request("&nonce=n&scope=openid+email+profile"))));
  for (const std::string& claim : list_of(document, "claims_supported")) {
    CAPTURE(claim);
    CHECK_FALSE(member_of(test::claims_of(tokens, "id_token"), claim).empty());
  }
  const auto algorithms = list_of(document, "id_token_signing_alg_values_supported");
  CHECK(algorithms == std::vector<std::string>{"ES256", "EdDSA"});
  for (const std::string& algorithm : algorithms) {
    auto options = test::oauth_options();
    options.keys = {{.algorithm = jwks::algorithm_from_name(algorithm).value()}};
    const OAuthWorld other(std::move(options));
    const std::string token = member_of(other.sign_in("openid").body, "id_token");
    CHECK(member_of(test::segment_of(token, 0), "alg") == algorithm);
  }
}

TEST_CASE("a further issuer and a forwarded one are described, and sign, as themselves",
          "[emulator]") {
  auto options = test::oauth_options();
  options.issuers = {{.name = "tenant"}};
  options.trust_forwarded = true;
  const OAuthWorld world(std::move(options));
  const jwks::emulator::HttpHeaders forwarded{{"x-forwarded-proto", "https"},
                                              {"x-forwarded-host", "idp.example"}};
  struct Row {
    std::string path;
    jwks::emulator::HttpHeaders headers;
    std::string identifier;
  };
  const Row rows[] = {{"/tenant", {}, "https://issuer.example/tenant"},
                      {"", forwarded, "https://idp.example"},
                      {"/tenant", forwarded, "https://idp.example/tenant"}};
  for (const Row& row : rows) {
    CAPTURE(row.identifier);
    const std::string document =
        world.respond("GET", row.path + kDocuments[0], {}, row.headers).body;
    CHECK(member_of(document, "issuer") == row.identifier);
    CHECK(member_of(document, "token_endpoint") == row.identifier + "/oauth2/token");

    const auto sent =
        world.respond("GET", row.path + "/oauth2/authorize?" + test::web_request("&scope=openid"),
                      {}, row.headers);
    CHECK(sent_back(sent, "iss") == row.identifier);
    const auto tokens = world.post(row.path + "/oauth2/token",
                                   test::web_exchange(sent_back(sent, "code")), row.headers);
    CHECK(member_of(test::claims_of(tokens), "iss") == row.identifier);
    CHECK(member_of(test::claims_of(tokens, "id_token"), "iss") == row.identifier);
    const std::string question = "token=" + member_of(tokens.body, "access_token") + test::kApi;
    CHECK(member_of(world.post(row.path + "/oauth2/introspect", question, row.headers).body,
                    "active") == "true");
    CHECK(world.post("/oauth2/introspect", question).body == R"({"active":false})");
  }
}
