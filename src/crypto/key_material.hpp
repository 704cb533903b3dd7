#pragma once

// What a public key consists of, apart from OpenSSL: its kind and the numbers that its JWK shows.

#include <string>

#include "crypto/key_kind.hpp"
#include "jwks/export.hpp"
#include "jwks/result.hpp"

struct evp_pkey_st;  // OpenSSL's EVP_PKEY

namespace jwks {
inline namespace v0 {
namespace crypto {

struct KeyMaterial {
  KeyKind kind{};
  std::string first{};   ///< RSA: n; EC and OKP: x; AKP: pub
  std::string second{};  ///< RSA: e; EC: y; else empty

  friend bool operator==(const KeyMaterial&, const KeyMaterial&) = default;
};

/// Reads the material out of a key that OpenSSL has decoded. Nothing of it is checked.
/// *Failure:* `key_rejected` for kinds that are not supported, explicit curve parameters, and the
/// point at infinity, which has no coordinates.
[[nodiscard]] JWKS_INTERNAL Result<KeyMaterial> material_of(const evp_pkey_st* key);

}  // namespace crypto
}  // namespace v0
}  // namespace jwks
