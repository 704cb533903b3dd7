#include "emulator/management/management.hpp"

#include <chrono>
#include <string>
#include <vector>

#include "support/catch.hpp"
#include "unit/emulator/management/managed.hpp"

namespace {

using namespace jwks::emulator;  // NOLINT(google-build-using-namespace)
using Strings = std::vector<std::string>;
using test::at;
using test::each;
using test::Managed;

constexpr const char* kAcmeKeys = "/organizations/org_acme/api_keys";

}  // namespace

TEST_CASE("the management API wants an API key as Bearer, and all failures look the same",
          "[emulator]") {
  const Managed idp;
  const std::vector<HttpHeaders> wrong{
      {},
      {{"authorization", "Bearer sk_wrong"}},
      {{"authorization", "Bearer "}},
      {{"authorization", "Bearer"}},
      {{"authorization", "sk_admin"}},
      {{"authorization", "Basic sk_admin"}},
      {{"authorization", "Bearer sk_admi"}},
      {{"authorization", "Bearer sk_admin x"}},
      {{"authorization", "Bearer sk_admin"}, {"authorization", "Bearer sk_admin"}},
      {{"authorization", ""}},
  };
  const std::vector<std::pair<std::string, std::string>> routes{
      {"GET", "/organizations"},
      {"POST", "/organizations"},
      {"GET", "/organizations/org_acme"},
      {"PUT", "/organizations/org_acme"},
      {"DELETE", "/organizations/org_acme"},
      {"GET", kAcmeKeys},
      {"POST", kAcmeKeys},
      {"DELETE", "/api_keys/api_key_x"},
      {"POST", "/api_keys/validations"},
      {"GET", "/connect/applications"},
      {"POST", "/connect/applications"},
      {"GET", "/connect/applications/billing"},
      {"PUT", "/connect/applications/billing"},
      {"DELETE", "/connect/applications/billing"},
      {"GET", "/connect/applications/billing/client_secrets"},
      {"POST", "/connect/applications/billing/client_secrets"},
      {"DELETE", "/connect/client_secrets/secret_x"},
  };
  for (const auto& [method, path] : routes) {
    for (const HttpHeaders& headers : wrong) {
      HttpRequest request = Managed::request(method, path);
      request.headers.insert(request.headers.end(), headers.begin(), headers.end());
      const HttpResponse response = idp.respond(std::move(request));
      CAPTURE(method, path);
      CHECK(response.status == 401);
      CHECK(response.body == R"({"message":"Unauthorized","code":"unauthorized"})");
      CHECK_FALSE(test::header_of(response, "WWW-Authenticate").empty());
    }
  }
  CHECK(idp.call("GET", "/organizations").status == 200);
  CHECK(idp.respond("GET", "/organizations", {}, {{"authorization", "bearer  sk_admin"}}).status ==
        200);
  CHECK(idp.call("GET", "/organizations/org_acme").status == 200);  // still there
}

TEST_CASE("an API key that is deleted stops authenticating at once", "[emulator][known-defect]") {
  const Managed idp;
  const std::string key = "sk_live_acme_1234";
  const HttpResponse list = idp.call("GET", kAcmeKeys, {}, key);
  REQUIRE(each(list, "name") == Strings{"Alice's", "Acme's"});
  const std::string path = "/api_keys/" + at(list, "data.1.id");
  CHECK(idp.call("DELETE", path, {}, key).status == 204);
  CHECK(idp.call("GET", kAcmeKeys, {}, key).status == 401);
  CHECK(idp.call("DELETE", path).status == 404);
  CHECK(at(idp.call("POST", "/api_keys/validations", R"({"value":"sk_live_acme_1234"})"),
           "api_key") == "null");
}

