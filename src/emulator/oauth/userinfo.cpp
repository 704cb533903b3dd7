#include "emulator/oauth/userinfo.hpp"

#include <string>
#include <utility>
#include <variant>

#include "base/text.hpp"
#include "emulator/json_text.hpp"
#include "emulator/oauth/access_token.hpp"
#include "emulator/oauth/id_token.hpp"
#include "emulator/oauth/parameters.hpp"

namespace jwks {
inline namespace v0 {
namespace emulator {
namespace {

/// RFC 6750 §3. Who showed no token at all is told of no error.
HttpResponse challenge(int status, std::string_view error, std::string_view more = {}) {
  std::string value = R"(Bearer realm="jwks-emulator")";
  if (!error.empty()) value += ", error=\"" + std::string(error) + '"';
  value += more;
  HttpResponse response =
      json_response(status, error.empty() ? "{}" : JsonObject().string("error", error).text());
  response.with("WWW-Authenticate", std::move(value));
  return response;
}

/// The token of a request (RFC 6750 §2.1, §2.2; a query is not looked at).
std::variant<std::string, HttpResponse> read_token(const HttpRequest& request) {
  constexpr std::string_view kScheme = "Bearer ";
  std::string in_body;
  if (request.media_type() == "application/x-www-form-urlencoded" && request.method == "POST") {
    const auto body = read_body(request);
    if (std::holds_alternative<std::string_view>(body)) return challenge(400, "invalid_request");
    in_body = find(std::get<Parameters>(body), "access_token");
  }
  if (request.count("authorization") > 1) return challenge(400, "invalid_request");
  const auto authorization = request.header("authorization");
  if (!authorization) {
    return in_body.empty() ? std::variant<std::string, HttpResponse>(challenge(401, ""))
                           : std::variant<std::string, HttpResponse>(std::move(in_body));
  }
  if (!in_body.empty()) return challenge(400, "invalid_request");
  if (!text::equals_ignoring_case(authorization->substr(0, kScheme.size()), kScheme)) {
    return challenge(401, "");
  }
  return std::string(text::trim(authorization->substr(kScheme.size())));
}

}  // namespace

HttpResponse answer_userinfo_request(const OAuthContext& context, const HttpRequest& request) {
  const auto read = read_token(request);
  if (const auto* refusal = std::get_if<HttpResponse>(&read)) return *refusal;
  const auto access = check_access_token(context, std::get<std::string>(read), request.issuer);
  if (!access) return challenge(401, "invalid_token");
  if (!contains(access->scopes, "openid")) {
    return challenge(403, "insufficient_scope", R"(, scope="openid")");
  }
  const auto user = context.directory.user(access->subject);
  if (!user) return challenge(401, "invalid_token");

  JsonObject answer;
  answer.string("sub", user->id);
  for (const auto& [name, json] : user_claims(*user, access->scopes)) answer.raw(name, json);
  return json_response(200, answer.text());
}

}  // namespace emulator
}  // namespace v0
}  // namespace jwks
