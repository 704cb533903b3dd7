#pragma once

// Keys: one `Jwk` (RFC 7517 §4) and the `JwkSet` that an issuer publishes (§5).
//
// A `Jwk` exists only if its key passed every check: type and lengths, point on the curve and in
// the group of prime order, RSA modulus of 2048–8192 bits without small factors and odd exponent of
// 3 … 2^32−1, a use for signatures, no private members, an x5c that holds this key. An entry of a
// set that fails is skipped and listed with its reason; the others are used. Both are immutable and
// share their state between copies: the parsed key, and with it the contexts that OpenSSL verifies
// with, which are kept from one signature to the next (at most 64 for each key, some KiB each).
//
// Secrets for HS256, HS384 and HS512 come in by doors of their own (`from_secret`, `parse_secrets`)
// and never out of a published set: there "kty":"oct" is skipped. A set holds either public keys or
// secrets. Secrets are never written out again and are wiped when the last copy goes.

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
namespace jose {
class HeaderMemory;
}

/// One usable public key or static secret.
class JWKS_API Jwk {
 public:
  /// Reads one JWK. *Failure:* `key_rejected` with the reason, or `bad_json` / `duplicate_member`.
  [[nodiscard]] static Result<Jwk> parse(std::string_view json);
  /// Reads a PEM text (SubjectPublicKeyInfo, PKCS#1 public key, or certificate, of which only the
  /// key is used) and pins the key to `algorithm`. A private key is refused.
  /// Without a `key_id` it answers to whatever "kid" a token names.
  [[nodiscard]] static Result<Jwk> from_pem(std::string_view pem, Algorithm algorithm,
                                            std::string_view key_id = {});
  /// A static secret of at least 32 (HS256), 48 (HS384) or 64 (HS512) bytes. A text that looks like
  /// a public key (PEM, JWK) is refused: it is no secret (CVE-2022-29217, CVE-2026-48526). Without
  /// a `key_id` it answers to whatever "kid" a token names.
  [[nodiscard]] static Result<Jwk> from_secret(std::string_view secret, Algorithm algorithm,
                                               std::string_view key_id = {});
  /// Reads one JWK of kty "oct" as a static secret. *Failure:* as `parse`.
  [[nodiscard]] static Result<Jwk> parse_secret(std::string_view json);

  [[nodiscard]] bool is_secret() const noexcept;
  [[nodiscard]] std::string_view key_id() const noexcept;  ///< "kid"; empty if absent
  [[nodiscard]] bool has_key_id() const noexcept;
  [[nodiscard]] std::string_view key_type() const noexcept;  ///< "kty"
  /// The algorithm that the JWK names; empty if it does not and the key's type decides.
  [[nodiscard]] std::optional<Algorithm> algorithm() const noexcept;
  /// Tells whether this key may verify signatures of this algorithm (RFC 8725 §3.1).
  [[nodiscard]] bool fits(Algorithm algorithm) const noexcept;
  /// RSA modulus, curve or secret size in bits; of an ML-DSA key the size of its "pub".
  [[nodiscard]] int bits() const noexcept;
  /// RFC 7638 thumbprint: SHA-256, base64url. Empty for a secret, which it would help to guess
  /// (RFC 7638 §7).
  [[nodiscard]] std::string_view thumbprint() const noexcept;
  /// The thumbprint as a URI (RFC 9278 §3); empty for a secret.
  [[nodiscard]] std::string thumbprint_uri() const;
  /// The public key as a JWK with its members in a fixed order. Of a secret everything but "k".
  [[nodiscard]] std::string to_json() const;
  /// The public key as SubjectPublicKeyInfo. *Failure:* `key_rejected` for a secret.
  [[nodiscard]] Result<std::string> to_pem() const;

  /// For the library's own parts. *Precondition:* not a secret.
  [[nodiscard]] const crypto::PublicKey& public_key() const noexcept;
  struct State;
  [[nodiscard]] const State& state() const noexcept { return *state_; }
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
  /// The same for a document that replaces one: a key whose entry is byte for byte one that `held`
  /// was parsed from is taken over, which saves its checks (2 ms for each RSA key) and making its
  /// contexts anew. The result is equal to that of `parse(json)`.
  [[nodiscard]] static Result<JwkSet> parse(std::string_view json, const JwkSet& held);
  /// A set of one static key, see `Jwk::from_pem`.
  [[nodiscard]] static Result<JwkSet> from_pem(std::string_view pem, Algorithm algorithm,
                                               std::string_view key_id = {});
  /// A set of one static secret, see `Jwk::from_secret`.
  [[nodiscard]] static Result<JwkSet> from_secret(std::string_view secret, Algorithm algorithm,
                                                  std::string_view key_id = {});
  /// Reads a JWK Set, or a single JWK, of static secrets (kty "oct"); unusable entries are skipped
  /// as by `parse`. *Failure:* as `parse`, and `key_rejected` if a key of another kty is among
  /// them or a kid occurs twice. Never give it what came over the network.
  [[nodiscard]] static Result<JwkSet> parse_secrets(std::string_view json);
  /// A set of these keys. *Failure:* `bad_config` for more than 128, and for secrets beside public
  /// keys.
  [[nodiscard]] static Result<JwkSet> of(std::vector<Jwk> keys);

  [[nodiscard]] std::span<const Jwk> keys() const noexcept;
  [[nodiscard]] std::span<const SkippedKey> skipped() const noexcept;
  /// Why the entry with exactly this kid is not used; empty if there is no such entry.
  [[nodiscard]] std::optional<ErrorReason> rejection_of(std::string_view key_id) const noexcept;

  /// For the library's own parts.
  [[nodiscard]] jose::HeaderMemory& header_memory() const noexcept;

 private:
  struct State;
  explicit JwkSet(std::shared_ptr<const State> state) noexcept;
  std::shared_ptr<const State> state_;
};

}  // namespace v0
}  // namespace jwks
