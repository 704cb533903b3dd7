#pragma once

// `TimerQueue`: who is to be woken when. Pure; the Scheduler keeps one under its lock.
//
// One timer per target. Setting, replacing and taking one costs the logarithm of their number, so
// that a thousand key sets are fine. Times of different clocks can't be compared: each clock has a
// queue of its own. A program has one clock; tests have several.

#include <cstddef>
#include <memory>
#include <optional>
#include <set>
#include <unordered_map>
#include <utility>
#include <vector>

#include "jwks/clock.hpp"

namespace jwks {
inline namespace v0 {
namespace source {

/// Something with a timer.
class Timed {
 public:
  virtual void on_timer() noexcept = 0;

 protected:
  Timed() = default;
  Timed(const Timed&) = default;
  Timed& operator=(const Timed&) = default;
  virtual ~Timed() = default;
};

class TimerQueue {
 public:
  struct Timer {
    std::weak_ptr<Timed> target;
    std::shared_ptr<Clock> clock;
    SteadyTime due{};
  };
  /// What is due first, by its own clock.
  struct Next {
    std::shared_ptr<Clock> clock;
    SteadyTime due{};
  };

  /// Sets the timer of `target`, and returns the one that it replaces. Sets `first` if it is due
  /// before all others of its clock. *Failure:* may throw std::bad_alloc, and has then done
  /// nothing.
  [[nodiscard]] std::optional<Timer> set(const std::shared_ptr<Timed>& target,
                                         const std::shared_ptr<Clock>& clock, SteadyTime due,
                                         bool& first);
  /// Takes the timer of `target` out, if it has one.
  [[nodiscard]] std::optional<Timer> remove(const Timed* target) noexcept;
  /// Takes a timer out whose time has come, if there is one.
  [[nodiscard]] std::optional<Timer> take_due() noexcept;

  [[nodiscard]] bool empty() const noexcept { return timers_.empty(); }
  [[nodiscard]] std::size_t size() const noexcept { return timers_.size(); }
  /// The first timer of the only clock; empty if there are several clocks, or no timer.
  [[nodiscard]] std::optional<Next> next() const;

 private:
  // A target's address is its name; it is not dereferenced.
  using Queue = std::set<std::pair<SteadyTime, const Timed*>>;
  struct Lane {
    const Clock* clock;
    Queue queue{};
  };

  [[nodiscard]] Queue& queue_of(const Clock& clock);
  void drop(const Clock& clock, SteadyTime due, const Timed* target) noexcept;

  std::unordered_map<const Timed*, Timer> timers_;
  std::vector<Lane> lanes_;  ///< of the clocks that have timers
};

}  // namespace source
}  // namespace v0
}  // namespace jwks
