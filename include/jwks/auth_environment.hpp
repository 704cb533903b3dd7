#pragma once

// The authenticator that the environment asks for. An operator sets variables, the program calls
// one function at start-up, and stops if it fails.
//
//   auto auth = jwks::authenticator_from_env();
//   if (!auth) return fail(auth.error().message());
//   for (const auto& note : auth->notes) log(note);
//   serve(*auth->authenticator);
//
// - AUTH_MODE: `jwt` (default), `smoo` (issuer required), `trusted`, `none`; in any case, trimmed
// - AUTH_JWT_RS256_PUBLIC_KEY: static public key, PEM, for RS256; `\n` may stand for line breaks
// - AUTH_JWT_HS256_SECRET: static secret of at least 32 bytes, without white space around it
// - AUTH_JWT_JWKS_URL: URL of the JWK Set
// - AUTH_JWT_ISSUER: expected "iss"
// - AUTH_JWT_AUDIENCE: accepted "aud", comma-separated
// - AUTH_JWT_CA_FILE: PEM file of the authorities to trust when keys are fetched
// - AUTH_ALLOW_LOOPBACK_HTTP: `true` or `1`: http:// to this machine is allowed, for tests
// - AUTH_DEV_ORG_ID: organization of the principal of mode `none`, else `dev-org`
//
// Keys for `jwt` and `smoo`, the first that is set counts: the PEM, the secret, the JWKS URL, and
// `{issuer without trailing slash}/.well-known/jwks.json`. What is set and shadowed is noted: a
// forgotten secret must not silently switch the published keys off. Without a mode and a source
// every token is refused. Anything else that is incomplete or wrong is an error that names the
// variables; there is no fall-back to no authentication. A variable that is empty counts as unset,
// which is noted where it matters. So is, in the process's environment, a variable whose name
// begins with AUTH_JWT_ and is none of these.
//
// Without an audience, and without an issuer where the keys don't depend on it, these are not
// checked, which is warned of. With them a token that lacks "aud" or "iss" is refused. In mode
// `none` everybody is `dev-user`, with the highest role of the mapper's `role_order`.

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "jwks/audit.hpp"
#include "jwks/authenticator.hpp"
#include "jwks/clock.hpp"
#include "jwks/export.hpp"
#include "jwks/fetcher.hpp"
#include "jwks/observer.hpp"
#include "jwks/principal.hpp"
#include "jwks/result.hpp"

namespace jwks {
inline namespace v0 {

struct AuthEnvironment {
  /// Stands before every name: "ORDERS_" reads ORDERS_AUTH_MODE. At most 20 letters, digits and
  /// underscores.
  std::string prefix{};
  PrincipalMapper mapper{};
  /// What the variables don't say about tokens: clock_skew, profile, required_claims and so on. Its
  /// issuer, audiences and algorithms must be as they are by default.
  ValidationOptions validation{};
  /// Set: every outcome is reported to it.
  std::shared_ptr<Auditor> auditor{};

  // Seams; empty: the process's environment, and the library's own.
  std::function<std::optional<std::string>(const std::string& name)> variable{};
  std::shared_ptr<Fetcher> fetcher{};
  std::shared_ptr<Clock> clock{};
  std::shared_ptr<Observer> observer{};
};

struct ConfiguredAuthenticator {
  AuthenticatorPtr authenticator{};
  /// For the log at start-up, in plain ASCII: which keys are used, what is shadowed, what is not
  /// checked. No secret. What is dangerous begins with "WARNING: ".
  std::vector<std::string> notes{};
};

/// *Failure:* `bad_config` with the variable as its subject. *Threading:* reads the environment;
/// no other thread may change it meanwhile.
[[nodiscard]] JWKS_API Result<ConfiguredAuthenticator> authenticator_from_env(
    std::string_view prefix = {});
[[nodiscard]] JWKS_API Result<ConfiguredAuthenticator> authenticator_from_env(
    AuthEnvironment environment);

}  // namespace v0
}  // namespace jwks
