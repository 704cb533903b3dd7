#pragma once

// The token endpoint (RFC 6749 §3.2), for the applications that are registered here.

#include "emulator/http/http_message.hpp"
#include "emulator/oauth/context.hpp"

namespace jwks {
inline namespace v0 {
namespace emulator {

/// Answers `POST /oauth2/token`.
[[nodiscard]] HttpResponse answer_token_request(OAuthContext& context, const HttpRequest& request);

}  // namespace emulator
}  // namespace v0
}  // namespace jwks
