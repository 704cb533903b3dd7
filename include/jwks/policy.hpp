#pragma once

// What a token must satisfy, apart from being signed by a key of the set (RFC 8725).
//
// Fill a `ValidationOptions`, and make a `ValidationPolicy` of it once, at start-up. Contradictory
// or empty options fail there, not at the first request. An issuer and an audience are required;
// opting out takes an explicit `allow_any_issuer` / `allow_any_audience`. The default token profile
// takes a "typ" that is absent, `JWT` or `at+jwt`, and wants "iss", "aud" and "exp".

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "jwks/algorithm.hpp"
#include "jwks/claims.hpp"
#include "jwks/dpop.hpp"
#include "jwks/export.hpp"
#include "jwks/replay_cache.hpp"
#include "jwks/result.hpp"

namespace jwks {
inline namespace v0 {

/// Bounds of durations: what is larger is a mistake.
inline constexpr std::chrono::seconds kMaxClockSkew{600};
inline constexpr std::chrono::seconds kMaxTokenAge = std::chrono::hours(24 * 365 * 100);

/// Which kind of JWT is expected; decides about "typ" and the claims that must be there.
enum class TokenProfile : std::uint8_t {
  jwt,           ///< typ absent, `JWT` or `at+jwt`; "exp" required
  access_token,  ///< RFC 9068: typ `at+jwt`; iss, exp, aud, sub, client_id, iat and jti required
  /// OpenID Connect Core 1.0 §2: typ absent or `JWT`; iss, sub, aud, exp and iat required; one
  /// audience, the client id; "azp" required beside several audiences, and the client id (or one of
  /// `authorized_parties`) where it is. For what belongs to one sign-in see jwks/id_token.hpp.
  id_token,
  /// OpenID Connect Back-Channel Logout 1.0 §2.4, §2.6: typ absent, `JWT` or `logout+jwt`; iss,
  /// aud, iat, exp, jti and events required, sub or sid, and no nonce.
  logout_token,
};

/// A check of the application's own. It is called with the claims of a token whose signature holds
/// and that passed everything else but the replay caches: it may see one that is then `replayed`.
/// Returning an error of the claims category refuses the token
/// with it; any other error, and an exception, refuses it with `custom`, the name as the subject.
struct ClaimValidator {
  std::string name{};
  std::function<Result<void>(const Claims&)> check{};
};

/// How a key is chosen when "kid" does not settle it.
enum class KeySelection : std::uint8_t {
  single_candidate,  ///< exactly one key must fit, else `key_ambiguous`
  try_candidates,    ///< up to 4 fitting keys are tried, in document order
  require_kid,       ///< like single_candidate, and a token without kid is `unknown_key`
};

struct ValidationOptions {
  /// Expected "iss", compared byte for byte. Required, unless `allow_any_issuer`.
  std::string issuer{};
  /// Accepted audiences; one of them must be in "aud". Required, unless `allow_any_audience`.
  std::vector<std::string> audiences{};
  bool allow_any_issuer = false;
  bool allow_any_audience = false;

  /// Allow-list for the header's "alg". The key still pins the one that it is made for.
  /// Either asymmetric ones, or those of static secrets.
  AlgorithmSet algorithms = kDefaultAlgorithms;
  TokenProfile profile = TokenProfile::jwt;
  /// The only "typ" accepted, for kinds of JWT that have no profile: `secevent+jwt`. Compared as a
  /// media type (RFC 7515 §4.1.9). Empty: the profile's. Only with `TokenProfile::jwt`.
  std::string token_type{};
  KeySelection key_selection = KeySelection::single_candidate;

  /// Claims that must be present, in addition to those of the profile; at most 256.
  std::vector<std::string> required_claims{};
  /// Turn off only for tokens that never expire on purpose.
  bool require_expiration = true;

  /// Expected "sub", compared byte for byte, else `invalid_claim`; empty: any.
  std::string subject{};
  /// Clients other than the audience that may be the "azp" of an ID token, such as the mobile app
  /// of the same service. Only with `TokenProfile::id_token`.
  std::vector<std::string> authorized_parties{};
  /// Scopes (RFC 6749 §3.3) that must all be granted by "scope", or else "scp"; else
  /// `insufficient_scope`.
  std::vector<std::string> required_scopes{};
  /// Scopes of which at least one must be granted.
  std::vector<std::string> any_scope{};
  /// Called in order, after all other checks but that of replay. Each has a name of its own.
  std::vector<ClaimValidator> validators{};

  /// Tolerance for exp, nbf and iat: 0 to 600 s. A token is expired when now ≥ exp + clock_skew.
  std::chrono::seconds clock_skew{60};
  /// Largest age by "iat" (which is then required): 1 s or more.
  std::optional<std::chrono::seconds> max_token_age{};
  /// Largest exp − iat (both then required): 1 s or more.
  std::optional<std::chrono::seconds> max_lifetime{};

  /// Accepts each token only once, by "iss" and "jti" (which is then required, as "exp" is).
  std::shared_ptr<ReplayCache> replay_cache{};
  /// Accepts tokens that are bound to a DPoP key; without it they are `binding_failed`.
  std::optional<DpopOptions> dpop{};
};

/// Checked, immutable options. Copies share their state.
///
/// *Threading:* immutable; share one object between all threads.
class JWKS_API ValidationPolicy {
 public:
  /// Checks the options. *Failure:* `bad_config`, with the option as its subject.
  [[nodiscard]] static Result<ValidationPolicy> create(ValidationOptions options);

  [[nodiscard]] const ValidationOptions& options() const noexcept { return *options_; }

 private:
  explicit ValidationPolicy(std::shared_ptr<const ValidationOptions> options) noexcept
      : options_(std::move(options)) {}
  std::shared_ptr<const ValidationOptions> options_;
};

}  // namespace v0
}  // namespace jwks
