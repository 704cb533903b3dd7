#pragma once

// Writing a key for `jwks key`: as PEM or JWK, public or private, to standard output or a file.

#include <cstdint>
#include <string>

#include "cli/command.hpp"
#include "cli/key/key_reader.hpp"

namespace jwks::cli {

enum class KeyFormat : std::uint8_t { jwk, pem };

struct KeyOutput {
  KeyFormat format = KeyFormat::jwk;
  bool public_only = false;
  std::string path = "-";  ///< "-": standard output
  bool overwrite = false;
};

/// Writes the key, with its private half if it has one and unless only the public one is wanted. A
/// file is new, or replaced whole; one that holds a private half is for its owner's eyes only.
[[nodiscard]] Status write_key(const LoadedKey& key, const KeyOutput& output);

}  // namespace jwks::cli
