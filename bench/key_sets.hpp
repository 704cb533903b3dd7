#pragma once

// What it costs to take keys in.

#include <deque>

#include "bench/table.hpp"
#include "bench/verifying.hpp"

namespace bench {

/// `keys/…`: documents of 100 keys, parsed, and from the answer of the issuer until they are
/// published; and `first token/…` of each subject that has an issuer.
void register_key_sets(Table& table, const std::deque<Subject>& subjects);

}  // namespace bench
