#pragma once

// The limit: one bare signature check by OpenSSL in the fastest way that OpenSSL 3 is known to
// have.
//
// Everything that can be done once is done once: the key is parsed, the digest fetched, the
// contexts are initialised and kept, an ECDSA signature is DER already. What is left per check is
// hashing and the signature itself. For HMAC the two keyed states are hashed once and copied: that
// takes 0.90 × the time of a kept EVP_MAC_CTX that is initialised without a key.

#include <array>
#include <string>
#include <string_view>

#include "bench/samples.hpp"
#include "crypto/openssl.hpp"
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
  explicit Floor(const Samples& samples);

  /// Checks the signature of the token with this number, see Samples::token. *Failure:* false.
  [[nodiscard]] bool verify(int number) const noexcept {
    return verify(texts_[static_cast<unsigned>(number) % kTokensPerAlgorithm]);
  }

 private:
  void init_eddsa(const jwks::crypto::PublicKey& key);
  void init_key(const jwks::crypto::PublicKey& key);
  void init_hmac(std::string_view secret);
  [[nodiscard]] SignedText prepare(std::string_view token) const;
  [[nodiscard]] bool verify(const SignedText& text) const noexcept;
  [[nodiscard]] bool verify_eddsa(const SignedText& text) const noexcept;
  [[nodiscard]] bool verify_hmac(const SignedText& text) const noexcept;

  jwks::Algorithm algorithm_;
  jwks::crypto::EvpMdPtr digest_;  // none for EdDSA
  jwks::crypto::EvpMdCtxPtr hash_context_;
  jwks::crypto::EvpPkeyCtxPtr key_context_;  // none for EdDSA and HMAC
  jwks::crypto::EvpMdCtxPtr inner_;          // HMAC: after the key with ipad (RFC 2104 §2)
  jwks::crypto::EvpMdCtxPtr outer_;          // and with opad
  std::array<SignedText, kTokensPerAlgorithm> texts_;
};

}  // namespace bench
