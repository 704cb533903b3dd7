// The document that describes the control endpoints, against the endpoints.

#include "emulator/control/openapi.hpp"

#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <string>

#include "emulator/control/control.hpp"
#include "jwks/version.hpp"
#include "support/catch.hpp"
#include "support/json_schema.hpp"
#include "unit/emulator/emulated.hpp"

namespace {

using namespace jwks::emulator;  // NOLINT(google-build-using-namespace)
using nlohmann::json;

const json& document() {
  static const json kDocument = json::parse(openapi_document());
  return kDocument;
}

struct Operation {
  std::string method;
  std::string path;
  json description;
};

std::vector<Operation> operations() {
  std::vector<Operation> found;
  for (const auto& [path, item] : document()["paths"].items()) {
    for (const auto& [name, description] : item.items()) {
      if (name == "parameters") continue;
      std::string method = name;
      for (char& c : method) c = static_cast<char>(std::toupper(c));
      found.push_back({method, path, description});
    }
  }
  return found;
}

const json& resolved(const json& value) {
  if (!value.contains("$ref")) return value;
  return document().at(json::json_pointer(value["$ref"].get<std::string>().substr(1)));
}

/// Checks an answer against what the document has for its status.
void check_documented(const Operation& operation, const HttpResponse& response) {
  CAPTURE(operation.method, operation.path, response.status, response.body);
  const json& responses = operation.description["responses"];
  const std::string status = std::to_string(response.status);
  REQUIRE(responses.contains(status));
  const json& described = resolved(responses[status]);
  if (!described.contains("content")) {
    CHECK(response.body.empty());
    return;
  }
  const std::string type = test::header_of(response, "Content-Type");
  REQUIRE(described["content"].contains(type));
  const json& schema = described["content"][type]["schema"];
  const json body = type == "application/json" ? json::parse(response.body) : json(response.body);
  const auto violations = test::JsonSchema(document()).violations(schema, body);
  CHECK(violations == std::vector<std::string>());
}

/// An emulator in which every kind of item is there, and their ids.
struct Populated : test::Emulated {
  Populated() : Emulated(seeded()) {
    respond("GET", "/oauth2/jwks?x=1");
    REQUIRE(emulation->rotate(Rotation::hard, ""));  // something to republish
    ids["hooks"] = emulation->hooks().add({.path = "/never", .rate_limit = {{}}}).value();
    ids["faults"] =
        emulation->faults()
            .add({.kind = FaultKind::redirect, .path = "/never", .count = 2, .location = "a:b"},
                 false)
            .value();
  }
  static EmulatorOptions seeded() {
    EmulatorOptions options = test::quick_options();
    options.applications = {{.name = "Billing", .scopes = {"read"}}};
    options.issuers = {{.name = "tenant"}};
    options.hooks = {{.path = "/seed", .headers = {{"a", "b"}}, .count = 1}};
    options.faults = {{.kind = FaultKind::html, .path = "/seed", .duration = {}}};
    return options;
  }
  [[nodiscard]] std::string filled(const std::string& path) const {
    const std::size_t brace = path.find("{id}");
    if (brace == std::string::npos) return path;
    return path.substr(0, brace) +
           ids.at(path.find("hooks") != std::string::npos ? "hooks" : "faults");
  }
  std::map<std::string, std::string> ids;
};

json json_body(const Operation& operation) {
  return operation.description.value("/requestBody/content/application~1json"_json_pointer,
                                     json::object());
}

}  // namespace

TEST_CASE("the OpenAPI document is served as it is, as strict JSON of this version", "[emulator]") {
  const test::Emulated idp;
  const auto response = idp.respond("GET", "/_emulate/openapi.json");
  CHECK(response.status == 200);
  CHECK(response.body == openapi_document());
  CHECK(jwks::json::parse_object(response.body));
  CHECK(document()["openapi"] == "3.1.0");
  CHECK(document()["info"]["version"] == JWKS_VERSION_STRING);
}

TEST_CASE("the OpenAPI document has exactly the paths and methods that are answered",
          "[emulator]") {
  const test::Emulated idp;
  const Control control(*idp.emulation);
  std::set<std::string> answered;
  for (const Router::Route& each : control.routes()) answered.insert(each.method + each.pattern);
  for (const Router::Route& each : control.public_routes()) {
    answered.insert(each.method + each.pattern);
  }
  std::set<std::string> described;
  std::set<std::string> ids;
  for (const Operation& each : operations()) {
    described.insert(each.method + each.path);
    ids.insert(each.description["operationId"].get<std::string>());
    CHECK(each.description.contains("summary"));
  }
  CHECK(described == answered);
  CHECK(ids.size() == described.size());
}

TEST_CASE("the OpenAPI document tells which endpoints are open to everyone", "[emulator]") {
  const test::Emulated idp;
  for (const Operation& operation : operations()) {
    HttpRequest request = test::Emulated::request(operation.method, operation.path);
    request.from_loopback = false;
    const bool is_open = operation.description.contains("security");
    const auto response = idp.respond(request);
    CAPTURE(operation.path);
    CHECK((response.status == 403) == !is_open);
    check_documented(operation, response);
  }
}

