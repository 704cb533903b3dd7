#pragma once

// One signature check, per algorithm.

#include <string_view>

#include "crypto/public_key.hpp"
#include "jwks/algorithm.hpp"
#include "jwks/export.hpp"

namespace jwks {
inline namespace v0 {
namespace crypto {

/// Tells whether `signature` (as in the third segment of a JWS, decoded) is this key's signature
/// over `signing_input`. False for a key that does not suit, a wrong length, and any failure of
/// OpenSSL. *Threading:* reentrant. The thread's OpenSSL error queue is left as it was.
[[nodiscard]] JWKS_INTERNAL bool verify_signature(Algorithm algorithm, const PublicKey& key,
                                                  std::string_view signing_input,
                                                  std::string_view signature) noexcept;

}  // namespace crypto
}  // namespace v0
}  // namespace jwks
