#pragma once

// The JWT Claims Set against the policy (RFC 7519 §4.1, RFC 9068 §4). The signature is not its
// matter.

#include "jwks/claims.hpp"
#include "jwks/policy.hpp"
#include "jwks/result.hpp"

namespace jwks {
inline namespace v0 {
namespace jose {

/// Checks types, then presence, then iss, aud, exp, nbf, iat and ages.
/// *Failure:* a code of the claims band, with the claim as its subject.
[[nodiscard]] JWKS_INTERNAL Result<void> validate(const Claims& claims,
                                                  const ValidationOptions& policy,
                                                  NumericDate now) noexcept;

/// Checks what the token grants; whoever forged one is not told. *Failure:* `insufficient_scope`.
[[nodiscard]] Result<void> check_scopes(const Claims& claims,
                                        const ValidationOptions& policy) noexcept;

/// Calls the application's validators: never before the signature holds.
/// *Failure:* what a validator answers, or `custom`.
[[nodiscard]] Result<void> run_validators(const Claims& claims,
                                          const ValidationOptions& policy) noexcept;

}  // namespace jose
}  // namespace v0
}  // namespace jwks
