#pragma once

#include <deque>

#include "bench/crew.hpp"
#include "bench/table.hpp"
#include "bench/verifying.hpp"

namespace bench {

/// `peer/<name>/<alg>`, over the same floor as ours, for every peer that was built in. Ends the
/// program if one refuses a good token or accepts a spoiled one.
void register_peers(Table& table, Crew& crew, const std::deque<Subject>& subjects);

}  // namespace bench
