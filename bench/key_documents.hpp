#pragma once

// JWK Set documents with as many keys as one likes.

#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace bench {

enum class KeyType : unsigned char { ec, rsa, okp };

/// Public keys as JWKs, each of them different: P-256, RSA of 2048 bits, or Ed25519.
[[nodiscard]] std::vector<std::string> make_jwks(KeyType type, std::size_t count);

/// The document of these keys.
[[nodiscard]] std::string key_set_of(std::span<const std::string> jwks);

}  // namespace bench
