#pragma once

// The JWT Claims Set against the policy (RFC 7519 §4.1, RFC 9068 §4). The signature is not its
// matter.

#include "jose/registered_claims.hpp"
#include "jwks/claims.hpp"
#include "jwks/policy.hpp"
#include "jwks/result.hpp"

namespace jwks {
inline namespace v0 {
namespace jose {

/// Checks presence, then iss, aud, exp, nbf, iat and ages, then the profile's own rules.
/// *Failure:* a code of the claims band, with the claim as its subject.
[[nodiscard]] Result<void> validate(const RegisteredClaims& claims, const ValidationOptions& policy,
                                    NumericDate now) noexcept;
/// Reads the registered claims before, and checks their types with it.
[[nodiscard]] JWKS_INTERNAL Result<void> validate(const json::Document& claims,
                                                  const ValidationOptions& policy,
                                                  NumericDate now) noexcept;

/// The part of it that time alone can change: exp, nbf, iat and ages.
[[nodiscard]] Result<void> check_times(const RegisteredClaims& claims,
                                       const ValidationOptions& policy, NumericDate now) noexcept;

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
