#pragma once

// `Clock`: the seam to time, so that no test has to wait for it.
//
// Two clocks, never mixed: the wall clock judges claims; the steady clock (which goes on counting
// while the machine is suspended) judges the age of key sets, so that stepping the wall clock can
// neither expire nor prolong a key.

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>

#include "jwks/export.hpp"

namespace jwks {
inline namespace v0 {

/// Steady time that includes suspend (CLOCK_BOOTTIME where there is one).
struct JWKS_API SteadyClock {
  using duration = std::chrono::nanoseconds;
  using rep = duration::rep;
  using period = duration::period;
  using time_point = std::chrono::time_point<SteadyClock>;
  static constexpr bool is_steady = true;
  static time_point now() noexcept;
};
using SteadyTime = SteadyClock::time_point;

/// *Threading:* every member may be called from any thread, and the two `now`s in a forked child as
/// well: they should take no lock.
class JWKS_API Clock {
 public:
  virtual ~Clock();
  [[nodiscard]] virtual std::chrono::system_clock::time_point wall_now() const noexcept = 0;
  [[nodiscard]] virtual SteadyTime steady_now() const noexcept = 0;

  /// Waits until `condition` is notified or `deadline` has come by this clock; may wake early.
  /// *Blocking:* yes; `lock` is released meanwhile.
  virtual void wait_until(std::condition_variable& condition, std::unique_lock<std::mutex>& lock,
                          SteadyTime deadline) = 0;

  /// The machine's clock.
  [[nodiscard]] static std::shared_ptr<Clock> system();

 protected:
  Clock() = default;
  Clock(const Clock&) = default;
  Clock& operator=(const Clock&) = default;
};

}  // namespace v0
}  // namespace jwks