TEST_CASE("requests made from the OpenAPI document's examples are answered as it says",
          "[emulator]") {
  for (const Operation& operation : operations()) {
    const json body = json_body(operation);
    CHECK((operation.method == "POST" && operation.path != "/_emulate/reset") ==
          body.contains("examples"));
    const json examples = body.value("examples", json{{"none", {{"value", nullptr}}}});
    for (const auto& [name, example] : examples.items()) {
      CAPTURE(operation.method, operation.path, name);
      const Populated idp;
      const json& value = example["value"];
      if (!value.is_null()) {
        CHECK(test::JsonSchema(document()).violations(body["schema"], value).empty());
      }
      const auto response = idp.respond(operation.method, idp.filled(operation.path),
                                        value.is_null() ? "" : value.dump());
      CHECK((response.status / 100 == 2 || operation.path == "/_emulate/ca.pem"));
      check_documented(operation, response);
    }
  }
}

TEST_CASE("parameters of the OpenAPI document are taken, and others refused", "[emulator]") {
  std::size_t taken = 0;
  for (const Operation& operation : operations()) {
    for (const json& reference : operation.description.value("parameters", json::array())) {
      const json& parameter = resolved(reference);
      const Populated idp;
      const json& example = parameter["example"];
      const std::string value = example.is_string() ? example.get<std::string>() : example.dump();
      const auto response = idp.respond(
          "GET", operation.path + '?' + parameter["name"].get<std::string>() + '=' + value);
      CHECK(response.status == 200);
      check_documented(operation, response);
      const auto refused = idp.respond("GET", operation.path + "?no_such=1");
      CHECK(refused.status == 400);
      check_documented(operation, refused);
      ++taken;
    }
  }
  CHECK(taken == 3);
}

TEST_CASE("bad requests get the errors of the OpenAPI document", "[emulator]") {
  for (const Operation& operation : operations()) {
    const Populated idp;
    if (operation.path.find("{id}") != std::string::npos) {
      const auto missing = idp.respond(
          operation.method, operation.path.substr(0, operation.path.find('{')) + "nothing");
      CHECK(missing.status == 404);
      check_documented(operation, missing);
    }
    if (json_body(operation).empty()) continue;
    const auto unknown = idp.respond(operation.method, operation.path, R"({"no such":1})");
    CHECK(unknown.status == 400);
    check_documented(operation, unknown);
    const auto form = idp.respond(operation.method, operation.path, "a=b",
                                  {{"content-type", "application/x-www-form-urlencoded"}});
    CHECK(form.status == 415);
    check_documented(operation, form);
  }
}

TEST_CASE("members of the OpenAPI document's requests are known, and of one type at least",
          "[emulator]") {
  const test::Emulated idp;
  for (const Operation& operation : operations()) {
    const json body = json_body(operation);
    if (body.empty()) continue;
    for (const auto& [name, schema] : resolved(body["schema"])["properties"].items()) {
      CAPTURE(operation.path, name);
      const auto response =
          idp.respond(operation.method, operation.path, json{{name, nullptr}}.dump());
      if (name == "body") continue;  // of a hook: any JSON
      CHECK(response.status == 400);
      CHECK(response.body.find("member of") == std::string::npos);
    }
  }
}

TEST_CASE("enumerations of the OpenAPI document are the code's", "[emulator]") {
  const json& schemas = document()["components"]["schemas"];
  json kinds = json::array();
  for (const FaultKind kind : all_fault_kinds()) kinds.push_back(to_string(kind));
  CHECK(schemas["FaultKind"]["enum"] == kinds);
  for (const json& kind : kinds) {
    const std::string description = schemas["FaultKind"]["description"];
    CHECK(description.find(kind.get<std::string>()) != std::string::npos);
  }
  json modes = json::array();
  for (const Rotation mode : {Rotation::announce, Rotation::switch_to, Rotation::hard,
                              Rotation::retire, Rotation::republish, Rotation::same_kid}) {
    modes.push_back(to_string(mode));
  }
  CHECK(schemas["Rotation"]["enum"] == modes);
}

TEST_CASE("the validator of schemas finds what is wrong", "[emulator]") {
  const json schema = json::parse(R"({"type":"object","required":["a"],"additionalProperties":false,
      "properties":{"a":{"type":"integer","minimum":1,"maximum":3},"b":{"type":"array",
      "items":{"type":"string","pattern":"^x"}},"c":{"oneOf":[{"type":"number"},{"const":true}]},
      "d":{"enum":["p","q"]},"e":{"$ref":"#/s"}}})");
  const json root = json::parse(R"({"s":{"type":"boolean"}})");
  const test::JsonSchema validator(root);
  for (const char* good : {R"({"a":1})", R"({"a":3,"b":["x","xy"],"c":1.5,"d":"q","e":true})",
                           R"({"a":2.0,"c":true})"}) {
    CHECK(validator.violations(schema, json::parse(good)).empty());
  }
  for (const char* bad :
       {"[]", "{}", R"({"a":0})", R"({"a":4})", R"({"a":1.5})", R"({"a":"1"})", R"({"a":1,"b":{}})",
        R"({"a":1,"b":["y"]})", R"({"a":1,"b":[1]})", R"({"a":1,"c":false})", R"({"a":1,"d":"r"})",
        R"({"a":1,"e":1})", R"({"a":1,"f":1})"}) {
    CAPTURE(std::string(bad));
    CHECK(validator.violations(schema, json::parse(bad)).size() == 1);
  }
  CHECK(validator.violations(json{{"maxLength", 1}}, json("x")).size() == 1);
}
