// Tokens of several issuers, each with its own way to name things.

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <new>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "auth/verifying_authenticator.hpp"
#include "jwks/authenticator.hpp"
#include "jwks/multi_issuer_verifier.hpp"

namespace jwks {
inline namespace v0 {
namespace {

/// The mappers of all issuers.
class IssuerMappers {
 public:
  using Map = std::map<std::string, PrincipalMapper, std::less<>>;
  explicit IssuerMappers(Map mappers) : mappers_(std::make_shared<const Map>(std::move(mappers))) {}

  /// `token` was verified as one of the issuer that it names.
  [[nodiscard]] Result<Principal> map(const VerifiedToken& token) const noexcept {
    const auto found = mappers_->find(token.claims().issuer());
    if (found == mappers_->end()) return Error(ErrorCode::wrong_issuer).about("iss");
    return found->second.map(token);
  }

 private:
  std::shared_ptr<const Map> mappers_;
};

class MultiIssuerAuthenticator final
    : public auth::VerifyingAuthenticator<MultiIssuerVerifier, IssuerMappers> {
 public:
  using VerifyingAuthenticator::VerifyingAuthenticator;

  [[nodiscard]] std::string_view mode() const noexcept override { return "multi_issuer"; }
  [[nodiscard]] HealthStatus health() const override {
    auto worst = HealthStatus::healthy;
    for (const std::string& issuer : verifier().issuers()) {
      const auto one = health_status(verifier().verifier_of(issuer)->health().state);
      worst = std::max(worst, one);
    }
    return worst;
  }
  [[nodiscard]] std::vector<SourceMetrics> metrics() const override { return verifier().metrics(); }
};

}  // namespace

Result<AuthenticatorPtr> make_multi_issuer_authenticator(std::vector<TrustedIssuer> issuers) {
  if (issuers.empty())
    return Error(ErrorCode::bad_config).about("issuers").because("there is none");
  try {
    std::vector<VerifierOptions> options;
    IssuerMappers::Map mappers;
    for (TrustedIssuer& issuer : issuers) {
      mappers.emplace(issuer.verifier.issuer, std::move(issuer.mapper));
      options.push_back(std::move(issuer.verifier));
    }
    auto verifier = MultiIssuerVerifier::create(std::move(options));
    if (!verifier) return verifier.error();
    return auth::make<MultiIssuerAuthenticator>(std::move(*verifier),
                                                IssuerMappers(std::move(mappers)));
  } catch (const std::bad_alloc&) {
    return Error(ErrorCode::out_of_memory);
  }
}

}  // namespace v0
}  // namespace jwks
