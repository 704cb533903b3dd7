#pragma once

// What `HttpServer` does to the bytes of an answer, or to a connection before there is one. Which
// fault hits which request is decided elsewhere (control/fault_plan.hpp).

#include <chrono>
#include <cstdint>

#include "jwks/emulator_options.hpp"

namespace jwks {
inline namespace v0 {
namespace emulator {

/// A fault of the answer's bytes, with the defaults of its kind filled in.
struct WireFault {
  FaultKind kind = FaultKind::reset;
  std::uint64_t bytes = 0;
  std::chrono::milliseconds pause{100};
};

/// What happens to a connection before its first request.
enum class ConnectionFault : std::uint8_t {
  none,
  stall,
  tls_expired,
  tls_wrong_host,
  tls_self_signed
};

}  // namespace emulator
}  // namespace v0
}  // namespace jwks
