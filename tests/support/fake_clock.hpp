#pragma once

// A clock that a test moves. Whoever waits on it is woken when it has moved; nobody waits for real
// time, apart from a short backstop that catches a wake-up lost between looking and waiting.

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <vector>

#include "jwks/clock.hpp"

namespace test {

class FakeClock final : public jwks::Clock {
 public:
  explicit FakeClock(std::chrono::system_clock::time_point wall) : wall_(wall) {}

  // Without a lock, so that a forked child can read the time too.
  std::chrono::system_clock::time_point wall_now() const noexcept override { return wall_; }
  jwks::SteadyTime steady_now() const noexcept override { return steady_; }
  void wait_until(std::condition_variable& condition, std::unique_lock<std::mutex>& lock,
                  jwks::SteadyTime deadline) override {
    {
      const std::lock_guard own(mutex_);
      if (steady_now() >= deadline) return;
      waiting_.push_back(&condition);
    }
    condition.wait_for(lock, std::chrono::milliseconds(20));
    const std::lock_guard own(mutex_);
    waiting_.erase(std::find(waiting_.begin(), waiting_.end(), &condition));
  }

  void advance(std::chrono::nanoseconds by) {
    const std::lock_guard lock(mutex_);
    steady_ = steady_now() + by;
    wall_ = wall_now() + std::chrono::duration_cast<std::chrono::system_clock::duration>(by);
    for (std::condition_variable* condition : waiting_) condition->notify_all();
  }
  /// Somebody sets the machine's time; the steady clock does not notice.
  void step_wall(std::chrono::seconds by) {
    const std::lock_guard lock(mutex_);
    wall_ = wall_now() + by;
  }

 private:
  std::atomic<std::chrono::system_clock::time_point> wall_;
  std::atomic<jwks::SteadyTime> steady_{jwks::SteadyTime(std::chrono::hours(5))};
  std::mutex mutex_;  // for changes, and for:
  std::vector<std::condition_variable*> waiting_;
};

}  // namespace test
