// An authenticator that reports what another one says.

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "auth/audit_record.hpp"
#include "auth/callback.hpp"
#include "jwks/authenticator.hpp"

namespace jwks {
inline namespace v0 {
namespace {

/// Shared with callbacks that may outlive the authenticator.
class Reporter {
 public:
  Reporter(std::shared_ptr<Auditor> auditor, std::string_view mode)
      : auditor_(std::move(auditor)), mode_(mode) {}

  void report(const Result<Principal>& outcome) const noexcept {
    try {
      auditor_->on_authentication(auth::audit_record(mode_, outcome));
    } catch (...) {  // NOLINT(bugprone-empty-catch): see Auditor
    }
  }

 private:
  std::shared_ptr<Auditor> auditor_;
  std::string mode_;
};

class AuditedAuthenticator final : public Authenticator {
 public:
  AuditedAuthenticator(AuthenticatorPtr inner, std::shared_ptr<Auditor> auditor)
      : reporter_(std::make_shared<const Reporter>(std::move(auditor), inner->mode())),
        inner_(std::move(inner)) {}

  [[nodiscard]] Result<Principal> authenticate(
      std::string_view token, const Presentation& presentation) const noexcept override {
    const auto reporter = reporter_;  // whoever waits is woken when this object goes
    auto outcome = inner_->authenticate(token, presentation);
    reporter->report(outcome);
    return outcome;
  }
  void authenticate_async(std::string_view token, AuthenticateCallback callback,
                          const Presentation& presentation) const noexcept override {
    const auto report = [reporter = reporter_](Result<Principal> outcome) {
      reporter->report(outcome);
      return outcome;
    };
    auth::call_through<Principal>(std::move(callback), report, [&](AuthenticateCallback then) {
      inner_->authenticate_async(token, std::move(then), presentation);
    });
  }

  [[nodiscard]] std::string_view mode() const noexcept override { return inner_->mode(); }
  [[nodiscard]] Result<void> warm_up(std::chrono::milliseconds deadline) const noexcept override {
    return inner_->warm_up(deadline);
  }
  [[nodiscard]] HealthStatus health() const override { return inner_->health(); }
  [[nodiscard]] std::vector<SourceMetrics> metrics() const override { return inner_->metrics(); }

 private:
  std::shared_ptr<const Reporter> reporter_;
  AuthenticatorPtr inner_;
};

Error is_null(std::string_view argument) noexcept {
  return Error(ErrorCode::bad_config).about(argument).because("it is null");
}

}  // namespace

Result<AuthenticatorPtr> make_audited_authenticator(AuthenticatorPtr inner,
                                                    std::shared_ptr<Auditor> auditor) {
  if (!inner) return is_null("inner");
  if (!auditor) return is_null("auditor");
  return auth::make<AuditedAuthenticator>(std::move(inner), std::move(auditor));
}

}  // namespace v0
}  // namespace jwks
