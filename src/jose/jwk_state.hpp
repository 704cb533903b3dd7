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
};

namespace jose {

/// Reads one entry of a JWK Set (RFC 7517 §4). *Failure:* `key_rejected` with the reason.
[[nodiscard]] Result<Jwk> read_jwk(JsonValue entry);

}  // namespace jose
}  // namespace v0
}  // namespace jwks
