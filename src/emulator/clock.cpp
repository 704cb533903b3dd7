#include "emulator/clock.hpp"

#include <algorithm>
#include <cstdint>
#include <utility>

namespace jwks {
inline namespace v0 {
namespace emulator {
namespace {

using Nanoseconds = std::chrono::nanoseconds;

/// `a + b`, or the end of the range that it is beyond.
Nanoseconds saturated_sum(Nanoseconds a, Nanoseconds b) noexcept {
  if (b > Nanoseconds::zero() && a > Nanoseconds::max() - b) return Nanoseconds::max();
  if (b < Nanoseconds::zero() && a < Nanoseconds::min() - b) return Nanoseconds::min();
  return a + b;
}

/// `a - b`, or the end of the range that it is beyond.
Nanoseconds saturated_difference(EmulatorClock::Time a, EmulatorClock::Time b) noexcept {
  const Nanoseconds from = b.time_since_epoch();
  const Nanoseconds to = a.time_since_epoch();
  if (from < Nanoseconds::zero() && to > Nanoseconds::max() + from) return Nanoseconds::max();
  if (from > Nanoseconds::zero() && to < Nanoseconds::min() + from) return Nanoseconds::min();
  return to - from;
}

}  // namespace

EmulatorClock::Time time_after(EmulatorClock::Time time, Nanoseconds by) noexcept {
  return EmulatorClock::Time(std::chrono::duration_cast<EmulatorClock::Time::duration>(
      saturated_sum(time.time_since_epoch(), by)));
}

EmulatorClock::Time EmulatorClock::base_now() const noexcept {
  try {
    if (base_) return base_();
  } catch (...) {  // NOLINT(bugprone-empty-catch): a test's clock must not end the server
  }
  return std::chrono::system_clock::now();
}

EmulatorClock::Time EmulatorClock::shown(Time base) const noexcept {
  return frozen_at_ ? *frozen_at_ : time_after(base, offset_);
}

EmulatorClock::Time EmulatorClock::now() const noexcept {
  const Time base = base_now();
  const std::lock_guard lock(mutex_);
  return shown(base);
}

void EmulatorClock::set(Time time, bool frozen) {
  const Time base = base_now();
  const std::lock_guard lock(mutex_);
  offset_ = saturated_difference(time, base);
  frozen_at_ = frozen ? std::optional(time) : std::nullopt;
}

void EmulatorClock::advance(Nanoseconds by) {
  const std::lock_guard lock(mutex_);
  offset_ = saturated_sum(offset_, by);
  if (frozen_at_) frozen_at_ = time_after(*frozen_at_, by);
}

void EmulatorClock::reset() {
  const std::lock_guard lock(mutex_);
  offset_ = Nanoseconds::zero();
  frozen_at_.reset();
}

bool EmulatorClock::is_frozen() const {
  const std::lock_guard lock(mutex_);
  return frozen_at_.has_value();
}

Nanoseconds EmulatorClock::offset() const {
  const Time base = base_now();
  const std::lock_guard lock(mutex_);
  return saturated_difference(shown(base), base);
}

Nanoseconds time_since(EmulatorClock::Time then, EmulatorClock::Time now) noexcept {
  if (now <= then) return Nanoseconds::zero();
  // Unsigned: the two can be further apart than a signed number says.
  const auto apart = static_cast<std::uint64_t>(Nanoseconds(now.time_since_epoch()).count()) -
                     static_cast<std::uint64_t>(Nanoseconds(then.time_since_epoch()).count());
  const auto most = static_cast<std::uint64_t>(Nanoseconds::max().count());
  return Nanoseconds(static_cast<Nanoseconds::rep>(std::min(apart, most)));
}

}  // namespace emulator
}  // namespace v0
}  // namespace jwks
