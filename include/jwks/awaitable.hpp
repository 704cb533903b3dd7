#pragma once

// `co_await jwks::verify_in(verifier, token)`: `verify_async` for C++20 coroutines.
//
//   task<void> serve(const jwks::JwksVerifier& verifier, std::string text) {
//     const jwks::Result<jwks::VerifiedToken> token = co_await jwks::verify_in(verifier, text);
//     ...
//   }
//
// The coroutine goes on at once, without being suspended, where the key is held; otherwise on the
// verifier's executor. Its frame may be destroyed while it is suspended here: the outcome is then
// dropped. (That must not happen at the same time as it is resumed, which is true of any coroutine:
// destroy it where the executor runs.)

#include <coroutine>
#include <memory>
#include <mutex>
#include <optional>
#include <string_view>
#include <utility>

#include "jwks/jwks_verifier.hpp"

namespace jwks {
inline namespace v0 {

/// Awaits `verifier.verify_async`. `Verifier` is a JwksVerifier or a MultiIssuerVerifier. The views
/// must live until the coroutine is suspended or goes on; the verifier too.
template <class Verifier>
class VerifyAwaitable {
 public:
  VerifyAwaitable(const Verifier& verifier, std::string_view token,
                  const Presentation& presentation) noexcept
      : verifier_(&verifier), token_(token), presentation_(&presentation) {}
  // TODO(step 3, part A)

 private:
  const Verifier* verifier_;
  std::string_view token_;
  const Presentation* presentation_;
};

}  // namespace v0
}  // namespace jwks
