#pragma once

// Many threads over few.

#include <deque>

#include "bench/crew.hpp"
#include "bench/table.hpp"
#include "bench/verifying.hpp"

namespace bench {

inline constexpr unsigned kMostThreads = 8;

/// `scaling/…`: the throughput of two threads over that of one. `contention/…`: the time by the
/// clock on the wall that passes per verification at 1, 2, 4 and 8 threads, and the CPU time that
/// one takes. `subjects` have floors for kMostThreads.
void register_scaling(Table& table, Crew& crew, const std::deque<Subject>& subjects);

}  // namespace bench
