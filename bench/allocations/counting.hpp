#pragma once

// Counts what is allocated, by operator new and by OpenSSL, and what locks are taken, by whomever.
// Linked into jwks_bench_allocations only: counting costs time.

#include <cstddef>

namespace bench {

struct Counters {
  std::size_t ours = 0;     ///< calls of operator new, in whatever form
  std::size_t openssl = 0;  ///< calls of OpenSSL's malloc and realloc
  std::size_t exclusive_locks = 0;
  std::size_t shared_locks = 0;
};

/// To be called before anything of OpenSSL. *Failure:* ends the program with a message.
void count_openssl();

/// Of this thread, up to now.
[[nodiscard]] Counters counters_so_far() noexcept;

}  // namespace bench
