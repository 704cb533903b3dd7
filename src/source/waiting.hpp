#pragma once

// Callers that wait for keys without a thread of theirs (`verify_async`), and how they are called.

#include <atomic>
#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <utility>

#include "jwks/executor.hpp"
#include "source/key_set_machine.hpp"

namespace jwks {
inline namespace v0 {
namespace source {

/// What a waiting caller wants called. It is given keys that have something to say about its token,
/// or the reason why there are none.
using OnKeys = std::function<void(Result<KeysInHand>)>;

/// One of the places that CacheOptions::max_waiters allows. Kept until the callback begins, so that
/// callbacks which are slow don't let what waits for them grow.
class Seat {
 public:
  using Taken = std::shared_ptr<std::atomic<unsigned>>;
  Seat() = default;
  explicit Seat(Taken taken) noexcept : taken_(std::move(taken)) { taken_->fetch_add(1); }
  Seat(Seat&&) = default;
  Seat& operator=(Seat&& other) noexcept {
    leave();
    taken_ = std::move(other.taken_);
    return *this;
  }
  ~Seat() { leave(); }
  void leave() noexcept {
    if (taken_) taken_->fetch_sub(1);
    taken_.reset();
  }

 private:
  Taken taken_{};
};

struct Waiter {
  Inquiry inquiry{};
  Miss miss{};  ///< refers to `inquiry`
  SteadyTime deadline{};
  OnKeys then{};
  Seat seat{};
  std::optional<Result<KeysInHand>> answer{};  ///< set when the waiting is over
};

/// Nodes of a list: they move from one to another without failing.
using Waiters = std::list<Waiter>;

/// Has `waiter.then` called with its answer, exactly once: by the executor, or, if there is none or
/// it throws, by the Scheduler's thread; where no thread is to be had, here. An executor that lets
/// its tasks go unrun has it called with `keys_unavailable{closed}` at that moment. What it throws
/// is ignored. No lock may be held.
void call_back(Waiter&& waiter, Executor* executor) noexcept;

}  // namespace source
}  // namespace v0
}  // namespace jwks
