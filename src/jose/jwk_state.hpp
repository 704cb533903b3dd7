#pragma once

// What a Jwk holds, and reading one from parsed JSON.

#include <optional>
#include <string>
#include <variant>

#include "crypto/public_key.hpp"
#include "crypto/secret.hpp"
#include "crypto/signature.hpp"
#include "jwks/json_value.hpp"
#include "jwks/jwk_set.hpp"

namespace jwks {
inline namespace v0 {

struct Jwk::State {
  std::variant<crypto::PublicKey, crypto::Secret> key;
  std::optional<Algorithm> algorithm;
  std::optional<std::string> key_id;
  std::string thumbprint{};                             ///< empty for a secret
  std::optional<std::string> certificate_thumbprint{};  ///< "x5t#S256"
  /// A static key that was given no kid: who configured it meant it for whatever tokens name.
  bool answers_to_any_key_id = false;
  crypto::SignatureChecks signature_checks{};  ///< of the public key
  crypto::MacChecks mac_checks{};              ///< of the secret
};

namespace jose {

/// Reads one entry of a JWK Set (RFC 7517 §4), or a key that came with a token; those of strangers
/// with `Scrutiny::presented`. *Failure:* `key_rejected` with the reason, `out_of_memory`.
[[nodiscard]] JWKS_INTERNAL Result<Jwk> read_jwk(
    JsonValue entry, crypto::Scrutiny scrutiny = crypto::Scrutiny::full);

/// Reads a static secret (kty "oct", RFC 7518 §6.4). *Failure:* as `read_jwk`.
[[nodiscard]] Result<Jwk> read_secret(JsonValue entry);

/// The members of a public key that RFC 7638 §3.2 and RFC 9964 §6 hash, in their order and without
/// the braces.
[[nodiscard]] JWKS_INTERNAL std::string required_members(const crypto::KeyMaterial& key);

/// RFC 7638 §3: the SHA-256 over those members, base64url. *Failure:* `out_of_memory`.
[[nodiscard]] JWKS_INTERNAL Result<std::string> thumbprint_of(const crypto::KeyMaterial& key);

/// Tells whether this is the form of an "x5t#S256": 32 bytes in base64url (RFC 7515 §4.1.8).
[[nodiscard]] bool is_certificate_thumbprint(std::string_view text) noexcept;

/// Tells whether `signature` is this key's signature or MAC over `input`.
[[nodiscard]] JWKS_INTERNAL bool signature_holds(const Jwk& key, Algorithm algorithm,
                                                 std::string_view input,
                                                 std::string_view signature) noexcept;

}  // namespace jose
}  // namespace v0
}  // namespace jwks
