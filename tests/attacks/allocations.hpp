#pragma once

// Counts what operator new hands out, so that "refusing a hostile token costs no memory" is a test.
// Linked into attack_tests only. OpenSSL allocates with malloc and is not counted; a token that is
// refused before its signature is checked does not get there.

#include <cstddef>

namespace test {

/// Calls of operator new and their bytes, on this thread, since it was made.
class Allocations {
 public:
  Allocations() noexcept;
  [[nodiscard]] std::size_t count() const noexcept;
  [[nodiscard]] std::size_t bytes() const noexcept;

 private:
  std::size_t count_before_;
  std::size_t bytes_before_;
};

}  // namespace test
