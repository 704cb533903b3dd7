#pragma once

// The error answers of OAuth endpoints (RFC 6749 §5.2).

#include <string_view>

#include "emulator/http/http_message.hpp"

namespace jwks {
inline namespace v0 {
namespace emulator {

/// `{"error": …, "error_description": …}`; both are texts of ours, never of the request's. The
/// status follows from the error: 401 with a challenge for `invalid_client`, 500 for
/// `server_error`, else 400.
[[nodiscard]] HttpResponse oauth_error(std::string_view error, std::string_view description);

/// 500: no key, or one that can't sign.
[[nodiscard]] HttpResponse cannot_sign();

}  // namespace emulator
}  // namespace v0
}  // namespace jwks
