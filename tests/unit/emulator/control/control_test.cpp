// The control endpoints: what a test in another language does with the emulator.

#include "emulator/control/control.hpp"

#include <nlohmann/json.hpp>
#include <string>

#include "support/catch.hpp"
#include "unit/emulator/emulated.hpp"

namespace {

using namespace jwks::emulator;  // NOLINT(google-build-using-namespace)
using nlohmann::json;

struct Controlled : test::Emulated {
  using test::Emulated::Emulated;

  /// The body of an answer that has this status.
  json ask(int status, const std::string& method, const std::string& path,
           const std::string& body = "") const {
    const auto response = respond(method, "/_emulate/" + path, body);
    CAPTURE(method, path, body, response.body);
    CHECK(response.status == status);
    return response.body.empty() ? json() : json::parse(response.body);
  }
  /// The fields that an answer of 400 complains of.
  std::vector<std::string> complaints(const std::string& path, const std::string& body) const {
    const json told = ask(400, "POST", path, body);
    std::vector<std::string> fields;
    for (const json& each : told["errors"]) fields.push_back(each["field"]);
    return fields;
  }
  int status_of(const std::string& path) const { return respond("GET", path).status; }
};

using Fields = std::vector<std::string>;

}  // namespace

TEST_CASE("hooks are added, shown and deleted over HTTP", "[emulator]") {
  const Controlled idp;
  const json hook = idp.ask(201, "POST", "hooks", R"({
      "method": "GET", "path": "/oauth2/jwks", "status": 418, "body": {"a": [1]},
      "headers": {"X-A": "1"}, "count": 2})");
  const std::string id = hook["id"];
  CHECK(hook["body"] == R"({"a": [1]})");
  const auto answer = idp.respond("GET", "/oauth2/jwks");
  CHECK(answer.status == 418);
  CHECK(answer.body == R"({"a": [1]})");
  CHECK(test::header_of(answer, "X-A") == "1");

  json left = hook;
  left["count"] = 1;
  CHECK(idp.ask(200, "GET", "hooks/" + id) == left);
  CHECK(idp.ask(200, "GET", "hooks") == json{{"hooks", {left}}});
  idp.ask(204, "DELETE", "hooks/" + id);
  idp.ask(404, "DELETE", "hooks/" + id);
  idp.ask(404, "GET", "hooks/" + id);
  CHECK(idp.status_of("/oauth2/jwks") == 200);

  const json limit = idp.ask(201, "POST", "hooks", R"({"rate_limit": {"requests": 1}})");
  CHECK(limit["status"] == 429);
  CHECK(limit["rate_limit"] == json{{"requests", 1}, {"window", 60}});
  CHECK(idp.status_of("/oauth2/jwks") == 200);
  CHECK(idp.status_of("/oauth2/jwks") == 429);
  CHECK(idp.ask(201, "POST", "hooks", R"({"body": "plain"})")["status"] == 500);
  idp.ask(204, "DELETE", "hooks");
  CHECK(idp.ask(200, "GET", "hooks")["hooks"].empty());
}

TEST_CASE("faults are added, shown and deleted over HTTP", "[emulator]") {
  const Controlled idp;
  const json fault = idp.ask(201, "POST", "faults", R"({
      "kind": "truncate", "method": "GET", "path": "/oauth2/*", "count": 3, "probability": 1,
      "for": 1.5, "bytes": 4})");
  const std::string id = fault["id"];
  CHECK(fault["for"] == 1.5);
  const auto answer = idp.respond("GET", "/oauth2/jwks");
  REQUIRE(answer.fault);
  CHECK(answer.fault->bytes == 4);
  idp.emulation->clock().advance(std::chrono::seconds(1));
  const json left = idp.ask(200, "GET", "faults/" + id);
  CHECK(left["count"] == 2);
  CHECK(left["for"] == 0.5);
  CHECK(idp.ask(200, "GET", "faults") == json{{"faults", {left}}});
  idp.ask(204, "DELETE", "faults/" + id);
  idp.ask(404, "DELETE", "faults/" + id);
  idp.ask(404, "GET", "faults/" + id);

  const json drip = idp.ask(201, "POST", "faults", R"({"kind":"drip","pause":0.25})");
  CHECK(drip["pause"] == 0.25);
  idp.ask(204, "DELETE", "faults");
  CHECK(idp.ask(200, "GET", "faults")["faults"].empty());
}

