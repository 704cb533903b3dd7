#pragma once

// `Published`: one immutable value that every verification reads and hardly anything replaces.
//
// Reading takes a lock shared and copies a pointer, and both write to memory: a lock word and a
// reference count. A cache line that many cores write is handed from one to the other, some 50 ns
// each time, one after the other. So there are slots (see source/striped.hpp), each on cache lines
// of its own: a lock, a pointer, and a reference count that only the readers of this slot share.
// Behind each count is a holder that keeps the value alive.
//
// Publication is one indivisible moment all the same: it holds the locks of all slots while it
// replaces their pointers. Once anybody has seen the new value, nobody reads the old one.
//
// Nothing is left behind with a thread: the slots belong to this object, and publishing empties all
// of them, whether their threads run, sleep or have ended. That is why no thread keeps a copy of
// its own, which would read faster.
//
// Size: 2 KiB, and 2 KiB more for the holders.
//
// Threading: any number of threads may read and publish. After a fork (see source/fork_guard.hpp)
// it can be used if nobody was publishing at that moment: who may be is to hold a lock of his own
// over `publish`, which the fork handler takes. It takes none of these: they are many, and readers
// under them change nothing but reference counts.

#include <array>
#include <cstddef>
#include <memory>
#include <new>
#include <shared_mutex>
#include <utility>

#include "source/shared_mutex.hpp"
#include "source/striped.hpp"

namespace jwks {
inline namespace v0 {
namespace source {

template <class T>
class Published {
 public:
  using Pointer = std::shared_ptr<const T>;
  /// What a publication has replaced. To be let go where no lock is held: the last one frees it.
  using Replaced = std::array<Pointer, kStripes>;

  [[nodiscard]] Pointer read() const {
    const Slot& slot = slots_[stripe_of_this_thread()];
    const std::shared_lock lock(slot.mutex);
    return slot.value;
  }

  [[nodiscard]] Replaced publish(const Pointer& value) {
    Replaced values = spread(value);
    for (Slot& slot : slots_) slot.mutex.lock();  // in the same order always
    for (std::size_t i = 0; i < kStripes; ++i) slots_[i].value.swap(values[i]);
    for (Slot& slot : slots_) slot.mutex.unlock();
    return values;
  }

  /// In a forked child: threads of the parent may have held them.
  void renew_locks() noexcept {
    for (Slot& slot : slots_) std::construct_at(&slot.mutex);
  }

 private:
  struct alignas(kCacheLine) Slot {
    mutable SharedMutex mutex;
    Pointer value{};
  };
  /// Aligned, so that its reference count shares no cache line with another one's.
  struct alignas(kCacheLine) Holder {
    Pointer value;
  };

  /// The value once for each slot. Without memory for that they share one count, which is slower
  /// and nothing else.
  static Replaced spread(const Pointer& value) noexcept {
    Replaced values;
    values.fill(value);
    if (!value) return values;
    try {
      for (Pointer& each : values)
        each = Pointer(std::make_shared<const Holder>(Holder{value}), value.get());
    } catch (const std::bad_alloc&) {  // NOLINT(bugprone-empty-catch): see above
    }
    return values;
  }

  std::array<Slot, kStripes> slots_{};
};

}  // namespace source
}  // namespace v0
}  // namespace jwks
