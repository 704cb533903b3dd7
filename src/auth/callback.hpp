#pragma once

// How authenticators are made, and how they call back.

#include <functional>
#include <memory>
#include <new>
#include <utility>

#include "jwks/authenticator.hpp"

namespace jwks {
inline namespace v0 {
namespace auth {

template <class T, class... Arguments>
Result<AuthenticatorPtr> make(Arguments&&... arguments) noexcept {
  try {
    return AuthenticatorPtr(std::make_unique<const T>(std::forward<Arguments>(arguments)...));
  } catch (const std::bad_alloc&) {
    return Error(ErrorCode::out_of_memory);
  }
}

/// Calls back with the answer. The application's exceptions are its own matter.
inline void tell(AuthenticateCallback& callback, Result<Principal>&& answer) noexcept {
  try {
    callback(std::move(answer));
  } catch (...) {  // NOLINT(bugprone-empty-catch): see above
  }
}

/// Calls `start` with a callback of its own, which tells `callback` what `finish` makes of the
/// answer, now or later. The authenticator may be gone by then: `finish` holds what it needs, and
/// nothing is touched after `start`. Without memory nothing is started, and that is the answer.
template <class Answer, class Finish, class Start>
void call_through(AuthenticateCallback callback, const Finish& finish, Start start) noexcept {
  struct Pending {
    Finish finish;
    AuthenticateCallback callback{};
  };
  std::shared_ptr<Pending> pending;
  std::function<void(Result<Answer>)> then;
  try {
    pending = std::make_shared<Pending>(Pending{finish});
    then = [pending](Result<Answer>&& answer) {  // moved on, for a copy may find no memory
      tell(pending->callback, pending->finish(std::move(answer)));
    };
  } catch (const std::bad_alloc&) {
    return tell(callback, finish(Error(ErrorCode::out_of_memory)));
  }
  pending->callback = std::move(callback);  // last: it must not get lost
  start(std::move(then));
}

}  // namespace auth
}  // namespace v0
}  // namespace jwks
