#include "faults/faults.hpp"

#include <cstdlib>
#include <new>

namespace fault {
namespace {

struct State {
  bool armed = false;
  bool fired = false;
  Kind kind = Kind::zero;
  std::size_t nth = 0;
  std::size_t seen = 0;
};
thread_local State state;

bool count() noexcept {
  if (!state.armed || ++state.seen != state.nth) return false;
  state.armed = false;
  state.fired = true;
  return true;
}

}  // namespace

void arm(Kind kind, std::size_t nth) noexcept { state = {true, false, kind, nth, 0}; }

bool disarm() noexcept {
  state.armed = false;
  return state.fired;
}

std::size_t counted() noexcept { return state.seen; }

bool due(Kind& kind) noexcept {
  kind = state.kind;
  return state.kind != Kind::memory && count();
}

bool allocation_due() noexcept { return state.kind == Kind::memory && count(); }

}  // namespace fault

// Replaces the global allocation functions of the test program.
void* operator new(std::size_t size) {
  if (fault::allocation_due()) throw std::bad_alloc();
  void* const memory = std::malloc(size == 0 ? 1 : size);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}
void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  return fault::allocation_due() ? nullptr : std::malloc(size == 0 ? 1 : size);
}
void* operator new(std::size_t size, std::align_val_t alignment) {
  if (fault::allocation_due()) throw std::bad_alloc();
  const auto align = static_cast<std::size_t>(alignment);
  void* const memory = std::aligned_alloc(align, (size + align - 1) / align * align);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete(void* memory, const std::nothrow_t&) noexcept { std::free(memory); }
void operator delete(void* memory, std::align_val_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept { std::free(memory); }
