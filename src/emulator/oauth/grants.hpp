#pragma once

// The grants of the token endpoint: what a client shows, and the tokens that it gets for it.
//
// A client is authenticated before any of these is called. What a token says about organization and
// audience comes from the registered application; a request can only narrow the scopes.

#include "emulator/http/form.hpp"
#include "emulator/http/http_message.hpp"
#include "emulator/oauth/context.hpp"

namespace jwks {
inline namespace v0 {
namespace emulator {

/// RFC 6749 §4.4: a machine gets a token for itself.
[[nodiscard]] HttpResponse client_credentials(OAuthContext& context, const HttpRequest& request,
                                              const ApplicationRecord& client,
                                              const Parameters& parameters);

/// RFC 6749 §4.1.3, RFC 7636 §4.5: a code for tokens.
[[nodiscard]] HttpResponse authorization_code(OAuthContext& context, const HttpRequest& request,
                                              const ApplicationRecord& client,
                                              const Parameters& parameters);

/// RFC 6749 §6: a refresh token for new tokens, another refresh token among them.
[[nodiscard]] HttpResponse refresh_token(OAuthContext& context, const HttpRequest& request,
                                         const ApplicationRecord& client,
                                         const Parameters& parameters);

}  // namespace emulator
}  // namespace v0
}  // namespace jwks