TEST_CASE("a fault that would lock the control endpoints out needs an end", "[emulator]") {
  const Controlled idp;
  CHECK(idp.complaints("faults", R"({"kind":"stall_handshake"})") == Fields{"for"});
  CHECK(idp.complaints("faults", R"({"kind":"refuse"})") == Fields{"for"});
  idp.ask(201, "POST", "faults", R"({"kind":"stall_handshake","count":1})");
  idp.ask(201, "POST", "faults", R"({"kind":"stall_handshake","for":60})");
  idp.ask(201, "POST", "faults", R"({"kind":"refuse","for":0.001})");
  CHECK(idp.emulation->faults().list().size() == 2);
  CHECK(idp.emulation->add_fault({.kind = FaultKind::stall_handshake}));  // in C++ it may
}

TEST_CASE("everything that is wrong with a body is told at once, by its field", "[emulator]") {
  const Controlled idp;
  CHECK(idp.complaints("hooks", R"({"method":1,"path":[],"status":"x","headers":{"a":1},"count":-1,
                                    "rate_limit":{"window":"x","more":1},"hook":1})") ==
        Fields{"method", "path", "headers", "count", "rate_limit.requests", "rate_limit.window",
               "rate_limit.more", "status", "hook"});
  CHECK(idp.complaints("hooks", R"({"status":99})") == Fields{"status"});
  CHECK(idp.complaints("hooks", R"({"status":4294967496})") == Fields{"status"});
  CHECK(idp.complaints("hooks", R"({"path":"/_emulate/*"})") == Fields{"path"});
  CHECK(idp.complaints("hooks", R"({"headers":{"a":"b\r\nc"}})") == Fields{"headers"});
  CHECK(idp.complaints("faults", "") == Fields{"kind"});
  CHECK(idp.complaints("faults", R"({"kind":"Reset","for":"1s","bytes":1.5,"probability":"1"})") ==
        Fields{"kind", "probability", "for", "bytes"});
  CHECK(idp.complaints("faults", R"({"kind":"tls_expired","count":1})") == Fields{"kind"});
  CHECK(idp.complaints("keys/rotate", R"({"mode":"Hard"})") == Fields{"mode"});
  CHECK(idp.complaints("keys/rotate", R"({"mode":1,"issuer":2})") == Fields{"mode", "issuer"});
  CHECK(idp.complaints("tokens", R"({"subjekt":"x"})") == Fields{"subjekt"});
  CHECK(idp.complaints("tokens", R"({"algorithm":"RS512"})") == Fields{"algorithm"});
  for (const char* path : {"hooks", "faults", "keys/rotate", "tokens", "clock"}) {
    for (const char* body : {"[]", "{", "null", R"({"a":1,"a":2})", "{} {}"}) {
      CAPTURE(std::string(path), std::string(body));
      CHECK(idp.ask(400, "POST", path, body)["error"] == "invalid_request");
    }
  }
  const json told = idp.ask(400, "POST", "hooks", R"({"status":99})");
  CHECK(told["message"] == "status: must be 200 to 599");
}

TEST_CASE("keys are shown and rotated over HTTP, for each issuer", "[emulator]") {
  EmulatorOptions options = test::quick_options();
  options.issuers = {{.name = "tenant"}};
  const Controlled idp(std::move(options));
  const json before = idp.ask(200, "GET", "keys");
  CHECK(before["issuer"] == "http://127.0.0.1:4100");
  REQUIRE(before["keys"].size() == 2);
  CHECK(before["keys"][0]["alg"] == "ES256");
  CHECK(before["keys"][0]["state"] == "signing");

  const json after = idp.ask(200, "POST", "keys/rotate", "");
  CHECK(after["version"] == before["version"].get<int>() + 1);
  CHECK(after["keys"].size() == 4);
  CHECK(after["keys"][0]["kid"] != before["keys"][0]["kid"]);
  CHECK(after == idp.ask(200, "GET", "keys?issuer="));
  const json served = json::parse(idp.respond("GET", "/oauth2/jwks").body);
  CHECK(served["keys"][0]["kid"] == after["keys"][0]["kid"]);

  const json tenant = idp.ask(200, "GET", "keys?issuer=tenant");
  CHECK(tenant["issuer"] == "http://127.0.0.1:4100/tenant");
  CHECK(tenant["version"] == 1);
  CHECK(idp.ask(200, "POST", "keys/rotate", R"({"mode":"hard","issuer":"tenant"})")["version"] ==
        2);
  CHECK(idp.ask(200, "GET", "keys") == after);
  for (const char* mode : {"announce", "switch", "hard", "retire", "republish", "same_kid"}) {
    CAPTURE(std::string(mode));
    const json last = idp.ask(200, "GET", "keys");
    const json now = idp.ask(200, "POST", "keys/rotate", json{{"mode", mode}}.dump());
    CHECK(now["version"] == last["version"].get<int>() + 1);
  }
  idp.ask(404, "GET", "keys?issuer=nobody");
  idp.ask(400, "GET", "keys?isuer=tenant");
  idp.ask(400, "GET", "keys?issuer=a&issuer=b");
  CHECK(idp.complaints("keys/rotate", R"({"issuer":"nobody"})") == Fields{"issuer"});
}

TEST_CASE("minting over HTTP sets, replaces and removes what is asked", "[emulator]") {
  const Controlled idp;
  const std::string plain = idp.ask(200, "POST", "tokens")["token"];
  CHECK(json::parse(test::segment_of(plain, 1))["sub"] == "user");
  CHECK(test::header_of(idp.respond("POST", "/_emulate/tokens"), "Cache-Control") == "no-store");

  const std::string odd = idp.ask(200, "POST", "tokens", R"({
      "subject": "al\u0069ce", "audience": "api", "algorithm": "EdDSA", "expires_in": -60,
      "claims": {"nbf": "tomorrow", "iat": null, "big": 1e400}, "header": {"typ": 1},
      "remove_claims": ["jti"], "remove_header": ["kid"]})")["token"];
  CHECK(test::segment_of(odd, 0) == R"({"alg":"EdDSA","typ":1})");
  const std::string claims = test::segment_of(odd, 1);
  CHECK(test::member_of(claims, "sub") == "alice");
  CHECK(test::member_of(claims, "exp") == "1749999940");
  CHECK(test::member_of(claims, "iat") == "null");
  CHECK(test::member_of(claims, "big") == "1e400");
  CHECK(test::member_of(claims, "jti").empty());
}

TEST_CASE("the clock is set, stopped, moved and reset over HTTP", "[emulator]") {
  const Controlled idp;
  CHECK(idp.ask(200, "GET", "clock") == json{{"now", 1'750'000'000},
                                             {"time", "2025-06-15T15:06:40.000Z"},
                                             {"offset", 0},
                                             {"frozen", false}});
  const json set = idp.ask(200, "POST", "clock", R"({"set":1000000000.25})");
  CHECK(set["now"] == 1000000000.25);
  CHECK(set["time"] == "2001-09-09T01:46:40.250Z");
  CHECK(set["offset"] == -749999999.75);
  const json frozen =
      idp.ask(200, "POST", "clock", R"({"set":"2030-01-01T01:00:00+01:00","frozen":true})");
  CHECK(frozen["time"] == "2030-01-01T00:00:00.000Z");
  CHECK(frozen["frozen"] == true);
  CHECK(idp.ask(200, "POST", "clock", R"({"advance":-0.5})")["time"] == "2029-12-31T23:59:59.500Z");

  // All time in the emulator comes from it.
  const std::string token = idp.ask(200, "POST", "tokens")["token"];
  CHECK(json::parse(test::segment_of(token, 1))["iat"] == 1893455999);
  idp.respond("GET", "/health");
  CHECK(idp.ask(200, "GET", "journal")["requests"][0]["time"] == "2029-12-31T23:59:59.500Z");

  const json reset = idp.ask(200, "POST", "clock", R"({"reset":true})");
  CHECK(reset["now"] == 1'750'000'000);
  CHECK(reset["frozen"] == false);
}

TEST_CASE("the clock takes one order at a time, and no nonsense", "[emulator]") {
  const Controlled idp;
  for (const char* body :
       {"", "{}", R"({"set":1,"advance":1})", R"({"advance":1,"reset":true})", R"({"frozen":true})",
        R"({"reset":false})", R"({"reset":1})", R"({"set":"tomorrow"})", R"({"set":true})",
        R"({"set":1e10})", R"({"set":-1e10})", R"({"set":1e400})", R"({"advance":1e10})",
        R"({"advance":"1"})", R"({"advance":1,"frozen":true})", R"({"set":1,"frozen":1})",
        R"({"set":1,"froze":true})"}) {
    CAPTURE(std::string(body));
    CHECK_FALSE(idp.complaints("clock", body).empty());
  }
  CHECK(idp.ask(200, "GET", "clock")["offset"] == 0);
  CHECK(idp.ask(200, "POST", "clock", R"({"set":9e9})")["now"] == 9e9);
  CHECK(idp.ask(200, "POST", "clock", R"({"advance":9e9})")["time"] == "2262-04-11T23:47:16.854Z");
}

TEST_CASE("what the emulator runs with is shown, generated secrets included", "[emulator]") {
  EmulatorOptions options = test::quick_options();
  options.control_token = "control-token";
  options.issuers = {{.name = "tenant"}};
  options.organizations = {{.name = "Acme", .id = "org_acme"}};
  options.applications = {{.name = "Billing", .organization = "Acme", .scopes = {"read"}}};
  options.hooks = {{.path = "/x"}};
  options.faults = {{.kind = FaultKind::html, .path = "/y"}};
  options.claims = {{"tier", R"({"gold":true})"}};
  const Controlled idp(std::move(options));
  const json config = idp.ask(200, "GET", "config");
  CHECK(config["issuer"] == "http://127.0.0.1:4100");
  CHECK(config["control_token"] == "control-token");
  CHECK(config["api_key"] == "sk_test_default");
  REQUIRE(config["applications"].size() == 1);
  const json& client = config["applications"][0];
  CHECK(client["organization"] == "org_acme");
  CHECK(config["hooks"][0]["path"] == "/x");
  CHECK(config["faults"][0]["kind"] == "html");
  CHECK(config["options"]["claims"]["tier"]["gold"] == true);
  CHECK(config["options"]["token_lifetime"] == 3600);

  // What is in force now, not what it started with.
  idp.ask(204, "DELETE", "faults");
  idp.ask(201, "POST", "hooks", R"({"path":"/z"})");
  const json later = idp.ask(200, "GET", "config");
  CHECK(later["faults"].empty());
  CHECK(later["hooks"].size() == 2);
  CHECK(later["hooks"] == idp.ask(200, "GET", "hooks")["hooks"]);

  // Good for a token.
  const std::string form =
      "grant_type=client_credentials&client_id=" + client["client_id"].get<std::string>() +
      "&client_secret=" + client["client_secret"].get<std::string>();
  CHECK(idp.respond("POST", "/oauth2/token", form,
                    {{"content-type", "application/x-www-form-urlencoded"}})
            .status == 200);

  const json issuers = idp.ask(200, "GET", "issuers");
  CHECK(issuers["issuers"] == config["issuers"]);
  REQUIRE(issuers["issuers"].size() == 2);
  for (const json& issuer : issuers["issuers"]) {
    const std::string uri = issuer["jwks_uri"];
    CHECK(idp.status_of(uri.substr(std::string("http://127.0.0.1:4100").size())) == 200);
  }
  CHECK(issuers["issuers"][1]["issuer"] == "http://127.0.0.1:4100/tenant");
}

TEST_CASE("reset over HTTP goes back to the start and loses no key and no later request",
          "[emulator][known-defect]") {
  EmulatorOptions options = test::quick_options();
  options.applications = {{.name = "Billing"}};
  options.hooks = {{.path = "/seeded", .count = 1}};
  options.faults = {{.kind = FaultKind::empty_set, .path = "/sso/jwks", .count = 1}};
  const Controlled idp(std::move(options));
  const json keys = idp.ask(200, "GET", "keys")["keys"];
  const json clients = idp.ask(200, "GET", "config")["applications"];
  const std::string served = idp.respond("GET", "/oauth2/jwks").body;
  for (int round = 0; round < 2; ++round) {
    CHECK(idp.status_of("/seeded") == 500);
    CHECK(idp.status_of("/seeded") == 404);
    CHECK(idp.respond("GET", "/sso/jwks").body == R"({"keys":[]})");
    CHECK(idp.respond("GET", "/sso/jwks").body != R"({"keys":[]})");
    idp.ask(201, "POST", "hooks", R"({"path":"/health","rate_limit":{"requests":0}})");
    idp.ask(201, "POST", "faults", R"({"kind":"html"})");
    idp.ask(200, "POST", "clock", R"({"advance":1000})");
    idp.ask(200, "POST", "keys/rotate", R"({"mode":"hard"})");
    CHECK(idp.status_of("/health") == 429);

    idp.ask(204, "POST", "reset");
    CHECK(idp.ask(200, "GET", "journal")["total"] == 0);
    CHECK(idp.ask(200, "GET", "clock")["offset"] == 0);
    CHECK(idp.ask(200, "GET", "keys")["keys"] == keys);
    CHECK(idp.ask(200, "GET", "config")["applications"] == clients);
    CHECK(idp.respond("GET", "/oauth2/jwks").body == served);
    CHECK(idp.status_of("/health") == 200);
    CHECK(idp.ask(200, "GET", "journal")["counts"] == json{{"/health", 1}, {"/oauth2/jwks", 1}});
  }
}

TEST_CASE("what does not exist is not found, and methods are told", "[emulator]") {
  const Controlled idp;
  for (const char* path : {"", "nothing", "hooks/", "hooks/a/b", "Hooks", "keys/rotate/"}) {
    idp.ask(404, "GET", path);
  }
  const auto wrong = idp.respond("PUT", "/_emulate/hooks");
  CHECK(wrong.status == 405);
  CHECK(test::header_of(wrong, "Allow") == "GET, HEAD, POST, DELETE");
  CHECK(idp.respond("POST", "/_emulate/openapi.json").status == 405);
  CHECK(idp.respond("HEAD", "/_emulate/keys").status == 200);
}

TEST_CASE("the CA certificate is served as PEM", "[emulator]") {
  const auto made = Emulation::create(
      test::quick_options(),
      {.url = "https://127.0.0.1:4100", .ca_pem = "-----BEGIN CERTIFICATE-----\n"});
  REQUIRE(made);
  Service service(**made);
  const auto response = service.respond(test::Emulated::request("GET", "/_emulate/ca.pem"));
  CHECK(response.status == 200);
  CHECK(response.body == "-----BEGIN CERTIFICATE-----\n");
  CHECK(test::header_of(response, "Content-Type") == "application/x-pem-file");
}

TEST_CASE("the control endpoints work while everything fails", "[emulator]") {
  const Controlled idp;
  idp.ask(201, "POST", "hooks", R"({"status":503})");
  idp.ask(201, "POST", "faults", R"({"kind":"html"})");
  for (const char* path : {"hooks", "faults", "keys", "clock", "journal", "config", "issuers"}) {
    idp.ask(200, "GET", path);
  }
  CHECK(idp.status_of("/health") == 503);
  idp.ask(204, "POST", "reset");
  CHECK(idp.status_of("/health") == 200);
}
