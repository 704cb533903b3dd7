// What all authenticators have in common, and those that look at no token.

#include "jwks/authenticator.hpp"

#include <new>
#include <string_view>
#include <utility>

#include "auth/callback.hpp"

namespace jwks {
inline namespace v0 {

Authenticator::~Authenticator() = default;

void Authenticator::authenticate_async(std::string_view token, AuthenticateCallback callback,
                                       const Presentation& presentation) const noexcept {
  auth::tell(callback, authenticate(token, presentation));
}

Result<void> Authenticator::warm_up(std::chrono::milliseconds /*deadline*/) const noexcept {
  return {};
}
HealthStatus Authenticator::health() const { return HealthStatus::healthy; }
std::vector<SourceMetrics> Authenticator::metrics() const { return {}; }

namespace {

class DevelopmentAuthenticator final : public Authenticator {
 public:
  explicit DevelopmentAuthenticator(Principal principal) noexcept
      : principal_(std::move(principal)) {}

  [[nodiscard]] Result<Principal> authenticate(
      std::string_view /*token*/, const Presentation& /*presentation*/) const noexcept override {
    try {
      return principal_;
    } catch (const std::bad_alloc&) {
      return Error(ErrorCode::out_of_memory);
    }
  }
  [[nodiscard]] std::string_view mode() const noexcept override { return "none"; }

 private:
  Principal principal_;
};

class DisabledAuthenticator final : public Authenticator {
 public:
  explicit DisabledAuthenticator(std::string_view why) noexcept { refusal_.because(why); }

  [[nodiscard]] Result<Principal> authenticate(
      std::string_view /*token*/, const Presentation& /*presentation*/) const noexcept override {
    return refusal_;
  }
  [[nodiscard]] std::string_view mode() const noexcept override { return "disabled"; }
  [[nodiscard]] HealthStatus health() const override { return HealthStatus::unavailable; }

 private:
  Error refusal_{ErrorCode::unknown_key};
};

}  // namespace

Result<AuthenticatorPtr> make_development_authenticator(Principal principal) {
  if (principal.user_id.empty())
    return Error(ErrorCode::bad_config).about("principal.user_id").because("it is required");
  principal.evidence = {};
  return auth::make<DevelopmentAuthenticator>(std::move(principal));
}

Result<AuthenticatorPtr> make_disabled_authenticator(std::string_view why) {
  if (why.empty()) why = "no key source is configured";
  return auth::make<DisabledAuthenticator>(why);
}

}  // namespace v0
}  // namespace jwks
