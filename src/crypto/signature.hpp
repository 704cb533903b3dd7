#pragma once

// Checking signatures: one alone, or one after the other by the same key.

#include <string_view>

#include "crypto/kept.hpp"
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

class SignatureCheck;

/// The same for a key that many signatures are checked with: keeps what OpenSSL needs for it.
///
/// Memory: from the second signature on, for each of up to 64 threads that verify at the same time
/// one context of 1 KiB (RSA with 2048 bits: 3 KiB).
class JWKS_INTERNAL SignatureChecks {
 public:
  SignatureChecks() noexcept;
  SignatureChecks(SignatureChecks&& unused) noexcept;
  ~SignatureChecks();

  /// As `verify_signature`. *Precondition:* always the same key. *Threading:* any number of
  /// threads; without a lock.
  [[nodiscard]] bool verify(Algorithm algorithm, const PublicKey& key,
                            std::string_view signing_input,
                            std::string_view signature) const noexcept;

 private:
  mutable Kept<SignatureCheck> kept_;
};

}  // namespace crypto
}  // namespace v0
}  // namespace jwks
