#pragma once

// The system's clock, but for the time of day that tokens are judged by.

#include <chrono>
#include <memory>
#include <optional>

#include "jwks/clock.hpp"

namespace jwks::cli {

using WallTime = std::chrono::system_clock::time_point;

class JudgingClock final : public Clock {
 public:
  /// `now` as long as this clock is asked; empty: as the machine has it.
  explicit JudgingClock(std::optional<WallTime> now) : now_(now) {}

  /// While it lives, this thread sees another time, in all clocks of this class.
  class Override {
   public:
    explicit Override(std::optional<WallTime> now) noexcept : before_(of_thread()) {
      if (now) of_thread() = now;
    }
    ~Override() { of_thread() = before_; }
    Override(const Override&) = delete;
    Override& operator=(const Override&) = delete;

   private:
    std::optional<WallTime> before_;
  };

  WallTime wall_now() const noexcept override {
    if (of_thread()) return *of_thread();
    return now_ ? *now_ : system_->wall_now();
  }
  SteadyTime steady_now() const noexcept override { return system_->steady_now(); }
  void wait_until(std::condition_variable& condition, std::unique_lock<std::mutex>& lock,
                  SteadyTime deadline) override {
    system_->wait_until(condition, lock, deadline);
  }

 private:
  static std::optional<WallTime>& of_thread() noexcept {
    thread_local std::optional<WallTime> now;
    return now;
  }

  std::optional<WallTime> now_;
  std::shared_ptr<Clock> system_ = Clock::system();
};

}  // namespace jwks::cli
