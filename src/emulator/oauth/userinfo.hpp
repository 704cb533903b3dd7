#pragma once

// The UserInfo endpoint (OpenID Connect Core 1.0 §5.3), which takes access tokens (RFC 6750).

#include "emulator/http/http_message.hpp"
#include "emulator/oauth/context.hpp"

namespace jwks {
inline namespace v0 {
namespace emulator {

/// Answers `GET` and `POST /oauth2/userinfo`.
[[nodiscard]] HttpResponse answer_userinfo_request(const OAuthContext& context,
                                                   const HttpRequest& request);

}  // namespace emulator
}  // namespace v0
}  // namespace jwks
