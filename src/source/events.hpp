#pragma once

#include <vector>

#include "jwks/observer.hpp"
#include "source/flight.hpp"

namespace jwks {
inline namespace v0 {
namespace source {

/// What an observer is told about a flight that has ended: its outcome, then what changed about the
/// keys held `before` it (null: none) and which entries were skipped.
[[nodiscard]] std::vector<Event> tell(const Flight& flight, const FlightResult& result,
                                      const SnapshotPtr& before, SteadyTime now);

}  // namespace source
}  // namespace v0
}  // namespace jwks