TEST_CASE("an API key that has expired stops authenticating at once", "[emulator][known-defect]") {
  const Managed idp;
  const HttpResponse made =
      idp.call("POST", kAcmeKeys, R"({"name":"Short","expires_at":"2025-06-15T15:06:41Z"})");
  REQUIRE(made.status == 201);
  const std::string key = at(made, "value");
  CHECK(idp.call("GET", "/organizations", {}, key).status == 200);
  idp.emulation->clock().advance(std::chrono::seconds(1));
  const HttpResponse expired = idp.call("GET", "/organizations", {}, key);
  CHECK(expired.status == 401);
  CHECK(expired.body == idp.call("GET", "/organizations", {}, "sk_wrong").body);
  CHECK(at(idp.call("POST", "/api_keys/validations", R"({"value":")" + key + R"("})"), "api_key") ==
        "null");
  idp.emulation->clock().reset();
  CHECK(idp.call("GET", "/organizations", {}, key).status == 200);
}

TEST_CASE("an organization's API key is shown in full once and with its end from then on",
          "[emulator]") {
  const Managed idp;
  const HttpResponse made =
      idp.call("POST", kAcmeKeys, R"({"name":"CI","permissions":["a:read","b:write"]})");
  REQUIRE(made.status == 201);
  const std::string value = at(made, "value");
  CHECK(at(made, "object") == "api_key");
  CHECK(at(made, "id").starts_with("api_key_"));
  CHECK(at(made, "owner") == R"({"type":"organization","id":"org_acme"})");
  CHECK(at(made, "name") == "CI");
  CHECK(value.starts_with("sk_"));
  CHECK(at(made, "obfuscated_value") == "sk_..." + value.substr(value.size() - 4));
  CHECK(at(made, "permissions") == R"(["a:read","b:write"])");
  CHECK(at(made, "expires_at") == "null");
  CHECK(at(made, "last_used_at") == "null");
  CHECK(at(made, "created_at") == "2025-06-15T15:06:40.000Z");
  CHECK(at(made, "updated_at") == "2025-06-15T15:06:40.000Z");

  const HttpResponse list = idp.call("GET", kAcmeKeys);
  CHECK(at(list, "data.0.id") == at(made, "id"));
  CHECK(at(list, "data.0.value") == "absent");
  CHECK(list.body.find(value) == std::string::npos);
  CHECK(list.body.find("sk_live_acme_1234") == std::string::npos);
  // Of a short value the end would be too much.
  CHECK(each(list, "obfuscated_value") ==
        Strings{at(made, "obfuscated_value"), "sk_...", "sk_...1234"});
}

