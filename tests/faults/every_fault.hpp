#pragma once

// Lets everything that can fail do so, one after the other.

#include <openssl/err.h>

#include <cstddef>
#include <limits>
#include <new>

#include "faults/faults.hpp"
#include "support/catch.hpp"

namespace fault {

/// How many calls `run` makes when none fails.
template <class Run>
std::size_t count_calls(Kind kind, Run run) {
  fault::arm(kind, std::numeric_limits<std::size_t>::max());
  run();
  CHECK_FALSE(fault::disarm());
  return fault::counted();
}

/// Lets each call fail in turn, and expects of every run that `accepts` says no. Before each of
/// them `prepare` runs without a fault. Returns how many calls there were. Of the thousands of
/// equal calls in the middle of a key check some are left out.
template <class Prepare, class Accepts>
std::size_t refuses_every_fault(Kind kind, Prepare prepare, Accepts accepts) {
  constexpr std::size_t kEnds = 100;
  constexpr std::size_t kStride = 61;  // has no factor in common with the loops' lengths
  prepare();
  REQUIRE(accepts());  // without a fault; and what is made once per process is made now
  prepare();
  const std::size_t calls = count_calls(kind, accepts);
  for (std::size_t nth = 1; nth <= calls; ++nth) {
    if (nth > kEnds && nth + kEnds < calls && nth % kStride != 0) continue;
    prepare();
    fault::arm(kind, nth);
    const bool accepted = accepts();
    const bool failed = fault::disarm();
    CAPTURE(static_cast<int>(kind), nth, calls);
    CHECK(failed);
    CHECK_FALSE(accepted);
    CHECK(ERR_peek_error() == 0);
    ERR_clear_error();
  }
  return calls;
}

/// The same with nothing to prepare. What a key keeps from its first uses on is made before.
template <class Accepts>
std::size_t refuses_every_fault(Kind kind, Accepts accepts) {
  REQUIRE(accepts());
  REQUIRE(accepts());
  return refuses_every_fault(kind, [] {}, accepts);
}

/// What may throw says so by std::bad_alloc.
template <class Call>
bool succeeds(Call call) {
  try {
    return static_cast<bool>(call());
  } catch (const std::bad_alloc&) {
    return false;
  }
}

}  // namespace fault
