#pragma once

// Looking at tokens that were handed out (RFC 7662), and taking them back (RFC 7009).

#include "emulator/http/http_message.hpp"
#include "emulator/oauth/context.hpp"

namespace jwks {
inline namespace v0 {
namespace emulator {

/// Answers `POST /oauth2/introspect`. Every client with a secret may ask about every access token:
/// those who get tokens ask, not those who got them. About a refresh token only its client may.
[[nodiscard]] HttpResponse answer_introspection_request(OAuthContext& context,
                                                        const HttpRequest& request);

/// Answers `POST /oauth2/revoke`. A refresh token takes its grant along; an access token is revoked
/// alone. `invalid_grant` for a token of another client.
[[nodiscard]] HttpResponse answer_revocation_request(OAuthContext& context,
                                                     const HttpRequest& request);

}  // namespace emulator
}  // namespace v0
}  // namespace jwks
