#pragma once

// Keys that no issuer signs with, for tokens and key sets that are wrong on purpose.

#include <cstdint>

#include "emulator/issuer/signing_key.hpp"

namespace jwks {
inline namespace v0 {
namespace emulator {

enum class SpareKey : std::uint8_t {
  decoy,     ///< published where it does not belong
  stranger,  ///< published nowhere: a forger's
};

/// A key for this use that is made as `like` says. It is generated once in a process, so that a
/// faulty document does not change from one request to the next, and a forged RSA signature does
/// not cost 100 ms. *Failure:* as `SigningKey::generate`. *Threading:* any thread may ask.
[[nodiscard]] Result<SigningKey> spare_key(SpareKey use, const KeyOptions& like);

}  // namespace emulator
}  // namespace v0
}  // namespace jwks
