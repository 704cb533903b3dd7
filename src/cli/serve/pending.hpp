#pragma once

// `Pending`: counts what others have begun and not ended.
//
// Threading: every member may be called from any thread.

#include <condition_variable>
#include <cstddef>
#include <memory>
#include <mutex>

namespace jwks::cli {

class Pending {
 public:
  /// Counts until its last copy is gone.
  using Ticket = std::shared_ptr<Pending>;

  [[nodiscard]] Ticket ticket() {
    {
      const std::lock_guard lock(mutex_);
      ++count_;
    }
    return {this, [](Pending* pending) { pending->remove(); }};  // or at once, without memory
  }
  void wait_for_none() {
    std::unique_lock lock(mutex_);
    none_.wait(lock, [this] { return count_ == 0; });
  }
  /// Tells whether there is none, after at most so long.
  template <class Duration>
  [[nodiscard]] bool wait_for_none(Duration patience) {
    std::unique_lock lock(mutex_);
    return none_.wait_for(lock, patience, [this] { return count_ == 0; });
  }

 private:
  void remove() {
    const std::lock_guard lock(mutex_);
    if (--count_ == 0) none_.notify_all();  // under the lock: who waits may destroy this
  }

  std::mutex mutex_{};
  std::condition_variable none_{};
  std::size_t count_ = 0;
};

}  // namespace jwks::cli
