#pragma once

// `EmulatorClock`: what time it is in the emulator. A base (the system's clock, or a function of
// the test's) that a test can move, or stop.
//
// Threading: every member may be called from any thread.

#include <chrono>
#include <functional>
#include <mutex>
#include <optional>

namespace jwks {
inline namespace v0 {
namespace emulator {

class EmulatorClock {
 public:
  using Time = std::chrono::system_clock::time_point;

  explicit EmulatorClock(std::function<Time()> base = {}) : base_(std::move(base)) {}

  [[nodiscard]] Time now() const noexcept;
  /// Shows `time`, and goes on from there unless `frozen`.
  void set(Time time, bool frozen);
  /// Moves what is shown, also if it stands still. What can't be represented stops at the ends.
  void advance(std::chrono::nanoseconds by);
  void reset();

  [[nodiscard]] bool is_frozen() const;
  /// How far what is shown is ahead of the base.
  [[nodiscard]] std::chrono::nanoseconds offset() const;

 private:
  /// Never with mutex_ held: it is the test's own code, and may ask this clock something.
  [[nodiscard]] Time base_now() const noexcept;
  [[nodiscard]] Time shown(Time base) const noexcept;  // with mutex_ held

  const std::function<Time()> base_;
  mutable std::mutex mutex_;
  std::chrono::nanoseconds offset_{0};  // guarded by mutex_
  std::optional<Time> frozen_at_;       // guarded by mutex_
};

/// `time` so much later, or earlier. What can't be represented stops at the end.
[[nodiscard]] EmulatorClock::Time time_after(EmulatorClock::Time time,
                                             std::chrono::nanoseconds by) noexcept;
/// How long ago `then` was; 0 if it is still to come. What can't be represented stops at the end.
[[nodiscard]] std::chrono::nanoseconds time_since(EmulatorClock::Time then,
                                                  EmulatorClock::Time now) noexcept;

}  // namespace emulator
}  // namespace v0
}  // namespace jwks
