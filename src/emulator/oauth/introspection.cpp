#include "emulator/oauth/introspection.hpp"

#include <optional>
#include <string>
#include <utility>
#include <variant>

#include "emulator/issuer/token_builder.hpp"
#include "emulator/json_text.hpp"
#include "emulator/oauth/access_token.hpp"
#include "emulator/oauth/client_authentication.hpp"
#include "emulator/oauth/oauth_error.hpp"
#include "emulator/oauth/parameters.hpp"

namespace jwks {
inline namespace v0 {
namespace emulator {
namespace {

struct Question {
  ApplicationRecord client;
  std::string token;
};

/// Who asks about which token. "token_type_hint" may be ignored: a token is looked for everywhere
/// (RFC 7009 §2.1).
std::variant<Question, HttpResponse> read_question(OAuthContext& context,
                                                   const HttpRequest& request,
                                                   AcceptedClients accepted) {
  const auto read = read_body(request);
  if (const auto* problem = std::get_if<std::string_view>(&read)) {
    return oauth_error("invalid_request", *problem);
  }
  const auto& parameters = std::get<Parameters>(read);
  auto client = authenticate_client(context.directory, request, parameters, accepted);
  if (auto* refusal = std::get_if<HttpResponse>(&client)) return std::move(*refusal);
  const std::string_view token = find(parameters, "token");
  if (token.empty()) return oauth_error("invalid_request", "token is missing");
  return Question{std::get<ApplicationRecord>(std::move(client)), std::string(token)};
}

/// A refresh token that would be taken.
std::optional<Held<Grant>> usable_refresh_token(const OAuthContext& context,
                                                std::string_view token) {
  auto held = context.grants.refresh_token(token);
  if (!held || held->is_spent || !context.directory.user(held->value.user_id)) return std::nullopt;
  return held;
}

std::string describe(const AccessToken& access) {
  JsonObject answer;
  answer.raw("active", "true").string("token_type", "Bearer");
  bool has_scope = false;
  for (const auto& [name, json] : access.claims) {
    if (name == "active" || name == "token_type") continue;
    has_scope = has_scope || name == "scope";
    answer.raw(name, json);
  }
  if (!has_scope && !access.scopes.empty()) answer.string("scope", joined(access.scopes));
  return answer.text();
}

std::string describe(const Held<Grant>& held, const HttpRequest& request) {
  JsonObject answer;
  answer.raw("active", "true")
      .string("iss", request.issuer)
      .string("sub", held.value.user_id)
      .string("client_id", held.value.client_id)
      .raw("exp", numeric_date(held.expires_at))
      .raw("iat", numeric_date(held.issued_at));
  if (!held.value.scopes.empty()) answer.string("scope", joined(held.value.scopes));
  return answer.text();
}

}  // namespace

HttpResponse answer_introspection_request(OAuthContext& context, const HttpRequest& request) {
  const auto read = read_question(context, request, AcceptedClients::confidential);
  if (const auto* refusal = std::get_if<HttpResponse>(&read)) return *refusal;
  const auto& [client, token] = std::get<Question>(read);

  if (const auto access = check_access_token(context, token, request.issuer)) {
    return json_response(200, describe(*access));
  }
  const auto held = usable_refresh_token(context, token);
  if (held && held->value.application_id == client.id) {
    return json_response(200, describe(*held, request));
  }
  // RFC 7662 §2.2: and nothing about why.
  return json_response(200, R"({"active":false})");
}

HttpResponse answer_revocation_request(OAuthContext& context, const HttpRequest& request) {
  const auto read = read_question(context, request, AcceptedClients::all);
  if (const auto* refusal = std::get_if<HttpResponse>(&read)) return *refusal;
  const auto& [client, token] = std::get<Question>(read);

  const auto held = context.grants.refresh_token(token);
  const auto access = held ? std::nullopt : check_access_token(context, token, request.issuer);
  // RFC 7009 §2.2: a token that is unknown needs no revocation.
  if (!held && !access) return {};
  const bool is_own = held ? held->value.application_id == client.id
                           : access->client_id == client.application.client_id;
  if (!is_own) {
    return oauth_error("invalid_grant", "the token is another client's");
  }
  context.grants.revoke(held ? held->value.id : access->id);
  return {};
}

}  // namespace emulator
}  // namespace v0
}  // namespace jwks
