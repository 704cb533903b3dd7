#pragma once

// `SigningKey`: a private key of the emulator, and the public JWK that goes with it.
//
// It is generated or read from PEM or JWK, is pinned to one algorithm, and can sign. Signing takes
// the algorithm once more, so that a test can make what a correct issuer never would: a PS256
// signature by an RS256 key, or SHA-384 with a P-256 key. Keys protect nothing: they live for a
// test.
//
// Ownership: copies share one key, which is freed with the last of them. Threading: immutable; any
// thread may sign.

#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

#include "jwks/algorithm.hpp"
#include "jwks/emulator_options.hpp"
#include "jwks/result.hpp"

namespace jwks {
inline namespace v0 {
namespace emulator {

/// Where a signature leaves the rules of its algorithm.
struct Deviation {
  std::string digest{};             ///< hashes with "SHA1", "SHA256", "SHA384" or "SHA512"
  std::optional<int> salt_bytes{};  ///< of RSASSA-PSS, in place of the digest's length
};

class SigningKey {
 public:
  /// Makes a new key: for EdDSA one of Ed25519. `rsa_bits` counts for RSA only; sizes that a
  /// verifier must refuse are allowed from 512 up. *Failure:* `bad_config` if OpenSSL can't, and
  /// for HMAC, which has no key pair.
  [[nodiscard]] static Result<SigningKey> generate(Algorithm algorithm, std::string key_id = {},
                                                   unsigned rsa_bits = 2048);
  /// Makes a new key of these options, whose `pem` and `jwk` don't count. *Failure:* as above, for
  /// a curve that is not the algorithm's, and soon after `stop` is requested.
  [[nodiscard]] static Result<SigningKey> generate(const KeyOptions& options,
                                                   const std::stop_token& stop = {});
  /// Tells whether there are keys of this algorithm and curve, and OpenSSL has them.
  [[nodiscard]] static bool can_generate(const KeyOptions& options) noexcept;
  /// Reads an unencrypted PKCS#8 private key. *Failure:* `bad_config` if it is none, or of a type
  /// that does not fit the algorithm.
  [[nodiscard]] static Result<SigningKey> from_pem(std::string_view pem, Algorithm algorithm,
                                                   std::string key_id = {});
  /// Reads a private key as a JWK of kty RSA, EC or OKP (RFC 7518 §6.2, §6.3, RFC 8037 §2).
  /// *Failure:* `bad_config` if it is none, if its halves don't belong together, or if its type or
  /// its "alg" does not fit the algorithm.
  [[nodiscard]] static Result<SigningKey> from_jwk(std::string_view jwk, Algorithm algorithm,
                                                   std::string key_id = {});

  [[nodiscard]] Algorithm algorithm() const noexcept;
  /// As given, else that of the JWK it was read from, else the thumbprint.
  [[nodiscard]] const std::string& key_id() const noexcept;
  /// What generates another key of its algorithm, size and curve.
  [[nodiscard]] KeyOptions alike() const;
  /// RFC 7638 thumbprint: SHA-256, base64url.
  [[nodiscard]] const std::string& thumbprint() const noexcept;
  /// The public key as a JWK with "kid", "use" and "alg".
  [[nodiscard]] const std::string& public_jwk() const noexcept;
  /// The public key as SubjectPublicKeyInfo.
  [[nodiscard]] const std::string& public_pem() const noexcept;
  /// The same as DER. *Failure:* `bad_config` if OpenSSL can't.
  [[nodiscard]] Result<std::string> public_der() const;
  /// The private key as PKCS#8: what `from_pem` reads.
  [[nodiscard]] Result<std::string> private_pem() const;
  /// The public JWK with its private members: what `from_jwk` reads. *Failure:* `bad_config` for
  /// ML-DSA.
  [[nodiscard]] Result<std::string> private_jwk() const;

  /// The JWS signature over `input`: the digest is the algorithm's, an ECDSA signature is r‖s in
  /// the width of the key's curve (RFC 7518 §3.4), a PSS salt is as long as the digest (§3.5).
  /// *Failure:* `bad_config` if the key's type can't make such a signature.
  [[nodiscard]] Result<std::string> sign(Algorithm algorithm, std::string_view input,
                                         const Deviation& deviation = {}) const;
  [[nodiscard]] Result<std::string> sign(std::string_view input) const {
    return sign(algorithm(), input);
  }
  /// An ECDSA signature in the ASN.1 form that JWS does not allow. *Failure:* as `sign`.
  [[nodiscard]] Result<std::string> sign_der(Algorithm algorithm, std::string_view input,
                                             const Deviation& deviation = {}) const;
  /// What `sign` gave, with its second half s replaced by another that satisfies the same equation:
  /// n − s of ECDSA, which verifies, or s + L of EdDSA, which must not (RFC 8032 §8.4).
  /// *Failure:* `bad_config` for RSA.
  [[nodiscard]] Result<std::string> equivalent(std::string_view signature) const;

 private:
  struct State;
  explicit SigningKey(std::shared_ptr<const State> state) noexcept : state_(std::move(state)) {}
  [[nodiscard]] static Result<SigningKey> adopt(State state, std::string key_id);

  std::shared_ptr<const State> state_;
};

/// The algorithm that a private key's type suggests: RS256, the ECDSA algorithm of its curve,
/// EdDSA, or its parameter set of ML-DSA. Empty if `pem` is no unencrypted private key of such a
/// type.
[[nodiscard]] std::optional<Algorithm> algorithm_for_pem(std::string_view pem);
/// The same for a JWK of this "kty", and "crv" (or "alg" of kty AKP; "" for RSA).
[[nodiscard]] std::optional<Algorithm> algorithm_for_type(std::string_view type,
                                                          std::string_view name) noexcept;

/// The HMAC of `input`, with the digest of "HS256", "HS384" or "HS512" chosen by its bits: for
/// forging tokens whose secret is a public key.
[[nodiscard]] Result<std::string> hmac(unsigned digest_bits, std::string_view secret,
                                       std::string_view input);

}  // namespace emulator
}  // namespace v0
}  // namespace jwks
