#pragma once

// An authenticator over a verifier: of one issuer, of static keys, or of several issuers.

#include <chrono>
#include <string_view>
#include <utility>

#include "auth/callback.hpp"
#include "jwks/authenticator.hpp"

namespace jwks {
inline namespace v0 {
namespace auth {

/// `Mapping` turns a VerifiedToken into a Principal with `map`; copies of it share what they hold.
template <class Verifier, class Mapping>
class VerifyingAuthenticator : public Authenticator {
 public:
  VerifyingAuthenticator(Verifier verifier, Mapping mapping) noexcept
      : verifier_(std::move(verifier)), mapping_(std::move(mapping)) {}

  // Destroying a verifier wakes those who wait in it, and its callbacks: they come back to an
  // authenticator that is gone, and bring their own copy of the mapping.
  [[nodiscard]] Result<Principal> authenticate(
      std::string_view token, const Presentation& presentation) const noexcept override {
    const Mapping mapping = mapping_;
    const auto verified = verifier_.verify(token, presentation);
    if (!verified) return verified.error();
    return mapping.map(*verified);
  }
  void authenticate_async(std::string_view token, AuthenticateCallback callback,
                          const Presentation& presentation) const noexcept override {
    const auto map = [mapping = mapping_](const Result<VerifiedToken>& verified) {
      return verified ? mapping.map(*verified) : Result<Principal>(verified.error());
    };
    call_through<VerifiedToken>(std::move(callback), map, [&](VerifyCallback then) {
      verifier_.verify_async(token, std::move(then), presentation);
    });
  }
  [[nodiscard]] Result<void> warm_up(std::chrono::milliseconds deadline) const noexcept override {
    return verifier_.warm_up(deadline);
  }

 protected:
  [[nodiscard]] const Verifier& verifier() const noexcept { return verifier_; }

 private:
  Verifier verifier_;
  Mapping mapping_;
};

}  // namespace auth
}  // namespace v0
}  // namespace jwks
