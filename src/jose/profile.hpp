#pragma once

// What a kind of JWT wants beyond the registered claims: RFC 9068 access tokens, OpenID Connect ID
// tokens and back-channel logout tokens. "typ" is checked with the header.

#include <span>
#include <string_view>

#include "jwks/claims.hpp"
#include "jwks/policy.hpp"
#include "jwks/result.hpp"

namespace jwks {
inline namespace v0 {
namespace jose {

/// The claims that must be there, in the order in which a missing one is reported.
[[nodiscard]] std::span<const std::string_view> required_claims(TokenProfile profile) noexcept;

/// Checks the profile's own rules on claims that were checked for presence, issuer and audience.
/// *Failure:* `invalid_claim`, `missing_claim` (neither sub nor sid), `wrong_azp`.
[[nodiscard]] Result<void> check_profile(const Claims& claims,
                                         const ValidationOptions& policy) noexcept;

}  // namespace jose
}  // namespace v0
}  // namespace jwks
