#include "attacks/allocations.hpp"

#include <cstdlib>
#include <new>

namespace {

thread_local std::size_t g_count = 0;
thread_local std::size_t g_bytes = 0;

void* allocate(std::size_t size, std::size_t alignment = alignof(std::max_align_t)) {
  ++g_count;
  g_bytes += size;
  // aligned_alloc wants a multiple of the alignment.
  const std::size_t rounded = (size + alignment - 1) / alignment * alignment;
  void* memory = std::aligned_alloc(alignment, rounded == 0 ? alignment : rounded);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}

}  // namespace

// The other forms of new and delete call these (C++20 [new.delete]).
void* operator new(std::size_t size) { return allocate(size); }
void* operator new(std::size_t size, std::align_val_t alignment) {
  return allocate(size, static_cast<std::size_t>(alignment));
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::align_val_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept { std::free(memory); }

namespace test {

Allocations::Allocations() noexcept : count_before_(g_count), bytes_before_(g_bytes) {}
std::size_t Allocations::count() const noexcept { return g_count - count_before_; }
std::size_t Allocations::bytes() const noexcept { return g_bytes - bytes_before_; }

}  // namespace test
