#include "base/thread_number.hpp"

#include <atomic>

namespace jwks {
inline namespace v0 {
namespace {

constinit std::atomic<std::size_t> threads{0};

}  // namespace

std::size_t thread_number() noexcept {
  // One more than the number. A constant first value: access needs no guard.
  thread_local constinit std::size_t mine = 0;  // NOLINT(misc-use-internal-linkage)
  if (mine == 0) mine = threads.fetch_add(1, std::memory_order_relaxed) + 1;
  return mine - 1;
}

}  // namespace v0
}  // namespace jwks
