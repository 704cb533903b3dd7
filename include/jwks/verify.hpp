#pragma once

// The pure core: one function from a token, a key set, a policy and a time to a verified token.
//
// No I/O, no lock, no clock, no global state that can be seen. A `JwksVerifier` is this function
// plus a key set that is always there. The steps and their order are in src/jose/verify.cpp.

#include <chrono>
#include <string_view>

#include "jwks/export.hpp"
#include "jwks/jwk_set.hpp"
#include "jwks/policy.hpp"
#include "jwks/presentation.hpp"
#include "jwks/result.hpp"
#include "jwks/verified_token.hpp"

namespace jwks {
inline namespace v0 {

/// Limits on a token. What exceeds them is refused before it is decoded or searched.
inline constexpr std::size_t kMaxTokenBytes = std::size_t{16} * 1024;
inline constexpr std::size_t kMaxHeaderBytes = std::size_t{4} * 1024;  ///< of the decoded header
inline constexpr std::size_t kMaxKeyIdBytes = 256;
inline constexpr std::size_t kMaxAudiences = 64;
inline constexpr std::size_t kMaxSubjectBytes = 255;  ///< of profiles that require "sub"

/// Verifies a JWT in JWS Compact Serialization (RFC 7519 §7.2) against `keys` and `policy`.
///
/// `now` is the wall-clock time to judge exp, nbf and iat by; `presentation` is how the token came,
/// for tokens that are bound to a key of their sender.
/// *Failure:* see ErrorCode; never throws. *Threading:* reentrant. *Blocking:* never, but for a
/// replay cache of the application's.
[[nodiscard]] JWKS_API Result<VerifiedToken> verify(std::string_view token, const JwkSet& keys,
                                                    const ValidationPolicy& policy,
                                                    std::chrono::system_clock::time_point now,
                                                    const Presentation& presentation = {}) noexcept;

}  // namespace v0
}  // namespace jwks
