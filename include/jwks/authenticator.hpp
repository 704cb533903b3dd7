#pragma once

// `Authenticator`: from the text of a token to a `Principal`, whatever vouches for the token.
//
//   auto auth = jwks::make_jwks_authenticator(
//       {.issuer = "https://issuer.example.com", .audiences = {"orders-api"}});
//   const auto principal = (*auth)->authenticate(bearer);
//
// A service takes an `Authenticator&` and does not care which it is: the published keys of one
// issuer or of several, a static key, a proxy that is trusted, or nobody. Which one is usually read
// from the environment, see jwks/auth_environment.hpp.
//
// Threading: every member is const and may be called from any thread.

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "jwks/audit.hpp"
#include "jwks/clock.hpp"
#include "jwks/export.hpp"
#include "jwks/jwk_set.hpp"
#include "jwks/jwks_verifier.hpp"
#include "jwks/policy.hpp"
#include "jwks/presentation.hpp"
#include "jwks/principal.hpp"
#include "jwks/result.hpp"
#include "jwks/stats.hpp"

namespace jwks {
inline namespace v0 {

/// Receives the outcome of `authenticate_async`. What it throws is ignored.
using AuthenticateCallback = std::function<void(Result<Principal>)>;

class JWKS_API Authenticator {
 public:
  virtual ~Authenticator();

  /// Verifies a token and says whose it is. *Blocking:* as `JwksVerifier::verify`.
  /// *Failure:* as `verify` and `PrincipalMapper::map`.
  [[nodiscard]] virtual Result<Principal> authenticate(
      std::string_view token, const Presentation& presentation) const noexcept = 0;
  [[nodiscard]] Result<Principal> authenticate(std::string_view token) const noexcept {
    return authenticate(token, Presentation{});
  }
  /// The same without ever blocking; `callback` is called exactly once, before the return or later,
  /// as by `JwksVerifier::verify_async`. Here: before the return, with what `authenticate` says.
  virtual void authenticate_async(std::string_view token, AuthenticateCallback callback,
                                  const Presentation& presentation) const noexcept;
  void authenticate_async(std::string_view token, AuthenticateCallback callback) const noexcept {
    authenticate_async(token, std::move(callback), Presentation{});
  }

  /// "jwks", "public_key", "secret", "multi_issuer", "trusted", "none" or "disabled".
  [[nodiscard]] virtual std::string_view mode() const noexcept = 0;

  // For operators. Without published keys there is nothing to wait for, and nothing to tell.
  /// See JwksVerifier::warm_up.
  [[nodiscard]] virtual Result<void> warm_up(std::chrono::milliseconds deadline) const noexcept;
  /// Of several issuers the worst.
  [[nodiscard]] virtual HealthStatus health() const;
  /// For `open_metrics`.
  [[nodiscard]] virtual std::vector<SourceMetrics> metrics() const;

 protected:
  Authenticator() = default;
  Authenticator(const Authenticator&) = default;
  Authenticator& operator=(const Authenticator&) = default;
};

using AuthenticatorPtr = std::unique_ptr<const Authenticator>;

/// Tokens of one issuer, verified with the keys that it publishes. *Failure:* `bad_config`.
[[nodiscard]] JWKS_API Result<AuthenticatorPtr> make_jwks_authenticator(
    VerifierOptions options, PrincipalMapper mapper = {});

/// Tokens verified with static public keys, or with static secrets (see jwks/jwk_set.hpp).
/// *Failure:* `bad_config`, also for keys none of which `validation.algorithms` lets verify
/// anything.
[[nodiscard]] JWKS_API Result<AuthenticatorPtr> make_static_authenticator(
    JwkSet keys, ValidationOptions validation, PrincipalMapper mapper = {},
    std::shared_ptr<Clock> clock = {});

/// One of several issuers, with its own way to name things.
struct TrustedIssuer {
  VerifierOptions verifier{};
  PrincipalMapper mapper{};
};
/// Tokens of several issuers, at least one; see MultiIssuerVerifier. A caller is named by the
/// mapper of the issuer whose key signed.
[[nodiscard]] JWKS_API Result<AuthenticatorPtr> make_multi_issuer_authenticator(
    std::vector<TrustedIssuer> issuers);

/// WARNING: verifies nothing. Whoever reaches the service is whoever it says it is; only for a
/// service that nobody but a verifying proxy can reach. The "token" is a JSON object of claims,
/// base64url. The identity has the names of the default ClaimMapping, whatever `mapper` calls them
/// in tokens: of `mapper` only `required` and `role_order` count, for the proxy has applied the
/// rest. Its times are judged as a token's are by default, with 60 s of tolerance; none of them,
/// nor "iss" and "aud", has to be there. `jwks serve-auth` writes such identities.
[[nodiscard]] JWKS_API Result<AuthenticatorPtr> make_trusted_authenticator(
    const PrincipalMapper& mapper = {}, std::shared_ptr<Clock> clock = {});

/// WARNING: everybody is `principal`, with any token or none. For development. It needs a
/// `user_id`; its evidence says that nothing was verified.
[[nodiscard]] JWKS_API Result<AuthenticatorPtr> make_development_authenticator(Principal principal);

/// Refuses every token with `unknown_key`; `why` becomes the detail, "no key source is configured"
/// if it is empty. It is never healthy, and an audit says `misconfigured`.
[[nodiscard]] JWKS_API Result<AuthenticatorPtr> make_disabled_authenticator(
    std::string_view why = {});

/// Reports every outcome of `inner` to `auditor`, before it is returned or called back with. Both
/// must not be null. A record for which there is no memory is lost.
[[nodiscard]] JWKS_API Result<AuthenticatorPtr> make_audited_authenticator(
    AuthenticatorPtr inner, std::shared_ptr<Auditor> auditor);

}  // namespace v0
}  // namespace jwks
