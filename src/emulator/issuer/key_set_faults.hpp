#pragma once

// JWK Sets that are wrong: what a verifier has to cope with when an issuer makes a mistake.

#include <string>

#include "emulator/issuer/keyring.hpp"
#include "jwks/emulator_options.hpp"

namespace jwks {
inline namespace v0 {
namespace emulator {

/// Tells whether this is a fault of the key set.
[[nodiscard]] bool is_key_set_fault(FaultKind kind) noexcept;

/// The JWK Set document of `snapshot` with this fault, whose meaning is in
/// jwks/emulator_options.hpp; without one for faults of other kinds. The same keys give the same
/// document in one process.
[[nodiscard]] std::string faulty_key_set(FaultKind kind, const KeySnapshot& snapshot);

}  // namespace emulator
}  // namespace v0
}  // namespace jwks
