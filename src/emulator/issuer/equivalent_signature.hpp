#pragma once

// Signatures that say the same with other numbers: what makes a signature, or the token that ends
// in it, no proof of having been seen before.

#include <string>
#include <string_view>

#include "crypto/key_kind.hpp"
#include "jwks/result.hpp"

namespace jwks {
inline namespace v0 {
namespace emulator {

/// The JWS signature with its second half s replaced: by n − s for ECDSA, n being the order of the
/// curve, which verifies as well (SEC 1 §4.1.4); by s + L for EdDSA, which RFC 8032 §5.1.7 forbids.
/// *Failure:* `bad_config` for RSA and for what is no such signature.
[[nodiscard]] Result<std::string> equivalent_signature(crypto::KeyKind kind,
                                                       std::string_view signature);

}  // namespace emulator
}  // namespace v0
}  // namespace jwks
