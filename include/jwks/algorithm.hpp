#pragma once

// Signature algorithms (RFC 7518 §3, RFC 8037 §3.1, RFC 8812 §3.2, RFC 9864, RFC 9964) and sets of
// them.
//
// An algorithm is never a string inside the library: a header's "alg" either names one of these
// enumerators, byte for byte, or the token is refused with `alg_not_allowed`. There is no "none".
// An `AlgorithmSet` is the allow-list of a policy; it is a small value that never allocates.

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string_view>

#include "jwks/export.hpp"

namespace jwks {
inline namespace v0 {

/// A JWS signature or MAC algorithm. Values are stable and never renumbered.
enum class Algorithm : std::uint8_t {
  rs256 = 1,  ///< RSASSA-PKCS1-v1_5, SHA-256 (RFC 7518 §3.3)
  rs384 = 2,
  rs512 = 3,
  ps256 = 4,  ///< RSASSA-PSS, SHA-256, MGF1-SHA-256, salt of 32 bytes (RFC 7518 §3.5)
  ps384 = 5,
  ps512 = 6,
  es256 = 7,     ///< ECDSA, P-256, SHA-256 (RFC 7518 §3.4)
  es384 = 8,     ///< ECDSA, P-384, SHA-384
  es512 = 9,     ///< ECDSA, P-521, SHA-512
  eddsa = 10,    ///< EdDSA; the curve comes from the key (RFC 8037 §3.1)
  ed25519 = 11,  ///< EdDSA with Ed25519, fully specified (RFC 9864 §2.2)
  ed448 = 12,    ///< EdDSA with Ed448, fully specified (RFC 9864 §2.2)
  es256k = 13,   ///< ECDSA, secp256k1, SHA-256 (RFC 8812 §3.2); never allowed unless listed
  hs256 = 14,    ///< HMAC, SHA-256 (RFC 7518 §3.2); for static secrets only
  hs384 = 15,
  hs512 = 16,
  ml_dsa_44 = 17,  ///< ML-DSA-44 (RFC 9964); where the linked OpenSSL has it (3.5 and newer)
  ml_dsa_65 = 18,
  ml_dsa_87 = 19,
};

/// Returns the registered name, for example "ES256".
[[nodiscard]] JWKS_API std::string_view to_string(Algorithm algorithm) noexcept;

/// Finds the algorithm with exactly this registered name (RFC 7515 §4.1.1: case-sensitive).
[[nodiscard]] JWKS_API std::optional<Algorithm> algorithm_from_name(std::string_view name) noexcept;

/// Tells whether the linked OpenSSL can verify this algorithm. Keys of others are skipped.
[[nodiscard]] JWKS_API bool is_supported(Algorithm algorithm) noexcept;

/// A set of algorithms: the allow-list of a policy.
class AlgorithmSet {
 public:
  constexpr AlgorithmSet() noexcept = default;
  constexpr AlgorithmSet(std::initializer_list<Algorithm> algorithms) noexcept {
    for (const Algorithm algorithm : algorithms) insert(algorithm);
  }

  constexpr void insert(Algorithm algorithm) noexcept { bits_ |= bit(algorithm); }
  [[nodiscard]] constexpr bool contains(Algorithm algorithm) const noexcept {
    return (bits_ & bit(algorithm)) != 0;
  }
  [[nodiscard]] constexpr bool empty() const noexcept { return bits_ == 0; }
  [[nodiscard]] constexpr bool intersects(AlgorithmSet other) const noexcept {
    return (bits_ & other.bits_) != 0;
  }
  friend constexpr bool operator==(AlgorithmSet, AlgorithmSet) noexcept = default;

 private:
  static constexpr std::uint32_t bit(Algorithm algorithm) noexcept {
    return std::uint32_t{1} << static_cast<unsigned>(algorithm);
  }
  std::uint32_t bits_ = 0;
};

/// The default allow-list: every asymmetric algorithm but ES256K, which has to be asked for.
inline constexpr AlgorithmSet kDefaultAlgorithms{
    Algorithm::rs256,     Algorithm::rs384,     Algorithm::rs512,    Algorithm::ps256,
    Algorithm::ps384,     Algorithm::ps512,     Algorithm::es256,    Algorithm::es384,
    Algorithm::es512,     Algorithm::eddsa,     Algorithm::ed25519,  Algorithm::ed448,
    Algorithm::ml_dsa_44, Algorithm::ml_dsa_65, Algorithm::ml_dsa_87};

/// The algorithms of static secrets. A policy never mixes them with others (RFC 8725 §3.1).
inline constexpr AlgorithmSet kSymmetricAlgorithms{Algorithm::hs256, Algorithm::hs384,
                                                   Algorithm::hs512};

}  // namespace v0
}  // namespace jwks
