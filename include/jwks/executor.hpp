#pragma once

// `Executor`: where callbacks of `verify_async` run.
//
// The library brings one thread for all verifiers of a process. Verification of the tokens that
// waited for a key happens there too, so a service that verifies many tokens at once, or that owns
// an event loop, brings its own.

#include <functional>

#include "jwks/export.hpp"

namespace jwks {
inline namespace v0 {

/// A verifier may hold the last reference to its executor, and lets go of it on any thread, be it
/// one of the executor's own: keep a reference yourself until the verifier is gone.
///
/// *Threading:* `execute` is called by any thread, at the same time; never under a lock of the
/// library. *Blocking:* it must not wait for the task.
class JWKS_API Executor {
 public:
  virtual ~Executor();
  /// Runs `task` once, soon, on a thread of its choice. A task does not throw. One that is
  /// destroyed without having run calls back with `keys_unavailable{closed}` at that moment.
  /// *Failure:* an exception means that the task will not be run: the library runs it on a thread
  /// of its own.
  virtual void execute(std::function<void()> task) = 0;

 protected:
  Executor() = default;
  Executor(const Executor&) = default;
  Executor& operator=(const Executor&) = default;
};

}  // namespace v0
}  // namespace jwks
