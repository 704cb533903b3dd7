#include "emulator/oauth/grants.hpp"
#include "emulator/oauth/oauth_error.hpp"
#include "emulator/oauth/parameters.hpp"
#include "emulator/oauth/token_response.hpp"

namespace jwks {
inline namespace v0 {
namespace emulator {

HttpResponse refresh_token(OAuthContext& context, const HttpRequest& request,
                           const ApplicationRecord& client, const Parameters& parameters) {
  if (client.application.type != ApplicationType::oauth) {
    return oauth_error("unauthorized_client", "this client may not use refresh_token");
  }
  const std::string_view text = find(parameters, "refresh_token");
  if (text.empty()) return oauth_error("invalid_request", "refresh_token is missing");
  const auto held = context.grants.refresh_token(text);
  if (!held || held->value.application_id != client.id) {
    return oauth_error("invalid_grant", "no such refresh token");
  }

  std::vector<std::string> scopes = still_allowed(held->value.scopes, client.application);
  if (const std::string_view scope = find(parameters, "scope"); !scope.empty()) {
    auto asked = split_scope(scope);
    if (!asked || !covers(scopes, *asked)) {
      return oauth_error("invalid_scope", "the refresh token was not given for these scopes");
    }
    scopes = *std::move(asked);
  }
  // Last, so that a request which is refused costs the client nothing. Of two at once, one is
  // first.
  if (!context.grants.spend_refresh_token(text)) {
    return oauth_error("invalid_grant", "the refresh token was used before");
  }
  return respond_with_tokens(context, request, client, held->value, scopes);
}

}  // namespace emulator
}  // namespace v0
}  // namespace jwks
