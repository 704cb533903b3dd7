#pragma once

// The kinds of public key that signatures are checked with, and all that tells them apart, as one
// table: RSA, and for each curve and each parameter set of ML-DSA a kind of its own.

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "jwks/algorithm.hpp"
#include "jwks/export.hpp"

namespace jwks {
inline namespace v0 {
namespace crypto {

/// "kty" (RFC 7518 §6.1, RFC 8037 §2, RFC 9964 §3).
enum class KeyType : std::uint8_t { rsa, ec, okp, akp };

enum class KeyKind : std::uint8_t {
  rsa,
  p256,
  p384,
  p521,
  secp256k1,
  ed25519,
  ed448,
  ml_dsa_44,
  ml_dsa_65,
  ml_dsa_87,
};

struct KindTraits {
  KeyKind kind;
  KeyType type;
  std::string_view name;       ///< "crv" of EC and OKP, "alg" of AKP; empty for RSA
  const char* openssl_type;    ///< OpenSSL's name of the key type
  const char* openssl_group;   ///< OpenSSL's name of the curve; EC only, else null
  std::size_t size;            ///< bytes of a coordinate (EC) or of the encoded key; 0 for RSA
  std::size_t signature_size;  ///< bytes; 0 for RSA, where it is that of the modulus
  int bits;                    ///< of the curve or the encoded key; 0 for RSA
  AlgorithmSet algorithms;     ///< what such a key may verify, unless its "alg" says less
};

inline constexpr std::array<KindTraits, 10> kKeyKinds{{
    {KeyKind::rsa,
     KeyType::rsa,
     "",
     "RSA",
     nullptr,
     0,
     0,
     0,
     {Algorithm::rs256, Algorithm::rs384, Algorithm::rs512, Algorithm::ps256, Algorithm::ps384,
      Algorithm::ps512}},
    {KeyKind::p256, KeyType::ec, "P-256", "EC", "prime256v1", 32, 64, 256, {Algorithm::es256}},
    {KeyKind::p384, KeyType::ec, "P-384", "EC", "secp384r1", 48, 96, 384, {Algorithm::es384}},
    {KeyKind::p521, KeyType::ec, "P-521", "EC", "secp521r1", 66, 132, 521, {Algorithm::es512}},
    {KeyKind::secp256k1,
     KeyType::ec,
     "secp256k1",
     "EC",
     "secp256k1",
     32,
     64,
     256,
     {Algorithm::es256k}},
    {KeyKind::ed25519,
     KeyType::okp,
     "Ed25519",
     "ED25519",
     nullptr,
     32,
     64,
     256,
     {Algorithm::eddsa, Algorithm::ed25519}},
    {KeyKind::ed448,
     KeyType::okp,
     "Ed448",
     "ED448",
     nullptr,
     57,
     114,
     448,
     {Algorithm::eddsa, Algorithm::ed448}},
    {KeyKind::ml_dsa_44,
     KeyType::akp,
     "ML-DSA-44",
     "ML-DSA-44",
     nullptr,
     1312,
     2420,
     8 * 1312,
     {Algorithm::ml_dsa_44}},
    {KeyKind::ml_dsa_65,
     KeyType::akp,
     "ML-DSA-65",
     "ML-DSA-65",
     nullptr,
     1952,
     3309,
     8 * 1952,
     {Algorithm::ml_dsa_65}},
    {KeyKind::ml_dsa_87,
     KeyType::akp,
     "ML-DSA-87",
     "ML-DSA-87",
     nullptr,
     2592,
     4627,
     8 * 2592,
     {Algorithm::ml_dsa_87}},
}};

[[nodiscard]] constexpr const KindTraits& traits_of(KeyKind kind) noexcept {
  return kKeyKinds[static_cast<std::size_t>(kind)];
}

/// Tells whether a key of this kind can verify this algorithm (RFC 7518 §3.1, RFC 8037 §3.1,
/// RFC 8812 §3.2, RFC 9864 §2, RFC 9964 §2).
[[nodiscard]] constexpr bool suits(Algorithm algorithm, KeyKind kind) noexcept {
  return traits_of(kind).algorithms.contains(algorithm);
}

/// The registered name of the type.
[[nodiscard]] constexpr std::string_view name_of(KeyType type) noexcept {
  constexpr std::array<std::string_view, 4> kNames = {"RSA", "EC", "OKP", "AKP"};
  return kNames[static_cast<std::size_t>(type)];
}

/// Tells whether the linked OpenSSL, as it is set up, can use keys of this kind.
[[nodiscard]] JWKS_INTERNAL bool is_available(KeyKind kind) noexcept;

}  // namespace crypto
}  // namespace v0
}  // namespace jwks
