#pragma once

// What it costs to mint a token, and to have an emulator that can.

#include "bench/crew.hpp"
#include "bench/table.hpp"

namespace bench {

/// Registers `mint/<alg>`, a token by `Emulator::issue` over a bare OpenSSL signature of the same
/// bytes, and `start/…`, the time until an emulator with pinned keys listens. Ends the program with
/// a message if it can't.
void register_minting(Table& table, Crew& crew);

}  // namespace bench
