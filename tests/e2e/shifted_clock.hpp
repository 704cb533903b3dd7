#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>

#include "jwks/clock.hpp"

namespace test {

/// The system's clock, but a test can put its steady time forward, past a back-off or a lifetime.
/// Waits look again every 10 ms, so that they notice.
class ShiftedClock final : public jwks::Clock {
 public:
  void advance(std::chrono::seconds by) noexcept { shift_ += by.count(); }

  std::chrono::system_clock::time_point wall_now() const noexcept override {
    return std::chrono::system_clock::now();
  }
  jwks::SteadyTime steady_now() const noexcept override {
    return jwks::SteadyClock::now() + std::chrono::seconds(shift_.load());
  }
  void wait_until(std::condition_variable& condition, std::unique_lock<std::mutex>& lock,
                  jwks::SteadyTime deadline) override {
    const jwks::SteadyClock::duration left = deadline - steady_now();
    if (left.count() <= 0) return;
    condition.wait_for(lock,
                       std::min<jwks::SteadyClock::duration>(left, std::chrono::milliseconds(10)));
  }

 private:
  std::atomic<std::chrono::seconds::rep> shift_{0};
};

}  // namespace test
