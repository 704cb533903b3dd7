#pragma once

// What a token must satisfy, apart from being signed by a key of the set (RFC 8725).
//
// Fill a `ValidationOptions`, and make a `ValidationPolicy` of it once, at start-up. Contradictory
// or empty options fail there, not at the first request. An issuer and an audience are required;
// opting out takes an explicit `allow_any_issuer` / `allow_any_audience`. The default token profile
// takes a "typ" that is absent, `JWT` or `at+jwt`, and wants "iss", "aud" and "exp".

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "jwks/algorithm.hpp"
#include "jwks/export.hpp"
#include "jwks/result.hpp"

namespace jwks {
inline namespace v0 {

/// Which kind of JWT is expected; decides about "typ" and the claims that must be there.
enum class TokenProfile : std::uint8_t {
  jwt,           ///< typ absent, `JWT` or `at+jwt`; "exp" required
  access_token,  ///< RFC 9068: typ `at+jwt`; iss, exp, aud, sub, client_id, iat and jti required
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
  AlgorithmSet algorithms = kAsymmetricAlgorithms;
  TokenProfile profile = TokenProfile::jwt;
  KeySelection key_selection = KeySelection::single_candidate;

  /// Claims that must be present, in addition to those of the profile.
  std::vector<std::string> required_claims{};
  /// Turn off only for tokens that never expire on purpose.
  bool require_expiration = true;

  /// Tolerance for exp, nbf and iat: 0 to 600 s. A token is expired when now ≥ exp + clock_skew.
  std::chrono::seconds clock_skew{60};
  /// Largest age by "iat" (which is then required): 1 s or more.
  std::optional<std::chrono::seconds> max_token_age{};
  /// Largest exp − iat (both then required): 1 s or more.
  std::optional<std::chrono::seconds> max_lifetime{};
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
