#pragma once

// Sender-constrained tokens (RFC 7800): the claim "cnf" against how the token was presented.

#include <chrono>
#include <optional>
#include <string_view>

#include "jose/dpop.hpp"
#include "jose/registered_claims.hpp"
#include "jwks/policy.hpp"
#include "jwks/presentation.hpp"
#include "jwks/result.hpp"

namespace jwks {
inline namespace v0 {
namespace jose {

/// Checks "cnf" and, if there is one, the DPoP proof. Nothing is remembered yet: the proof that was
/// checked comes back, for `remember`. *Failure:* `binding_failed`, `invalid_claim` (cnf).
[[nodiscard]] Result<std::optional<CheckedProof>> check_binding(
    const RegisteredClaims& claims, std::string_view token, const Presentation& presentation,
    const ValidationOptions& policy, std::chrono::system_clock::time_point now);

/// Accepts the token and the proof for once, when everything else holds.
/// *Failure:* `replayed`, `out_of_memory`.
[[nodiscard]] Result<void> remember(const RegisteredClaims& claims,
                                    const std::optional<CheckedProof>& proof,
                                    const ValidationOptions& policy,
                                    std::chrono::system_clock::time_point now);

}  // namespace jose
}  // namespace v0
}  // namespace jwks
