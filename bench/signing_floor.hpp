#pragma once

// The limit for minting: one bare signature by OpenSSL, with everything done before that can be
// done once: the key is parsed, the digest fetched, the contexts are initialised and kept. An ECDSA
// signature stays in ASN.1.

#include <array>
#include <string>
#include <string_view>

#include "crypto/openssl.hpp"
#include "jwks/algorithm.hpp"

namespace bench {

/// *Threading:* one thread, as its contexts.
class SigningFloor {
 public:
  /// Ends the program with a message if OpenSSL can't.
  SigningFloor(jwks::Algorithm algorithm, const std::string& private_pem);

  [[nodiscard]] bool sign(std::string_view input) noexcept;

 private:
  jwks::crypto::EvpPkeyPtr key_;
  jwks::crypto::EvpMdPtr digest_;  // none for EdDSA
  jwks::crypto::EvpMdCtxPtr hash_context_;
  jwks::crypto::EvpPkeyCtxPtr key_context_;
  std::array<unsigned char, 1024> signature_{};
};

}  // namespace bench
