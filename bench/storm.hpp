#pragma once

// "Issuer storm": what the verification of a token whose key is known costs while the issuer hangs
// and strangers send tokens with random kids.
//
// Both modes have the same threads: some verify a good token and take the time of each call, as
// many others refuse tokens of random kids as fast as they can. In the calm mode those are refused
// by the pure core, which knows no issuer; in the storm they go through the verifier, whose issuer
// was asked and does not answer. So the machine is equally busy, and what differs is what we add.
// The strangers' calls don't wait (verify_cached): waiting callers would use no CPU and make the
// storm look cheap.

#include <chrono>

#include "bench/samples.hpp"
#include "bench/table.hpp"

namespace bench {

struct StormOptions {
  double seconds = 30;   ///< of measuring, both modes and all repetitions together; 0: left out
  unsigned threads = 0;  ///< that verify, and as many strangers; 0: half of the cores
};

/// Registers one benchmark each for p50, p99 and p99.9; they share their measurements.
void register_storm(Table& table, const Samples& samples, const StormOptions& options);

}  // namespace bench
