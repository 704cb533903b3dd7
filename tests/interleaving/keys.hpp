#pragma once

// What the schedules publish: sets of a few keys, made once, so that nothing is parsed or signed
// while they run.

#include <cstdint>
#include <string>

#include "crypto/digest.hpp"
#include "jwks/jwk_set.hpp"

namespace interleaving {

/// Keys 0 … kKeys − 1 come and go; the other kids are never published.
inline constexpr unsigned kKeys = 3;
inline constexpr unsigned kKids = kKeys + 2;

/// A set of keys: bit i stands for key i.
using Content = unsigned;
inline constexpr Content kAllKeys = (1U << kKeys) - 1;

[[nodiscard]] constexpr bool holds(Content content, unsigned kid) noexcept {
  return kid < kKeys && (content >> kid & 1U) != 0;
}

[[nodiscard]] const std::string& name_of(unsigned kid);
[[nodiscard]] const jwks::JwkSet& set_of(Content content);
[[nodiscard]] std::string describe(Content content);

/// Stands for the hash of the document.
[[nodiscard]] inline jwks::crypto::Sha256 hash_of(Content content) noexcept {
  return {1, static_cast<std::uint8_t>(content)};
}
[[nodiscard]] inline Content content_of(const jwks::crypto::Sha256& hash) noexcept {
  return hash[1];
}

}  // namespace interleaving
