#pragma once

// Strict base64url without padding (RFC 7515 §2, RFC 4648 §5).

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "jwks/export.hpp"

namespace jwks {
inline namespace v0 {
namespace base64url {

/// Bytes that `text_size` characters decode to. Lengths ≡ 1 mod 4 are not possible; they count as
/// the next shorter one and `decode` refuses them.
[[nodiscard]] constexpr std::size_t decoded_size(std::size_t text_size) noexcept {
  return text_size / 4 * 3 + (text_size % 4 == 0 ? 0 : text_size % 4 - 1);
}
[[nodiscard]] constexpr std::size_t encoded_size(std::size_t bytes) noexcept {
  return bytes / 3 * 4 + (bytes % 3 == 0 ? 0 : bytes % 3 + 1);
}

/// Decodes into `out`, which holds at least `decoded_size(text.size())` bytes. Refuses padding,
/// characters outside the alphabet, lengths ≡ 1 mod 4 and unused bits that are not zero.
[[nodiscard]] JWKS_INTERNAL bool decode_into(std::string_view text, char* out) noexcept;

/// Decodes into a new string; empty optional where `decode_into` refuses.
[[nodiscard]] JWKS_INTERNAL std::optional<std::string> decode(std::string_view text);

[[nodiscard]] JWKS_INTERNAL std::string encode(std::string_view bytes);
[[nodiscard]] JWKS_INTERNAL std::string encode(std::span<const std::uint8_t> bytes);

}  // namespace base64url
}  // namespace v0
}  // namespace jwks
