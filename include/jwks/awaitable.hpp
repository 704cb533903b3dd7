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
#include <new>
#include <optional>
#include <string_view>
#include <utility>

#include "jwks/jwks_verifier.hpp"

namespace jwks {
inline namespace v0 {

namespace detail {

/// Where the outcome and the coroutine that waits for it meet. Whoever comes second goes on. It
/// belongs to the callback as well as to the coroutine's frame, and outlives either.
class Rendezvous {
 public:
  /// The outcome has come. Resumes the coroutine if it waits.
  void arrive(Result<VerifiedToken>&& outcome) {
    std::coroutine_handle<> waiting;
    {
      const std::lock_guard lock(mutex_);
      outcome_.emplace(std::move(outcome));
      waiting = std::exchange(waiting_, nullptr);
    }
    if (waiting) waiting.resume();
  }
  /// Returns false, and will not resume anything, if the outcome is there.
  [[nodiscard]] bool wait(std::coroutine_handle<> coroutine) {
    const std::lock_guard lock(mutex_);
    if (outcome_) return false;
    waiting_ = coroutine;
    return true;
  }
  /// The coroutine's frame is going: nobody is to be resumed.
  void leave() noexcept {
    const std::lock_guard lock(mutex_);
    waiting_ = nullptr;
  }
  [[nodiscard]] Result<VerifiedToken> take() {
    const std::lock_guard lock(mutex_);
    return std::move(*outcome_);
  }

 private:
  std::mutex mutex_;
  std::optional<Result<VerifiedToken>> outcome_{};
  std::coroutine_handle<> waiting_{};
};

}  // namespace detail

/// Awaits `verifier.verify_async`. `Verifier` is a JwksVerifier or a MultiIssuerVerifier. It and
/// the views must live until the coroutine is suspended or goes on. Out of memory, the outcome is
/// `out_of_memory`.
template <class Verifier>
class [[nodiscard]] VerifyAwaitable {
 public:
  VerifyAwaitable(const Verifier& verifier, std::string_view token,
                  Presentation presentation) noexcept
      : verifier_(&verifier), token_(token), presentation_(std::move(presentation)) {}
  VerifyAwaitable(const VerifyAwaitable&) = delete;
  VerifyAwaitable& operator=(const VerifyAwaitable&) = delete;
  ~VerifyAwaitable() {
    if (rendezvous_) rendezvous_->leave();
  }

  [[nodiscard]] bool await_ready() const noexcept { return false; }
  [[nodiscard]] bool await_suspend(std::coroutine_handle<> coroutine) noexcept {
    // Once the coroutine may be resumed elsewhere, this object may be gone.
    std::shared_ptr<detail::Rendezvous> rendezvous;
    try {
      rendezvous = std::make_shared<detail::Rendezvous>();
      VerifyCallback callback = [rendezvous](Result<VerifiedToken> outcome) {
        rendezvous->arrive(std::move(outcome));
      };
      rendezvous_ = rendezvous;
      verifier_->verify_async(token_, std::move(callback), presentation_);
    } catch (const std::bad_alloc&) {
      return false;
    }
    return rendezvous->wait(coroutine);
  }
  [[nodiscard]] Result<VerifiedToken> await_resume() {
    if (!rendezvous_) return Error(ErrorCode::out_of_memory);
    return rendezvous_->take();
  }

 private:
  const Verifier* verifier_;
  std::string_view token_;
  Presentation presentation_;
  std::shared_ptr<detail::Rendezvous> rendezvous_{};
};

/// `co_await verify_in(verifier, token)` is what `verifier.verify(token)` returns.
template <class Verifier>
[[nodiscard]] VerifyAwaitable<Verifier> verify_in(const Verifier& verifier, std::string_view token,
                                                  Presentation presentation = {}) noexcept {
  return VerifyAwaitable<Verifier>(verifier, token, std::move(presentation));
}

}  // namespace v0
}  // namespace jwks
