#include "jwks/clock.hpp"

#include <time.h>

#include <algorithm>

namespace jwks {
inline namespace v0 {
namespace {

/// Condition variables wait by a clock that stops while the machine is suspended. Waking now and
/// then bounds how late that makes us afterwards.
constexpr std::chrono::seconds kLongestWait{15};

class SystemClock final : public Clock {
 public:
  std::chrono::system_clock::time_point wall_now() const noexcept override {
    return std::chrono::system_clock::now();
  }
  SteadyTime steady_now() const noexcept override { return SteadyClock::now(); }
  void wait_until(std::condition_variable& condition, std::unique_lock<std::mutex>& lock,
                  SteadyTime deadline) override {
    const auto left = deadline - SteadyClock::now();
    if (left <= SteadyClock::duration(0)) return;
    condition.wait_for(lock, std::min<SteadyClock::duration>(left, kLongestWait));
  }
};

}  // namespace

SteadyClock::time_point SteadyClock::now() noexcept {
#ifdef CLOCK_BOOTTIME
  constexpr clockid_t kClock = CLOCK_BOOTTIME;
#else
  constexpr clockid_t kClock = CLOCK_MONOTONIC;
#endif
  timespec now{};
  clock_gettime(kClock, &now);
  return time_point(std::chrono::seconds(now.tv_sec) + std::chrono::nanoseconds(now.tv_nsec));
}

Clock::~Clock() = default;

std::shared_ptr<Clock> Clock::system() {
  static const auto clock = std::make_shared<SystemClock>();
  return clock;
}

}  // namespace v0
}  // namespace jwks
