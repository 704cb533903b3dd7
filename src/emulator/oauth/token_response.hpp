#pragma once

// What a token endpoint hands out (RFC 6749 §5.1, OpenID Connect Core 1.0 §3.1.3.3).

#include <string_view>
#include <vector>

#include "emulator/http/http_message.hpp"
#include "emulator/json_text.hpp"
#include "emulator/oauth/context.hpp"

namespace jwks {
inline namespace v0 {
namespace emulator {

/// The members that every answer has; more may follow.
[[nodiscard]] JsonObject token_members(const OAuthContext& context, std::string_view access_token,
                                       const std::vector<std::string>& scopes);

/// Those of `scopes` that the client may still ask for: they can be taken from it later.
[[nodiscard]] std::vector<std::string> still_allowed(std::vector<std::string> scopes,
                                                     const Application& client);

/// Tokens for the user of `grant`, with no more than these of its scopes: an access token, an ID
/// token for "openid", and a refresh token for "offline_access". The refresh token keeps all scopes
/// of the grant (RFC 6749 §6). `invalid_grant` if the user is gone.
[[nodiscard]] HttpResponse respond_with_tokens(OAuthContext& context, const HttpRequest& request,
                                               const ApplicationRecord& client, const Grant& grant,
                                               const std::vector<std::string>& scopes);

}  // namespace emulator
}  // namespace v0
}  // namespace jwks
