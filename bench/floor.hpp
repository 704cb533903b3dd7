#pragma once

// The limit: one bare signature check by OpenSSL in the fastest way that OpenSSL 3 is known to
// have.
//
// Everything that can be done once is done once: the key is parsed, the digest fetched, the
// contexts are initialised and kept, an ECDSA signature is DER already. What is left per check is
// hashing and the signature itself.

#include <string>
#include <string_view>

#include "crypto/openssl.hpp"
#include "crypto/public_key.hpp"
#include "jwks/algorithm.hpp"

namespace bench {

/// A signature as the bare check takes it.
struct SignedText {
  std::string input;
  std::string signature;
};

/// *Threading:* one thread, as its contexts.
class Floor {
 public:
  Floor(jwks::Algorithm algorithm, const jwks::crypto::PublicKey& key);

  /// Prepares a compact JWS.
  [[nodiscard]] SignedText prepare(std::string_view token) const;
  [[nodiscard]] bool verify(const SignedText& text) const noexcept;

 private:
  [[nodiscard]] bool verify_eddsa(const SignedText& text) const noexcept;

  jwks::Algorithm algorithm_;
  jwks::crypto::EvpMdPtr digest_;  // none for EdDSA
  jwks::crypto::EvpMdCtxPtr hash_context_;
  jwks::crypto::EvpPkeyCtxPtr key_context_;
};

}  // namespace bench
