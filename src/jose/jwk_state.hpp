#pragma once

// What a Jwk holds, and reading one from parsed JSON.

#include <optional>
#include <string>

#include "crypto/public_key.hpp"
#include "jwks/json_value.hpp"
#include "jwks/jwk_set.hpp"

namespace jwks {
inline namespace v0 {

struct Jwk::State {
  crypto::PublicKey key;
  std::optional<Algorithm> algorithm;
  std::optional<std::string> key_id;
  std::string thumbprint;
  std::optional<std::string> certificate_thumbprint{};  ///< "x5t#S256"
};

namespace jose {

/// Reads one entry of a JWK Set (RFC 7517 §4). *Failure:* `key_rejected` with the reason.
[[nodiscard]] Result<Jwk> read_jwk(JsonValue entry);

/// Tells whether `signature` is this key's signature or MAC over `input`.
[[nodiscard]] JWKS_INTERNAL bool signature_holds(const Jwk& key, Algorithm algorithm,
                                                 std::string_view input,
                                                 std::string_view signature) noexcept;

}  // namespace jose
}  // namespace v0
}  // namespace jwks
