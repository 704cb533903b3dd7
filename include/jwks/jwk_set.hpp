#pragma once

// Public keys: one `Jwk` (RFC 7517 §4) and the `JwkSet` that an issuer publishes (§5).
//
// A `Jwk` exists only if its key passed every check: type and lengths, point on the curve, RSA
// modulus of 2048–8192 bits and odd exponent of 3 … 2^32−1, a use for signatures, no private
// members. An entry of a set that fails is skipped and listed with its reason; the others are used.
// Both are immutable and share their state between copies; the parsed key is made once.

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "jwks/algorithm.hpp"
#include "jwks/export.hpp"
#include "jwks/result.hpp"

namespace jwks {
inline namespace v0 {

namespace crypto {
class PublicKey;
}

/// One usable public key.
class JWKS_API Jwk {
 public:
  /// Reads one JWK. *Failure:* `key_rejected` with the reason, or `bad_json` / `duplicate_member`.
  [[nodiscard]] static Result<Jwk> parse(std::string_view json);
  /// Reads a PEM text (SubjectPublicKeyInfo, PKCS#1 public key, or certificate, of which only the
  /// key is used) and pins the key to `algorithm`. A private key is refused.
  [[nodiscard]] static Result<Jwk> from_pem(std::string_view pem, Algorithm algorithm,
                                            std::string_view key_id = {});

  [[nodiscard]] std::string_view key_id() const noexcept;  ///< "kid"; empty if absent
  [[nodiscard]] bool has_key_id() const noexcept;
  [[nodiscard]] std::string_view key_type() const noexcept;  ///< "kty"
  /// The algorithm that the JWK names; empty if it does not and the key's type decides.
  [[nodiscard]] std::optional<Algorithm> algorithm() const noexcept;
  /// Tells whether this key may verify signatures of this algorithm (RFC 8725 §3.1).
  [[nodiscard]] bool fits(Algorithm algorithm) const noexcept;
  /// RSA modulus or curve size in bits.
  [[nodiscard]] int bits() const noexcept;
  /// RFC 7638 thumbprint: SHA-256, base64url.
  [[nodiscard]] std::string_view thumbprint() const noexcept;
  /// The public key as a JWK with its members in a fixed order.
  [[nodiscard]] std::string to_json() const;

  /// For the library's own parts.
  [[nodiscard]] const crypto::PublicKey& public_key() const noexcept;

  struct State;
  explicit Jwk(std::shared_ptr<const State> state) noexcept : state_(std::move(state)) {}

 private:
  std::shared_ptr<const State> state_;
};

/// An entry of a set that is not used, and why.
struct SkippedKey {
  std::string key_id;  ///< escaped, at most 64 bytes; empty if it has none
  ErrorReason reason = ErrorReason::none;
};

class JWKS_API JwkSet {
 public:
  /// Limits of a document: larger ones are refused whole.
  static constexpr std::size_t kMaxBytes = std::size_t{256} * 1024;
  static constexpr std::size_t kMaxKeys = 128;

  /// An empty set: every token is `unknown_key`.
  JwkSet();

  /// Reads a JWK Set document. Succeeds with whatever entries are usable, even none; look at
  /// `keys()` and `skipped()`. *Failure:* `bad_json` (or no array "keys"), `duplicate_member`,
  /// `too_large`.
  [[nodiscard]] static Result<JwkSet> parse(std::string_view json);
  /// A set of one static key, see `Jwk::from_pem`.
  [[nodiscard]] static Result<JwkSet> from_pem(std::string_view pem, Algorithm algorithm,
                                               std::string_view key_id = {});
  /// A set of these keys.
  [[nodiscard]] static JwkSet of(std::vector<Jwk> keys);

  [[nodiscard]] std::span<const Jwk> keys() const noexcept;
  [[nodiscard]] std::span<const SkippedKey> skipped() const noexcept;
  /// Why the entry with exactly this kid is not used; empty if there is no such entry.
  [[nodiscard]] std::optional<ErrorReason> rejection_of(std::string_view key_id) const noexcept;

 private:
  struct State;
  explicit JwkSet(std::shared_ptr<const State> state) noexcept;
  std::shared_ptr<const State> state_;
};

}  // namespace v0
}  // namespace jwks
