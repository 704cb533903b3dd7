#pragma once

// Callers that wait for keys without a thread of theirs (`verify_async`), and how they are called.

#include <functional>
#include <list>
#include <memory>
#include <optional>

#include "jwks/executor.hpp"
#include "source/key_set_machine.hpp"

namespace jwks {
inline namespace v0 {
namespace source {

/// What a waiting caller wants called. It is given keys that have something to say about its token,
/// or the reason why there are none.
using OnKeys = std::function<void(Result<KeysInHand>)>;

struct Waiter {
  Inquiry inquiry{};
  Miss miss{};  ///< refers to `inquiry`
  SteadyTime deadline{};
  OnKeys then{};
  std::optional<Result<KeysInHand>> answer{};  ///< set when the waiting is over
};

/// Nodes of a list: they move from one to another without failing.
using Waiters = std::list<Waiter>;

/// Has `waiter.then` called with its answer, exactly once: by the executor, or, if there is none or
/// it throws, by the Scheduler's thread; where no thread is to be had, here. What it throws is
/// ignored. No lock may be held.
void call_back(Waiter&& waiter, Executor* executor) noexcept;

}  // namespace source
}  // namespace v0
}  // namespace jwks
