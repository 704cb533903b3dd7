#include "emulator/oauth/token_response.hpp"

#include "emulator/oauth/access_token.hpp"
#include "emulator/oauth/authorization_endpoint.hpp"
#include "emulator/oauth/id_token.hpp"
#include "emulator/oauth/oauth_error.hpp"
#include "emulator/oauth/parameters.hpp"

namespace jwks {
inline namespace v0 {
namespace emulator {

JsonObject token_members(const OAuthContext& context, std::string_view access_token,
                         const std::vector<std::string>& scopes) {
  JsonObject body;
  body.string("access_token", access_token)
      .string("token_type", "Bearer")
      .number("expires_in", context.issuer.token_lifetime().count());
  if (!scopes.empty()) body.string("scope", joined(scopes));
  return body;
}

std::vector<std::string> still_allowed(std::vector<std::string> scopes, const Application& client) {
  std::erase_if(scopes, [&](const std::string& each) {
    return !contains(client.scopes, each) && !contains(standard_scopes(), each);
  });
  return scopes;
}

HttpResponse respond_with_tokens(OAuthContext& context, const HttpRequest& request,
                                 const ApplicationRecord& client, const Grant& grant,
                                 const std::vector<std::string>& scopes) {
  const auto user = context.directory.user(grant.user_id);
  if (!user) return oauth_error("invalid_grant", "the user is gone");
  const auto access_token =
      issue_access_token(context, request.issuer, client, user->id, scopes, grant.id);
  if (!access_token) return cannot_sign();

  JsonObject body = token_members(context, *access_token, scopes);
  if (contains(scopes, "openid")) {
    Grant narrowed = grant;
    narrowed.scopes = scopes;
    const auto id_token = issue_id_token(context, request.issuer, narrowed, *user, *access_token);
    if (!id_token) return cannot_sign();
    body.string("id_token", *id_token);
  }
  if (contains(grant.scopes, "offline_access")) {
    body.string("refresh_token", context.grants.add_refresh_token(grant));
  }
  return json_response(200, body.text());
}

}  // namespace emulator
}  // namespace v0
}  // namespace jwks