TEST_CASE("an organization's API keys are its own and its users', and no other's", "[emulator]") {
  const Managed idp;
  REQUIRE(idp.call("POST", kAcmeKeys, R"({"name":"Bob's","user_id":"user_bob"})").status == 201);
  const HttpResponse list = idp.call("GET", kAcmeKeys);
  CHECK(each(list, "name") == Strings{"Bob's", "Alice's", "Acme's"});
  CHECK(at(list, "data.1.owner") ==
        R"({"type":"user","id":"user_alice","organization_id":"org_acme"})");
  CHECK(each(idp.call("GET", "/organizations/org_globex/api_keys"), "name") == Strings{"Globex's"});
  CHECK(idp.call("GET", "/organizations/org_none/api_keys").status == 404);
  CHECK(idp.call("POST", "/organizations/org_none/api_keys", R"({"name":"x"})").status == 404);
}

TEST_CASE("an API key is validated by its value, which counts as use", "[emulator]") {
  const Managed idp;
  idp.emulation->clock().advance(std::chrono::milliseconds(2500));
  const HttpResponse valid =
      idp.call("POST", "/api_keys/validations", R"({"value":"sk_live_acme_1234"})");
  CHECK(valid.status == 200);
  CHECK(at(valid, "api_key.name") == "Acme's");
  CHECK(at(valid, "api_key.owner.id") == "org_acme");
  CHECK(at(valid, "api_key.value") == "absent");
  CHECK(at(valid, "api_key.last_used_at") == "2025-06-15T15:06:42.500Z");
  CHECK(at(valid, "api_key.created_at") == "2025-06-15T15:06:40.000Z");
  CHECK(at(idp.call("GET", kAcmeKeys), "data.1.last_used_at") == "2025-06-15T15:06:42.500Z");
  CHECK(at(idp.call("GET", kAcmeKeys), "data.0.last_used_at") == "null");
  for (const auto* const none : {R"({"value":"sk_none"})", R"({"value":""})",
                                 R"({"value":"sk_admin"})"}) {  // allowed, and no resource
    const HttpResponse answer = idp.call("POST", "/api_keys/validations", none);
    CHECK(answer.status == 200);
    CHECK(answer.body == R"({"api_key":null})");
  }
  CHECK(idp.call("POST", "/api_keys/validations", "{}").status == 422);
  // Asking the API is use as well.
  idp.call("GET", "/organizations", {}, "sk_globex");
  CHECK(at(idp.call("GET", "/organizations/org_globex/api_keys"), "data.0.last_used_at") ==
        "2025-06-15T15:06:42.500Z");
}

TEST_CASE("an API key needs a name, an array of permissions and a real time of expiry",
          "[emulator]") {
  const Managed idp;
  const std::vector<std::pair<std::string, std::string>> cases{
      {R"({})", "name"},
      {R"({"name":null})", "name"},
      {R"({"name":1})", "name"},
      {R"({"name":"x","permissions":"read"})", "permissions"},
      {R"({"name":"x","permissions":["read",1]})", "permissions[1]"},
      {R"({"name":"x","expires_at":"tomorrow"})", "expires_at"},
      {R"({"name":"x","expires_at":"2025-02-30T00:00:00Z"})", "expires_at"},
      {R"({"name":"x","expires_at":1750000000})", "expires_at"},
  };
  for (const auto& [body, field] : cases) {
    CAPTURE(body);
    const HttpResponse refused = idp.call("POST", kAcmeKeys, body);
    CHECK(refused.status == 422);
    CHECK(at(refused, "code") == "unprocessable_entity");
    CHECK(at(refused, "errors.0.field") == field);
    CHECK(at(refused, "errors.1") == "absent");
  }
  CHECK(each(idp.call("GET", kAcmeKeys), "name").size() == 2);
}

TEST_CASE("a body that is no JSON object is refused with 400", "[emulator]") {
  const Managed idp;
  const Strings bodies{"{", "[]", "null", "1", R"({"name":"a","name":"b"})", "name=x"};
  const std::vector<std::pair<std::string, std::string>> routes{
      {"POST", "/organizations"},
      {"PUT", "/organizations/org_acme"},
      {"POST", kAcmeKeys},
      {"POST", "/api_keys/validations"},
      {"POST", "/connect/applications"},
      {"PUT", "/connect/applications/billing"},
      {"POST", "/connect/applications/billing/client_secrets"},
  };
  for (const auto& [method, path] : routes) {
    for (const std::string& body : bodies) {
      CAPTURE(method, path, body);
      const HttpResponse refused = idp.call(method, path, body);
      CHECK(refused.status == 400);
      CHECK(at(refused, "code") == "invalid_request_body");
      CHECK(at(refused, "message") != "absent");
    }
  }
}

TEST_CASE("other methods and paths are not the management API's", "[emulator]") {
  const Managed idp;
  const HttpResponse refused = idp.call("PATCH", "/organizations/org_acme", "{}");
  CHECK(refused.status == 405);
  CHECK(test::header_of(refused, "Allow") == "GET, HEAD, PUT, DELETE");
  CHECK(idp.call("GET", "/organizations/").status == 404);
  CHECK(idp.call("GET", "/organizations/org_acme/").status == 404);
  CHECK(idp.call("GET", "/connect").status == 404);
  CHECK(idp.call("HEAD", "/organizations").status == 200);
  // An id is any text of a segment.
  CHECK(idp.call("GET", "/organizations/%2e%2e%2f%00").status == 404);
}

TEST_CASE("a reset takes back what the management API did", "[emulator][known-defect]") {
  const Managed idp;
  REQUIRE(idp.call("POST", "/organizations", R"({"name":"New"})").status == 201);
  REQUIRE(idp.call("DELETE", "/organizations/org_acme").status == 204);
  REQUIRE(idp.emulation->reset());
  CHECK(each(idp.call("GET", "/organizations"), "id") == Strings{"org_globex", "org_acme"});
  CHECK(idp.token_status("billing", "the billing secret") == 200);
}
