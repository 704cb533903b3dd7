#pragma once

// What the tests of authenticators share: answers in short, and where they are called back to.

#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>

#include "jwks/authenticator.hpp"

namespace test {

/// The caller's user, or the name of the code of the refusal.
inline std::string answer_of(const jwks::Result<jwks::Principal>& outcome) {
  return outcome ? outcome->user_id : std::string(to_string(outcome.error().code()));
}

/// The error of a refusal; throws if there is a caller.
inline jwks::Error refusal_of(const jwks::Result<jwks::Principal>& outcome) {
  if (outcome) throw std::runtime_error("the token was accepted");
  return outcome.error();
}

/// The subject of a configuration that is refused; throws if it is not.
inline std::string fault_of(const jwks::Result<jwks::AuthenticatorPtr>& made) {
  if (made) throw std::runtime_error("the configuration was accepted");
  return std::string(to_string(made.error().code())) + " " + std::string(made.error().subject());
}

/// Where one outcome is called back to.
class Mailbox {
 public:
  jwks::AuthenticateCallback callback() {
    return [this](const jwks::Result<jwks::Principal>& outcome) {
      const std::lock_guard lock(mutex_);
      ++calls_;
      thread_ = std::this_thread::get_id();
      outcome_ = outcome;
      arrived_.notify_all();
    };
  }
  [[nodiscard]] int calls() const {
    const std::lock_guard lock(mutex_);
    return calls_;
  }
  [[nodiscard]] bool was_called_here() const {
    const std::lock_guard lock(mutex_);
    return thread_ == std::this_thread::get_id();
  }
  /// Waits for it.
  [[nodiscard]] jwks::Result<jwks::Principal> outcome() {
    std::unique_lock lock(mutex_);
    arrived_.wait(lock, [this] { return outcome_.has_value(); });
    return *outcome_;
  }

 private:
  mutable std::mutex mutex_;
  std::condition_variable arrived_;
  int calls_ = 0;
  std::thread::id thread_;
  std::optional<jwks::Result<jwks::Principal>> outcome_;
};

}  // namespace test
