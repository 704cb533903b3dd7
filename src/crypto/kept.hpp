#pragma once

// `Kept`: contexts of OpenSSL that are made ready once and used for one signature after the other.
//
// Making one costs 4 to 6 µs, a fifth of what an RSA signature costs to verify. A context serves
// one thread at a time, so that each key has a few slots, each with a context that nobody uses at
// the moment. A thread takes one out with an atomic exchange, has it for itself, and puts it back;
// where it finds none, it makes one. So there is no lock and nothing thread-local: the contexts go
// with their key, however long its threads live; two threads that come to the same slot are both
// right and only slower; and a fork in the middle loses the context that was out, nothing else.
//
// A thread begins at a slot of its own, on a cache line of its own. With as many slots as cores,
// threads that run at the same time hardly ever meet.

#include <algorithm>
#include <atomic>
#include <bit>
#include <cstddef>
#include <memory>
#include <new>
#include <thread>

#include "base/thread_number.hpp"

namespace jwks {
inline namespace v0 {
namespace crypto {

/// Keeps at most `kMaxSlots` contexts, and no more than the machine has cores (rounded up to a
/// power of two, at least 2). The slots take 64 bytes each; they are made at the second use,
/// because many a key is used once (a DPoP proof's). *Threading:* any number of threads.
template <class Context>
class Kept {
 public:
  using Ptr = std::unique_ptr<Context>;

  static constexpr std::size_t kMaxSlots = 64;

  Kept() noexcept = default;
  /// *Precondition:* nobody uses `other`, now or ever.
  Kept(Kept&& other) noexcept
      : used_(other.used_.load(std::memory_order_relaxed)),
        slots_(other.slots_.exchange(nullptr, std::memory_order_relaxed)) {}
  Kept& operator=(Kept&&) = delete;
  ~Kept() { delete slots_.load(std::memory_order_acquire); }

  /// Tells whether contexts are worth making: not at the first call, and not without memory.
  [[nodiscard]] bool is_ready() noexcept {
    if (slots_.load(std::memory_order_acquire) != nullptr) return true;
    if (!used_.exchange(true, std::memory_order_relaxed)) return false;
    return make_slots();
  }

  /// Null if there is none at hand. *Precondition:* `is_ready()`.
  [[nodiscard]] Ptr take() noexcept {
    Slots& slots = *slots_.load(std::memory_order_acquire);
    for (std::size_t step = 0; step < kReach; ++step) {
      std::atomic<Context*>& slot = slots.from(thread_number() + step);
      if (slot.load(std::memory_order_relaxed) == nullptr) continue;
      if (Context* const context = slot.exchange(nullptr, std::memory_order_acquire)) {
        return Ptr(context);
      }
    }
    return nullptr;
  }

  /// For the next one to take, if there is room; else it is freed. *Precondition:* `is_ready()`.
  void put(Ptr context) noexcept {
    Slots& slots = *slots_.load(std::memory_order_acquire);
    for (std::size_t step = 0; step < kReach; ++step) {
      Context* empty = nullptr;
      if (slots.from(thread_number() + step)
              .compare_exchange_strong(empty, context.get(), std::memory_order_release,
                                       std::memory_order_relaxed)) {
        static_cast<void>(context.release());
        return;
      }
    }
  }

 private:
  /// How many slots a thread looks at: another's context is better than a new one.
  static constexpr std::size_t kReach = 2;

  class Slots {
   public:
    Slots() : count_(wanted()), slots_(new Slot[count_]) {}
    ~Slots() {
      for (std::size_t i = 0; i < count_; ++i) delete from(i).load(std::memory_order_acquire);
    }
    Slots(const Slots&) = delete;
    Slots& operator=(const Slots&) = delete;

    [[nodiscard]] std::atomic<Context*>& from(std::size_t number) noexcept {
      return slots_[number & (count_ - 1)].context;
    }

   private:
    // Not std::hardware_destructive_interference_size: it may differ between translation units.
    struct alignas(64) Slot {
      std::atomic<Context*> context{nullptr};
    };
    static std::size_t wanted() noexcept {
      const std::size_t cores = std::thread::hardware_concurrency();
      return std::bit_ceil(std::clamp<std::size_t>(cores, 2, kMaxSlots));
    }

    std::size_t count_;
    std::unique_ptr<Slot[]> slots_;
  };

  bool make_slots() noexcept try {
    auto made = std::make_unique<Slots>();
    Slots* winner = nullptr;
    if (slots_.compare_exchange_strong(winner, made.get(), std::memory_order_acq_rel)) {
      static_cast<void>(made.release());
    }
    return true;
  } catch (const std::bad_alloc&) {
    return false;
  }

  std::atomic<bool> used_{false};
  std::atomic<Slots*> slots_{nullptr};
};

}  // namespace crypto
}  // namespace v0
}  // namespace jwks
