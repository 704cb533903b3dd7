#include "emulator/oauth/access_token.hpp"
#include "emulator/oauth/grants.hpp"
#include "emulator/oauth/oauth_error.hpp"
#include "emulator/oauth/parameters.hpp"
#include "emulator/oauth/token_response.hpp"

namespace jwks {
inline namespace v0 {
namespace emulator {

HttpResponse client_credentials(OAuthContext& context, const HttpRequest& request,
                                const ApplicationRecord& client, const Parameters& parameters) {
  if (client.application.type != ApplicationType::m2m) {
    return oauth_error("unauthorized_client", "this client may not use client_credentials");
  }
  std::vector<std::string> granted = client.application.scopes;
  if (const std::string_view scope = find(parameters, "scope"); !scope.empty()) {
    auto asked = split_scope(scope);
    if (!asked) return oauth_error("invalid_scope", "scopes are separated by one space");
    if (!covers(client.application.scopes, *asked)) {
      return oauth_error("invalid_scope", "this client may not ask for all of these scopes");
    }
    granted = *std::move(asked);
  }
  const auto token =
      issue_access_token(context, request.issuer, client, client.application.client_id, granted);
  if (!token) return cannot_sign();
  return json_response(200, token_members(context, *token, granted).text());
}

}  // namespace emulator
}  // namespace v0
}  // namespace jwks
