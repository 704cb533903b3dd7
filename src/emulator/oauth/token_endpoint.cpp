#include "emulator/oauth/token_endpoint.hpp"

#include <algorithm>
#include <optional>
#include <set>
#include <variant>

#include "base/json.hpp"
#include "emulator/json_text.hpp"

namespace jwks {
inline namespace v0 {
namespace emulator {
namespace {

/// RFC 6749 §5.1: no answer of this endpoint may be stored.
HttpResponse uncached(HttpResponse response) {
  response.with("Cache-Control", "no-store").with("Pragma", "no-cache");
  return response;
}

HttpResponse oauth_error(std::string_view error, std::string_view description) {
  const bool unauthenticated = error == "invalid_client";
  HttpResponse response = uncached(json_response(
      unauthenticated ? 401 : 400,
      JsonObject().string("error", error).string("error_description", description).text()));
  if (unauthenticated) response.with("WWW-Authenticate", R"(Basic realm="jwks-emulator")");
  return response;
}

/// The parameters of a body, or what is wrong with it.
std::variant<Parameters, std::string_view> read_parameters(const HttpRequest& request) {
  const std::string type = request.media_type();
  Parameters parameters;
  if (type == "application/x-www-form-urlencoded") {
    parameters = parse_form(request.body);
  } else if (type == "application/json") {
    const auto document = json::parse_object(request.body);
    if (!document) return "the body is not a JSON object";
    const JsonValue root = document->root();
    for (auto member = root.begin(); member != root.end(); ++member) {
      const auto value = (*member).as_string();
      if (!value) return "parameters are strings";
      parameters.emplace_back(member.name(), *value);
    }
  } else {
    return "the body must be a form or JSON";
  }

  // RFC 6749 §3.2: a parameter without a value counts as omitted, none may be there twice.
  std::erase_if(parameters, [](const auto& each) { return each.second.empty(); });
  std::set<std::string_view> names;
  for (const auto& [name, value] : parameters) {
    if (!names.insert(name).second) return "a parameter occurs twice";
  }
  return parameters;
}

std::string_view find(const Parameters& parameters, std::string_view name) {
  for (const auto& [each, value] : parameters) {
    if (each == name) return value;
  }
  return {};
}

std::variant<Credentials, HttpResponse> read_credentials(const HttpRequest& request,
                                                         const Parameters& parameters) {
  const std::string_view body_id = find(parameters, "client_id");
  const std::string_view body_secret = find(parameters, "client_secret");
  if (request.count("authorization") > 1) {
    return oauth_error("invalid_request", "more than one Authorization header");
  }
  const auto authorization = request.header("authorization");
  if (!authorization) {
    if (body_id.empty()) return oauth_error("invalid_client", "no client authentication");
    return Credentials{std::string(body_id), std::string(body_secret)};
  }
  // RFC 6749 §2.3: a client must not use more than one authentication method in a request.
  if (!body_secret.empty()) {
    return oauth_error("invalid_request", "credentials both in the header and in the body");
  }
  std::optional<Credentials> basic = parse_basic(*authorization);
  if (!basic) return oauth_error("invalid_client", "not HTTP Basic authentication");
  if (!body_id.empty() && body_id != basic->client_id) {
    return oauth_error("invalid_request", "two different client identifiers");
  }
  return *std::move(basic);
}

/// RFC 6749 §3.3: tokens with one space between them. Empty if `text` is not that.
std::optional<std::vector<std::string>> split_scope(std::string_view text) {
  std::vector<std::string> scopes;
  for (std::size_t begin = 0;;) {
    const std::size_t end = text.find(' ', begin);
    std::string scope(text.substr(begin, end - begin));
    if (scope.empty()) return std::nullopt;
    if (std::find(scopes.begin(), scopes.end(), scope) == scopes.end()) {
      scopes.push_back(std::move(scope));
    }
    if (end == std::string_view::npos) return scopes;
    begin = end + 1;
  }
}

std::string joined(const std::vector<std::string>& scopes) {
  std::string text;
  for (const std::string& scope : scopes) {
    if (!text.empty()) text += ' ';
    text += scope;
  }
  return text;
}

}  // namespace

HttpResponse TokenEndpoint::client_credentials(const HttpRequest& request,
                                               const Application& application,
                                               std::string_view scope) const {
  if (application.type != ApplicationType::m2m) {
    return oauth_error("unauthorized_client", "this client may not use client_credentials");
  }
  std::vector<std::string> granted = application.scopes;
  if (!scope.empty()) {
    const auto asked = split_scope(scope);
    if (!asked) return oauth_error("invalid_scope", "scopes are separated by one space");
    for (const std::string& each : *asked) {
      if (std::find(granted.begin(), granted.end(), each) == granted.end()) {
        return oauth_error("invalid_scope", "this client may not ask for all of these scopes");
      }
    }
    granted = *asked;
  }

  const std::string& audience =
      application.audience.empty() ? application.client_id : application.audience;
  JsonMembers claims;
  if (!application.organization.empty()) {
    claims.emplace_back("org_id", json_quoted(application.organization));
  }
  claims.emplace_back("client_id", json_quoted(application.client_id));
  if (scopes_as_array_) {
    claims.emplace_back("scp", string_array(granted));
  } else if (!granted.empty()) {
    claims.emplace_back("scope", json_quoted(joined(granted)));
  }
  const auto token = issuer_.issue({.subject = application.client_id, .audience = audience}, claims,
                                   request.issuer);
  if (!token) return uncached(error_response(500, "server_error", "cannot sign"));

  JsonObject body;
  body.string("access_token", *token)
      .string("token_type", "Bearer")
      .number("expires_in", issuer_.token_lifetime().count());
  if (!granted.empty()) body.string("scope", joined(granted));
  return uncached(json_response(200, body.text()));
}

HttpResponse TokenEndpoint::respond(const HttpRequest& request) const {
  if (request.method != "POST") return uncached(method_not_allowed("POST"));
  const auto read = read_parameters(request);
  if (const auto* problem = std::get_if<std::string_view>(&read)) {
    return oauth_error("invalid_request", *problem);
  }
  const Parameters& parameters = std::get<Parameters>(read);
  const std::string_view grant_type = find(parameters, "grant_type");
  if (grant_type.empty()) return oauth_error("invalid_request", "grant_type is missing");
  if (grant_type != "client_credentials") {
    return oauth_error("unsupported_grant_type", "only client_credentials is supported");
  }
  const auto credentials = read_credentials(request, parameters);
  if (const auto* refusal = std::get_if<HttpResponse>(&credentials)) return *refusal;
  const auto& [client_id, client_secret] = std::get<Credentials>(credentials);
  const auto client = directory_.authenticate(client_id, client_secret);
  if (!client) return oauth_error("invalid_client", "client authentication failed");
  return client_credentials(request, client->application, find(parameters, "scope"));
}

}  // namespace emulator
}  // namespace v0
}  // namespace jwks
