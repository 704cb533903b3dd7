#include "bench/allocations/counting.hpp"

#include <openssl/crypto.h>

#include <cstdlib>
#include <new>

#include "bench/allocations/locks.hpp"
#include "bench/failure.hpp"

namespace bench {
namespace {

thread_local Counters g_counters;

void* try_allocate(std::size_t size) noexcept {
  ++g_counters.ours;
  return std::malloc(size == 0 ? 1 : size);
}

void* try_allocate(std::size_t size, std::align_val_t alignment) noexcept {
  ++g_counters.ours;
  // aligned_alloc wants a multiple of the alignment, and more than nothing.
  const auto unit = static_cast<std::size_t>(alignment);
  const std::size_t rounded = (size + unit - 1) / unit * unit;
  return std::aligned_alloc(unit, rounded == 0 ? unit : rounded);
}

void* not_null(void* memory) {
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}

void* openssl_malloc(std::size_t size, const char*, int) {
  ++g_counters.openssl;
  return std::malloc(size);
}
void* openssl_realloc(void* memory, std::size_t size, const char*, int) {
  ++g_counters.openssl;
  return std::realloc(memory, size);
}
void openssl_free(void* memory, const char*, int) { std::free(memory); }

}  // namespace

void count_exclusive_lock() noexcept { ++g_counters.exclusive_locks; }
void count_shared_lock() noexcept { ++g_counters.shared_locks; }

void count_openssl() {
  require(CRYPTO_set_mem_functions(&openssl_malloc, &openssl_realloc, &openssl_free) == 1,
          "OpenSSL has allocated already");
}

Counters counters_so_far() noexcept { return g_counters; }

}  // namespace bench

// The forms for arrays and those that don't throw call these.
void* operator new(std::size_t size) { return bench::not_null(bench::try_allocate(size)); }
void* operator new(std::size_t size, std::align_val_t alignment) {
  return bench::not_null(bench::try_allocate(size, alignment));
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::align_val_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept { std::free(memory); }
