#pragma once

// An emulator whose management API is asked without sockets.

#include <string>
#include <utility>
#include <vector>

#include "unit/emulator/emulated.hpp"

namespace test {

inline EmulatorOptions managed_options() {
  EmulatorOptions options = quick_options();
  options.keys = {{.algorithm = jwks::Algorithm::eddsa}};
  options.organizations = {
      {.name = "Acme", .id = "org_acme", .domains = {"acme.example", "acme.test"}},
      {.name = "Globex", .id = "org_globex", .domains = {"globex.example"}}};
  options.applications = {{.name = "Billing",
                           .client_id = "billing",
                           .client_secret = "the billing secret",
                           .organization = "Acme",
                           .audience = "billing-api",
                           .scopes = {"read", "write"}}};
  options.allowed_api_keys = {"sk_admin"};
  options.api_keys = {
      {.name = "Acme's", .organization = "Acme", .value = "sk_live_acme_1234"},
      {.name = "Alice's", .organization = "Acme", .user_id = "user_alice", .value = "sk_alice"},
      {.name = "Globex's", .organization = "Globex", .value = "sk_globex"}};
  return options;
}

struct Managed : Emulated {
  explicit Managed(EmulatorOptions options = managed_options()) : Emulated(std::move(options)) {}

  HttpResponse call(std::string method, std::string path, std::string body = {},
                    const std::string& key = "sk_admin") const {
    return respond(std::move(method), std::move(path), std::move(body),
                   {{"authorization", "Bearer " + key}});
  }

  /// The status of a token request with these credentials.
  int token_status(const std::string& client_id, const std::string& secret) const {
    return respond("POST", "/oauth2/token",
                   R"({"grant_type":"client_credentials","client_id":")" + client_id +
                       R"(","client_secret":")" + secret + R"("})")
        .status;
  }
};

/// What stands under a path of names and indexes ("data.0.id"): a string's characters, else the
/// JSON text; "absent" if there is nothing.
inline std::string at(const HttpResponse& response, std::string_view path) {
  const auto document = jwks::json::Document::parse(response.body);
  if (!document) return "not JSON: " + response.body;
  std::optional<jwks::JsonValue> value = document->root();
  while (value && !path.empty()) {
    const std::string_view name = path.substr(0, path.find('.'));
    path.remove_prefix(std::min(path.size(), name.size() + 1));
    if (!value->is_array()) {
      value = value->find(name);
      continue;
    }
    std::size_t index = std::stoul(std::string(name));
    std::optional<jwks::JsonValue> item;
    for (const jwks::JsonValue each : *value) {
      if (index-- == 0) item = each;
    }
    value = item;
  }
  return value ? std::string(value->as_string().value_or(value->text())) : "absent";
}

/// The members `name` of a list's items.
inline std::vector<std::string> each(const HttpResponse& response, const std::string& name) {
  std::vector<std::string> values;
  for (int i = 0; at(response, "data." + std::to_string(i)) != "absent"; ++i) {
    values.push_back(at(response, "data." + std::to_string(i) + '.' + name));
  }
  return values;
}

}  // namespace test
