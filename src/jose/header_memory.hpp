#pragma once

// The headers that good tokens of a key set came with.
//
// Tokens of one issuer and key share their encoded header byte for byte, so what was found out
// about it once (decoded, parsed, checked, its key chosen) holds for every token that begins with
// the same bytes. What depends on the policy is not remembered and is checked for each token again.
//
// - Only a header whose token had a good signature gets in: a stranger can neither fill the memory
//   nor put anything into it.
// - It is part of one JwkSet: another document has another memory, which is empty at first, so that
//   a key that was withdrawn is forgotten with its set.
// - It only grows, up to kMaxHeaders; nothing in it changes or moves. Without room, or memory, a
//   header is decoded each time, as every header is at first.
//
// *Threading:* any; no locks. A reader writes nothing, so that cores don't wait for each other.

#include <array>
#include <atomic>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "jose/header.hpp"
#include "jwks/jwk_set.hpp"

namespace jwks {
inline namespace v0 {
namespace jose {

/// A header and the one key of the set that fits it, whatever the policy: but for tokens without a
/// kid, see `KeySelection::require_kid`.
class KnownHeader {
 public:
  /// *Failure:* throws std::bad_alloc.
  KnownHeader(std::string_view encoded, const Header& header, const Jwk& key);
  KnownHeader(const KnownHeader&) = delete;
  KnownHeader& operator=(const KnownHeader&) = delete;

  [[nodiscard]] std::string_view encoded() const noexcept { return encoded_; }
  /// Views into this object; without "jwk", which is never looked at in the header of a JWT.
  [[nodiscard]] const Header& header() const noexcept { return header_; }
  /// Belongs to the set.
  [[nodiscard]] const Jwk& key() const noexcept { return key_; }

 private:
  const std::string encoded_;
  const std::optional<std::string> type_;
  const std::optional<std::string> key_id_;
  const std::optional<std::string> certificate_thumbprint_;
  const Header header_;
  const Jwk& key_;
};

class JWKS_INTERNAL HeaderMemory {
 public:
  static constexpr std::size_t kMaxHeaders = 16;
  static constexpr std::size_t kMaxEncodedBytes = 1024;  ///< of a header that is remembered

  HeaderMemory() = default;
  ~HeaderMemory();
  HeaderMemory(const HeaderMemory&) = delete;
  HeaderMemory& operator=(const HeaderMemory&) = delete;

  /// What is known of the header with exactly these characters; null if nothing is. It lives as
  /// long as the memory.
  [[nodiscard]] const KnownHeader* find(std::string_view encoded) const noexcept;
  /// Call it only for a token whose signature held with `key`, the only key that fits `header`.
  void remember(std::string_view encoded, const Header& header, const Jwk& key) noexcept;

 private:
  std::array<std::atomic<const KnownHeader*>, kMaxHeaders> headers_{};  ///< filled from the front
};

}  // namespace jose
}  // namespace v0
}  // namespace jwks
