#pragma once

// Hooks and faults as the control endpoints take and show them. Durations are seconds, with a
// fraction or without; what is absent has the default of the C++ types.

#include <string>

#include "emulator/control/object_reader.hpp"
#include "jwks/emulator_options.hpp"

namespace jwks {
inline namespace v0 {
namespace emulator {

///   {"method": "GET", "path": "/oauth2/jwks", "status": 503, "body": {"any": "JSON"},
///    "headers": {"Retry-After": "5"}, "count": 3, "rate_limit": {"requests": 10, "window": 60}}
///
/// A "body" that is a string is sent as it is. The status of a rate limit is 429 unless given.
[[nodiscard]] Hook read_hook(ObjectReader& members);
[[nodiscard]] std::string to_json(const Hook& hook);

///   {"kind": "truncate", "method": "GET", "path": "/oauth2/jwks", "count": 3, "probability": 0.5,
///    "for": 60, "bytes": 100, "pause": 0.1, "location": "https://…", "content_type": "text/css"}
[[nodiscard]] Fault read_fault(ObjectReader& members);
[[nodiscard]] std::string to_json(const Fault& fault);

}  // namespace emulator
}  // namespace v0
}  // namespace jwks
