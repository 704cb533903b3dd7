#pragma once

// The authorization endpoint (RFC 6749 §3.1, OpenID Connect Core 1.0 §3.1.2): lets a user in and
// sends the browser back with a code.
//
// Nobody is asked unless the emulator is interactive: the user is whom "login_hint" names, or the
// first one. Client and redirect URI come first; until both are known there is only an error page
// (RFC 6749 §4.1.2.1), and never a redirect to where a request would like to have one.

#include <string>
#include <vector>

#include "emulator/http/http_message.hpp"
#include "emulator/oauth/context.hpp"

namespace jwks {
inline namespace v0 {
namespace emulator {

/// Answers `GET` and `POST /oauth2/authorize`.
[[nodiscard]] HttpResponse answer_authorization_request(OAuthContext& context,
                                                        const HttpRequest& request);

/// What any client may ask for, beside its own scopes.
[[nodiscard]] const std::vector<std::string>& standard_scopes();

}  // namespace emulator
}  // namespace v0
}  // namespace jwks
