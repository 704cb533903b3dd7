#include "source/waiting.hpp"

#include <atomic>
#include <utility>

#include "source/scheduler.hpp"

namespace jwks {
inline namespace v0 {
namespace source {
namespace {

void run(OnKeys& then, Result<KeysInHand>& answer) noexcept {
  try {
    then(std::move(answer));
  } catch (...) {  // NOLINT(bugprone-empty-catch): the application's own matter
  }
}

/// Whatever an executor does with its copies of the task, the callback runs once.
struct Call {
  explicit Call(Waiter&& waiter)
      : then(std::move(waiter.then)), seat(std::move(waiter.seat)), answer(*waiter.answer) {}
  Call(const Call&) = delete;
  Call& operator=(const Call&) = delete;
  ~Call() {
    if (!owed) return;
    answer = Error(ErrorCode::keys_unavailable, ErrorReason::closed);
    (*this)();
  }

  void operator()() noexcept {
    if (called.exchange(true)) return;
    seat.leave();
    run(then, answer);
  }

  OnKeys then;
  Seat seat;
  Result<KeysInHand> answer;
  std::atomic<bool> called = false;
  /// Handed to the application's executor, which may let its tasks go. What our own thread has left
  /// over when the process exits is dropped: nothing of the application may be there any more.
  bool owed = false;
};

bool hand_over(const std::shared_ptr<Call>& call, Executor* executor) noexcept {
  if (executor != nullptr) {
    call->owed = true;
    try {
      executor->execute([call] { (*call)(); });
      return true;
    } catch (...) {
      call->owed = false;  // ours does it
    }
  }
  try {
    return Scheduler::instance().run_soon([call] { (*call)(); });
  } catch (...) {
    return false;
  }
}

}  // namespace

void call_back(Waiter&& waiter, Executor* executor) noexcept {
  std::shared_ptr<Call> call;
  try {
    call = std::make_shared<Call>(std::move(waiter));
  } catch (...) {
    run(waiter.then, *waiter.answer);  // out of memory: nothing was moved yet
    return;
  }
  if (!hand_over(call, executor)) (*call)();
}

}  // namespace source
}  // namespace v0
}  // namespace jwks
