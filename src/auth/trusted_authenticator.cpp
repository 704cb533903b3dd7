// The word of a proxy that verified the token: claims without a signature.

#include <memory>
#include <new>
#include <string_view>
#include <utility>

#include "auth/callback.hpp"
#include "auth/principal_state.hpp"
#include "base/base64url.hpp"
#include "base/json.hpp"
#include "jose/jwt.hpp"
#include "jose/numeric_date.hpp"
#include "jose/validate.hpp"
#include "jwks/authenticator.hpp"
#include "jwks/verify.hpp"

namespace jwks {
inline namespace v0 {
namespace {

/// Who may have issued it and for whom is the proxy's matter; the times are checked again, because
/// an identity may be kept.
Result<ValidationPolicy> make_policy() {
  return ValidationPolicy::create(
      {.allow_any_issuer = true, .allow_any_audience = true, .require_expiration = false});
}

/// The proxy writes its principals by the names of the default mapping, and has judged already
/// which claim counts, what role a group gives and whose e-mail address to believe. With the names
/// of tokens something would be lost or, worse, be made up for a second time.
Result<PrincipalMapper> mapper_of_identities(const PrincipalMapper& mapper) {
  const ClaimMapping& given = mapper.mapping();
  return PrincipalMapper::create({.required = given.required, .role_order = given.role_order});
}

class TrustedAuthenticator final : public Authenticator {
 public:
  TrustedAuthenticator(PrincipalMapper mapper, ValidationPolicy policy,
                       std::shared_ptr<Clock> clock) noexcept
      : mapper_(std::move(mapper)), policy_(std::move(policy)), clock_(std::move(clock)) {}

  [[nodiscard]] Result<Principal> authenticate(
      std::string_view identity, const Presentation& /*presentation*/) const noexcept override {
    try {
      return read(identity);
    } catch (const std::bad_alloc&) {
      return Error(ErrorCode::out_of_memory);
    }
  }
  [[nodiscard]] std::string_view mode() const noexcept override { return "trusted"; }

 private:
  [[nodiscard]] Result<Principal> read(std::string_view identity) const {
    if (identity.size() > kMaxTokenBytes) return Error(ErrorCode::too_large).about("identity");
    const auto json = base64url::decode(identity);
    if (!json) return Error(ErrorCode::bad_base64url).about("identity");
    const auto document = json::parse_object(*json);
    if (!document) return Error(document.error()).about("identity");

    const Claims claims(*document);
    const auto now = jose::to_numeric_date(clock_->wall_now());
    const auto valid = jose::validate(*document, policy_.options(), now);
    if (!valid) return valid.error();
    return mapper_.state().read(claims);
  }

  PrincipalMapper mapper_;
  ValidationPolicy policy_;
  std::shared_ptr<Clock> clock_;
};

}  // namespace

Result<AuthenticatorPtr> make_trusted_authenticator(const PrincipalMapper& mapper,
                                                    std::shared_ptr<Clock> clock) {
  try {
    auto policy = make_policy();
    if (!policy) return policy.error();
    auto identities = mapper_of_identities(mapper);
    if (!identities) return identities.error();
    if (!clock) clock = Clock::system();
    return auth::make<TrustedAuthenticator>(std::move(*identities), std::move(*policy),
                                            std::move(clock));
  } catch (const std::bad_alloc&) {
    return Error(ErrorCode::out_of_memory);
  }
}

}  // namespace v0
}  // namespace jwks
