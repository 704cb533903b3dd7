#pragma once

// Reading a key for `jwks key`, whichever it is: PEM or JWK, public or private.

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "emulator/issuer/signing_key.hpp"
#include "jwks/jwk_set.hpp"
#include "jwks/result.hpp"

namespace jwks::cli {

/// Larger than any key is.
inline constexpr std::size_t kMaxKeyBytes = std::size_t{64} * 1024;

struct LoadedKey {
  Jwk key;                                          ///< the public half; always with a kid
  std::optional<emulator::SigningKey> signing_key;  ///< both halves, if the file has them
};

/// What a key is to be for, in addition to what it says about itself.
struct KeyNames {
  std::optional<Algorithm> algorithm{};  ///< else its own, else the usual one of its type
  std::string key_id{};                  ///< else its own, else its thumbprint
};

/// Reads a PEM text (public key, certificate, unencrypted private key), a JWK, or a JWK Set of one
/// key. *Failure:* `key_rejected` or `bad_config`, and `bad_json` of a JWK; never with key
/// material.
[[nodiscard]] Result<LoadedKey> read_key(std::string_view text, const KeyNames& names = {});

}  // namespace jwks::cli
