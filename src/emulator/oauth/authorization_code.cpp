#include "emulator/oauth/grants.hpp"
#include "emulator/oauth/oauth_error.hpp"
#include "emulator/oauth/parameters.hpp"
#include "emulator/oauth/pkce.hpp"
#include "emulator/oauth/token_response.hpp"

namespace jwks {
inline namespace v0 {
namespace emulator {
namespace {

/// RFC 6749 §4.1.3: there if it was there, and the same.
bool redirect_uri_fits(std::string_view redirect_uri, const AuthorizationCode& code) {
  if (redirect_uri.empty()) return !code.redirect_uri_was_sent;
  return redirect_uri == code.redirect_uri;
}

}  // namespace

HttpResponse authorization_code(OAuthContext& context, const HttpRequest& request,
                                const ApplicationRecord& client, const Parameters& parameters) {
  if (client.application.type != ApplicationType::oauth) {
    return oauth_error("unauthorized_client", "this client may not use authorization_code");
  }
  const std::string_view text = find(parameters, "code");
  if (text.empty()) return oauth_error("invalid_request", "code is missing");
  const auto code = context.grants.code(text);
  if (!code || code->value.grant.application_id != client.id) {
    return oauth_error("invalid_grant", "no such code");
  }
  // Before anything else is looked at: who tries a code with the wrong verifier has stolen it, and
  // shall not try again.
  if (!context.grants.spend_code(text)) {
    return oauth_error("invalid_grant", "the code was used before");
  }
  if (!redirect_uri_fits(find(parameters, "redirect_uri"), code->value)) {
    return oauth_error("invalid_grant", "redirect_uri is not that of the authorization request");
  }
  if (!verifier_fits(find(parameters, "code_verifier"), code->value.challenge,
                     code->value.challenge_is_plain)) {
    return oauth_error("invalid_grant", "code_verifier does not fit the code");
  }
  const Grant& grant = code->value.grant;
  return respond_with_tokens(context, request, client, grant,
                             still_allowed(grant.scopes, client.application));
}

}  // namespace emulator
}  // namespace v0
}  // namespace jwks
