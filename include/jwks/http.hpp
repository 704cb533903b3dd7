#pragma once

// From an HTTP request to a token, and from an error to an HTTP answer (RFC 6750, RFC 9449), for
// any HTTP library.
//
//   auto text = jwks::bearer_token(request["Authorization"]);
//   if (!text) return answer(401, {{"WWW-Authenticate", jwks::www_authenticate()}});
//   auto token = verifier.verify(*text);
//   if (!token) return answer(jwks::http_status(token.error()),
//                             {{"WWW-Authenticate", jwks::www_authenticate(token.error())}});
//
// Where tokens may be bound to DPoP keys, `dpop_token` tells that the client used the scheme
// `DPoP`: then give `verify` a `Presentation` with the request's `DPoP` fields. A bound token that
// comes as a bearer's is refused by `verify`.
//
// An answer tells a stranger which of the RFCs' error codes applies and nothing else; why a token
// was refused belongs into your log (`Error::message`). With a 503 send `Retry-After` if
// `Error::retry_after` knows when.
//
// Threading: functions of their arguments. Failure: none but for memory.

#include <optional>
#include <string>
#include <string_view>

#include "jwks/algorithm.hpp"
#include "jwks/error.hpp"
#include "jwks/export.hpp"

namespace jwks {
inline namespace v0 {

/// Takes the token out of an `Authorization` field value: the scheme `Bearer` in any case (RFC 9110
/// §11.1), one or more spaces, and exactly one b64token (RFC 6750 §2.1). White space around the
/// value is no part of it (RFC 9110 §5.5). Empty if the value is anything else.
///
/// *Lifetime:* the result is a view into `authorization`.
[[nodiscard]] JWKS_API std::optional<std::string_view> bearer_token(
    std::string_view authorization) noexcept;

/// The same for the scheme `DPoP` (RFC 9449 §7.1).
[[nodiscard]] JWKS_API std::optional<std::string_view> dpop_token(
    std::string_view authorization) noexcept;

/// 401 for a token that is refused, 403 for `insufficient_scope`, 503 while nobody can tell (keys
/// unavailable, out of memory), 500 for a configuration error.
[[nodiscard]] JWKS_API int http_status(const Error& error) noexcept;

/// The `WWW-Authenticate` value for the answer to a refused token: `invalid_token` for 401,
/// `insufficient_scope` for 403. Empty for every other status: send no such field then. The scheme
/// is `Bearer`, or `DPoP` for an error that only DPoP knows (RFC 9449 §7.1): `invalid_dpop_proof`,
/// `use_dpop_nonce` (send a `DPoP-Nonce` field along), and `invalid_token` for a token that is not
/// bound to the key that was proved. `realm` is quoted; what a quoted string can't hold becomes
/// "?". *Failure:* may throw std::bad_alloc.
[[nodiscard]] JWKS_API std::string www_authenticate(const Error& error,
                                                    std::string_view realm = {});

/// The `WWW-Authenticate` value for a request without a token: no error code (RFC 6750 §3.1).
[[nodiscard]] JWKS_API std::string www_authenticate(std::string_view realm = {});

/// The same two in the scheme `DPoP` whatever the error is, for requests with `dpop_token` and
/// servers that take no other. "algs" tells which of `proof_algorithms` (DpopOptions::algorithms)
/// this program can verify. A server that takes both schemes sends both fields for a request
/// without a token.
[[nodiscard]] JWKS_API std::string www_authenticate_dpop(const Error& error,
                                                         AlgorithmSet proof_algorithms,
                                                         std::string_view realm = {});
[[nodiscard]] JWKS_API std::string www_authenticate_dpop(AlgorithmSet proof_algorithms,
                                                         std::string_view realm = {});

}  // namespace v0
}  // namespace jwks
