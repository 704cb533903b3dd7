#pragma once

// `Striped`: counters that every verification writes.
//
// One atomic written by many cores is handed from cache to cache at each write: some 50 ns apiece,
// one after the other, which a hit of the token cache (0.5 µs) on 64 cores would feel. So each
// thread writes to one of a few slots, each on cache lines of its own, and whoever reads adds them
// up.

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

#include "base/thread_number.hpp"

namespace jwks {
inline namespace v0 {
namespace source {

using Counter = std::atomic<std::uint64_t>;

inline constexpr std::size_t kStripes = 16;
/// Not std::hardware_destructive_interference_size: it may differ between translation units.
inline constexpr std::size_t kCacheLine = 64;

/// Less than kStripes; the same for the whole life of a thread. Threads take turns.
[[nodiscard]] inline std::size_t stripe_of_this_thread() noexcept {
  return thread_number() % kStripes;
}

/// `Slot` is a struct of counters.
template <class Slot>
class Striped {
 public:
  /// The calling thread's slot.
  [[nodiscard]] Slot& mine() noexcept { return slots_[stripe_of_this_thread()]; }
  /// Adds up what `counter` picks of each slot.
  template <class Pick>
  [[nodiscard]] std::uint64_t sum(Pick&& counter) const noexcept {
    std::uint64_t total = 0;
    for (const Padded& slot : slots_) total += counter(slot).load(std::memory_order_relaxed);
    return total;
  }

 private:
  struct alignas(kCacheLine) Padded : Slot {};
  std::array<Padded, kStripes> slots_{};
};

}  // namespace source
}  // namespace v0
}  // namespace jwks
