// Tokens of one issuer: verified with the keys that it publishes, or with static ones.

#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

#include "auth/algorithms.hpp"
#include "auth/verifying_authenticator.hpp"
#include "jwks/authenticator.hpp"

namespace jwks {
inline namespace v0 {
namespace {

class JwksAuthenticator final : public auth::VerifyingAuthenticator<JwksVerifier, PrincipalMapper> {
 public:
  JwksAuthenticator(JwksVerifier verifier, PrincipalMapper mapper, std::string_view mode) noexcept
      : VerifyingAuthenticator(std::move(verifier), std::move(mapper)), mode_(mode) {}

  [[nodiscard]] std::string_view mode() const noexcept override { return mode_; }
  [[nodiscard]] HealthStatus health() const override {
    return health_status(verifier().health().state);
  }
  [[nodiscard]] std::vector<SourceMetrics> metrics() const override {
    return {verifier().metrics()};
  }

 private:
  std::string_view mode_;
};

bool fits_any(const Jwk& key, AlgorithmSet allowed) noexcept {
  bool fits = false;
  auth::for_each(allowed, [&](Algorithm algorithm) { fits = fits || key.fits(algorithm); });
  return fits;
}

/// Keys that could never verify anything are a mistake that should not wait for the first token.
Result<void> check_keys(const JwkSet& keys, AlgorithmSet allowed) noexcept {
  if (keys.keys().empty())
    return Error(ErrorCode::bad_config).about("keys").because("there is no usable key");
  const auto is_usable = [allowed](const Jwk& key) { return fits_any(key, allowed); };
  if (std::ranges::any_of(keys.keys(), is_usable)) return {};
  return Error(ErrorCode::bad_config)
      .about("validation.algorithms")
      .because("none of them fits any of the keys");
}

}  // namespace

Result<AuthenticatorPtr> make_jwks_authenticator(VerifierOptions options, PrincipalMapper mapper) {
  auto verifier = JwksVerifier::create(std::move(options));
  if (!verifier) return verifier.error();
  return auth::make<JwksAuthenticator>(std::move(*verifier), std::move(mapper), "jwks");
}

Result<AuthenticatorPtr> make_static_authenticator(JwkSet keys, ValidationOptions validation,
                                                   PrincipalMapper mapper,
                                                   std::shared_ptr<Clock> clock) {
  if (const auto good = check_keys(keys, validation.algorithms); !good) return good.error();
  const bool secret = keys.keys().front().is_secret();
  auto verifier =
      JwksVerifier::create_static(std::move(keys), std::move(validation), std::move(clock));
  if (!verifier) return verifier.error();
  return auth::make<JwksAuthenticator>(std::move(*verifier), std::move(mapper),
                                       secret ? "secret" : "public_key");
}

}  // namespace v0
}  // namespace jwks
