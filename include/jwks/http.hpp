#pragma once

// From a result to an HTTP answer (RFC 6750), for any HTTP library.

#include <optional>
#include <string>
#include <string_view>

#include "jwks/error.hpp"
#include "jwks/export.hpp"

namespace jwks {
inline namespace v0 {

/// Takes the token out of an `Authorization` field value. The scheme may be in any case
/// (RFC 9110 §11.1); there must be exactly one token. Empty if there is none.
[[nodiscard]] JWKS_API std::optional<std::string_view> bearer_token(
    std::string_view authorization) noexcept;

/// 401 for a token that is refused, 403 for `insufficient_scope`, 503 while keys are unavailable,
/// 500 for a configuration error.
[[nodiscard]] JWKS_API int http_status(const Error& error) noexcept;

/// The `WWW-Authenticate` value for an answer of 401 or 403; no detail that a stranger should not
/// have (RFC 6750 §3). `realm` is escaped. *Failure:* may throw std::bad_alloc.
[[nodiscard]] JWKS_API std::string www_authenticate(const Error& error, std::string_view realm = {});

}  // namespace v0
}  // namespace jwks
