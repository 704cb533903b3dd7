#pragma once

// Strict base64url again, bit by bit, as RFC 4648 §5 tells it: what the fast decoder and encoder in
// src/base are held to.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace test {

inline constexpr std::string_view kBase64urlAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

inline std::optional<std::string> reference_base64url_decode(std::string_view text) {
  std::string bytes;
  std::uint32_t bits = 0;
  int held = 0;
  for (const char c : text) {
    const std::size_t sextet = kBase64urlAlphabet.find(c);
    if (sextet == std::string_view::npos) return std::nullopt;
    bits = bits * 64 + static_cast<std::uint32_t>(sextet);
    held += 6;
    if (held < 8) continue;
    held -= 8;
    bytes += static_cast<char>(bits >> held);
    bits &= (1U << held) - 1;
  }
  // A whole character too many, or bits that say nothing and are not zero (§3.5).
  if (held >= 6 || bits != 0) return std::nullopt;
  return bytes;
}

inline std::string reference_base64url_encode(std::string_view bytes) {
  std::string text;
  std::uint32_t bits = 0;
  int held = 0;
  for (const char byte : bytes) {
    bits = bits << 8 | static_cast<unsigned char>(byte);
    held += 8;
    while (held >= 6) {
      held -= 6;
      text += kBase64urlAlphabet[bits >> held & 0x3F];
    }
  }
  if (held > 0) text += kBase64urlAlphabet[bits << (6 - held) & 0x3F];
  return text;
}

}  // namespace test
