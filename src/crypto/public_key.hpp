#pragma once

// A public key that passed every check, in the form that OpenSSL verifies with.
//
// OpenSSL imports keys that must never be used (an RSA exponent of 1 verifies a forged signature;
// an even modulus or a 2040-bit exponent are taken as they come), so the checks are here, and every
// way in (JWK members, PEM) ends in the same three functions.

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "jwks/export.hpp"
#include "jwks/result.hpp"

struct evp_pkey_st;  // OpenSSL's EVP_PKEY

namespace jwks {
inline namespace v0 {
namespace crypto {

enum class KeyType : std::uint8_t { rsa, ec, okp };
enum class Curve : std::uint8_t { none, p256, p384, p521, ed25519 };

inline constexpr int kMinRsaBits = 2048;  // RFC 7518 §3.3
inline constexpr int kMaxRsaBits = 8192;  // above it one verification costs milliseconds

/// *Threading:* immutable; copies share the OpenSSL object, which any number of threads may use.
class JWKS_INTERNAL PublicKey {
 public:
  // All numbers are big-endian. *Failure:* `key_rejected` with the reason.

  /// RSA modulus and exponent, without leading zero bytes (RFC 7518 §2, Base64urlUInt).
  [[nodiscard]] static Result<PublicKey> rsa(std::string_view n, std::string_view e);
  /// Coordinates of exactly the curve's size (RFC 7518 §6.2.1.2).
  [[nodiscard]] static Result<PublicKey> ec(Curve curve, std::string_view x, std::string_view y);
  /// The encoded point of an Ed25519 key (RFC 8037 §2).
  [[nodiscard]] static Result<PublicKey> okp(Curve curve, std::string_view x);
  /// One PEM block: PUBLIC KEY, RSA PUBLIC KEY or CERTIFICATE. A private key is refused.
  [[nodiscard]] static Result<PublicKey> from_pem(std::string_view pem);

  [[nodiscard]] KeyType type() const noexcept { return type_; }
  [[nodiscard]] Curve curve() const noexcept { return curve_; }
  [[nodiscard]] int bits() const noexcept { return bits_; }
  /// RSA: n; EC and OKP: x.
  [[nodiscard]] std::string_view first() const noexcept { return first_; }
  /// RSA: e; EC: y; OKP: empty.
  [[nodiscard]] std::string_view second() const noexcept { return second_; }
  [[nodiscard]] evp_pkey_st* handle() const noexcept { return handle_.get(); }

 private:
  PublicKey(KeyType type, Curve curve, int bits, std::string_view first, std::string_view second,
            std::shared_ptr<evp_pkey_st> handle)
      : handle_(std::move(handle)),
        first_(first),
        second_(second),
        bits_(bits),
        type_(type),
        curve_(curve) {}

  std::shared_ptr<evp_pkey_st> handle_;
  std::string first_;
  std::string second_;
  int bits_;
  KeyType type_;
  Curve curve_;
};

/// Bytes of one coordinate: 32, 48, 66; of an Ed25519 point: 32.
[[nodiscard]] JWKS_INTERNAL std::size_t coordinate_size(Curve curve) noexcept;

}  // namespace crypto
}  // namespace v0
}  // namespace jwks
