#pragma once

// A public key that passed every check, in the form that OpenSSL verifies with.
//
// OpenSSL imports keys that must never be used (an RSA exponent of 1 verifies a forged signature;
// an even modulus, a 2040-bit exponent or an Edwards point of small order are taken as they come),
// so the checks are here, and every way in (JWK members, PEM) ends in the same three functions.

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "crypto/key_kind.hpp"
#include "crypto/key_material.hpp"
#include "jwks/export.hpp"
#include "jwks/result.hpp"

namespace jwks {
inline namespace v0 {
namespace crypto {

inline constexpr int kMinRsaBits = 2048;  // RFC 7518 §3.3
inline constexpr int kMaxPrimalityBits = 4096;
inline constexpr int kMaxRsaBits = 8192;  // above it one verification costs milliseconds

/// How far a key is checked.
enum class Scrutiny : std::uint8_t {
  full,
  /// For the key of a stranger who proves that he holds it, such as a DPoP proof's: leaves out that
  /// an RSA modulus is no prime. It costs up to 300 times a verification and protects him alone.
  presented,
};

/// *Threading:* immutable; copies share the OpenSSL object, which any number of threads may use.
class JWKS_INTERNAL PublicKey {
 public:
  // All numbers are big-endian. *Failure:* `key_rejected` with the reason.

  /// RSA modulus and exponent, without leading zero bytes (RFC 7518 §2, Base64urlUInt).
  [[nodiscard]] static Result<PublicKey> rsa(std::string_view n, std::string_view e,
                                             Scrutiny scrutiny = Scrutiny::full);
  /// Coordinates of exactly the curve's size (RFC 7518 §6.2.1.2). `kind` is one of type EC.
  [[nodiscard]] static Result<PublicKey> ec(KeyKind kind, std::string_view x, std::string_view y);
  /// The encoded key: "x" of type OKP (RFC 8037 §2), "pub" of type AKP (RFC 9964 §3).
  [[nodiscard]] static Result<PublicKey> encoded(KeyKind kind, std::string_view key);
  /// Whichever of the three the material is for.
  [[nodiscard]] static Result<PublicKey> from_material(const KeyMaterial& material);
  /// One PEM block: PUBLIC KEY, RSA PUBLIC KEY or CERTIFICATE. A private key is refused.
  [[nodiscard]] static Result<PublicKey> from_pem(std::string_view pem);

  [[nodiscard]] KeyKind kind() const noexcept { return material_.kind; }
  [[nodiscard]] KeyType type() const noexcept { return traits_of(kind()).type; }
  /// RSA: of the modulus; else of the curve or the encoded key.
  [[nodiscard]] int bits() const noexcept;
  [[nodiscard]] const KeyMaterial& material() const noexcept { return material_; }
  /// Bytes of every signature by this key.
  [[nodiscard]] std::size_t signature_size() const noexcept {
    return kind() == KeyKind::rsa ? material_.first.size() : traits_of(kind()).signature_size;
  }
  [[nodiscard]] evp_pkey_st* handle() const noexcept { return handle_.get(); }
  /// SubjectPublicKeyInfo. *Failure:* `out_of_memory`.
  [[nodiscard]] Result<std::string> to_pem() const;

 private:
  PublicKey(KeyMaterial material, std::shared_ptr<evp_pkey_st> handle)
      : handle_(std::move(handle)), material_(std::move(material)) {}

  std::shared_ptr<evp_pkey_st> handle_;
  KeyMaterial material_;
};

}  // namespace crypto
}  // namespace v0
}  // namespace jwks
