#pragma once

// ID tokens: the checks that belong to one sign-in (OpenID Connect Core 1.0 §3.1.3.7, §3.3.2.11).
//
// Verify the ID token with a policy of `TokenProfile::id_token` whose only audience is your client
// id, and then compare it with what you sent and got:
//
//   auto token = verifier.verify(id_token);
//   if (!token) return refuse(token.error());
//   auto valid = jwks::validate_id_token(*token, {.nonce = session.nonce, .code = code}, now);
//
// Threading: reentrant. Failure: never throws.

#include <chrono>
#include <optional>
#include <string_view>
#include <vector>

#include "jwks/export.hpp"
#include "jwks/result.hpp"
#include "jwks/verified_token.hpp"

namespace jwks {
inline namespace v0 {

/// Views: they must outlive the call.
struct IdTokenPolicy {
  /// The client that signed the user in: it must be in "aud", with no audience beside it but
  /// `trusted_audiences`, and be the "azp" if there is one or if there are several audiences
  /// (§3.1.3.7, 3 to 5), whatever `authorized_parties` the verifier accepts. Empty: as the
  /// verifier's policy has it.
  std::string_view client_id{};
  /// With a `client_id`: who else may be an audience of the same token, and could use it.
  std::vector<std::string_view> trusted_audiences{};
  /// With a `client_id`: other clients that may be the "azp", such as an app whose users the client
  /// takes for its own.
  std::vector<std::string_view> authorized_parties{};
  /// The nonce of the authentication request; not empty. If one was sent, the token must have it;
  /// if none was, the token must have none.
  std::optional<std::string_view> nonce{};
  /// Accepts a nonce although none was sent: for issuers that make one up, as AWS Cognito does for
  /// users of another provider. Never weakens the check of a nonce that was sent.
  bool allow_unsolicited_nonce = false;
  /// What came along with the ID token; each is compared with its hash in the token.
  std::string_view access_token{};  ///< "at_hash"
  std::string_view code{};          ///< "c_hash"
  std::string_view state{};         ///< "s_hash" (FAPI 1.0 part 2 §5.2.2.1)
  /// Refuses a token that lacks the hash of what was given, as it must be for a token from the
  /// authorization endpoint (§3.2.2.10, §3.3.2.11). Off, such a hash is checked only if it is
  /// there.
  bool require_hashes = false;
  /// The "max_age" of the request: "auth_time" must be there and not be older. 0 s or more.
  std::optional<std::chrono::seconds> max_age{};
  /// The "acr_values" of the request, if "acr" must be one of them.
  std::vector<std::string_view> acr_values{};
  /// Largest age by "iat": 1 s or more; empty: any.
  std::optional<std::chrono::seconds> iat_window{};
  /// Tolerance for `max_age` and `iat_window`: 0 s to 600 s.
  std::chrono::seconds clock_skew{60};
};

/// A hash is made with the hash function of the token's algorithm: for Ed25519 SHA-512, for Ed448
/// SHAKE256 with 114 bytes. No hash is defined for ML-DSA; one that is there is wrong then.
///
/// *Failure:* `wrong_audience`, `wrong_azp`, `wrong_nonce`, `wrong_hash`, `missing_claim`,
/// `invalid_claim`, `issued_in_future`, `too_old` with the claim as its subject; `wrong_type` for a
/// token that was not verified as an ID token; `bad_config` for a bad expectation, with the
/// expectation as its subject; `out_of_memory`.
[[nodiscard]] JWKS_API Result<void> validate_id_token(
    const VerifiedToken& token, const IdTokenPolicy& expected,
    std::chrono::system_clock::time_point now) noexcept;

}  // namespace v0
}  // namespace jwks
