#pragma once

// The part of counting.hpp that is about locks.

#include <cstddef>

namespace bench {

void count_exclusive_lock() noexcept;
void count_shared_lock() noexcept;

}  // namespace bench
