#include "base/base64url.hpp"

#include <array>

namespace jwks {
inline namespace v0 {
namespace base64url {
namespace {

constexpr std::string_view kAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr std::uint8_t kInvalid = 0x80;

constexpr std::array<std::uint8_t, 256> make_table() {
  std::array<std::uint8_t, 256> table{};
  table.fill(kInvalid);
  for (std::size_t i = 0; i < kAlphabet.size(); ++i) {
    table[static_cast<unsigned char>(kAlphabet[i])] = static_cast<std::uint8_t>(i);
  }
  return table;
}
constexpr auto kTable = make_table();

constexpr std::uint32_t sextet(char c) noexcept { return kTable[static_cast<unsigned char>(c)]; }

}  // namespace

bool decode_into(std::string_view text, char* out) noexcept {
  // Invalid characters carry a bit that no valid one has; it is collected and tested once.
  std::uint32_t seen = 0;
  const char* in = text.data();
  for (const char* const end = in + text.size() / 4 * 4; in != end; in += 4, out += 3) {
    const std::uint32_t a = sextet(in[0]);
    const std::uint32_t b = sextet(in[1]);
    const std::uint32_t c = sextet(in[2]);
    const std::uint32_t d = sextet(in[3]);
    seen |= a | b | c | d;
    const std::uint32_t bits = a << 18 | b << 12 | c << 6 | d;
    out[0] = static_cast<char>(bits >> 16 & 0xFF);
    out[1] = static_cast<char>(bits >> 8 & 0xFF);
    out[2] = static_cast<char>(bits & 0xFF);
  }

  // RFC 4648 §3.5: the unused bits of the last character must be zero, so that every byte string
  // has exactly one encoding.
  switch (text.size() % 4) {
    case 1:
      return false;
    case 2: {
      const std::uint32_t a = sextet(in[0]);
      const std::uint32_t b = sextet(in[1]);
      seen |= a | b;
      if ((b & 0x0F) != 0) return false;
      out[0] = static_cast<char>((a << 2 | b >> 4) & 0xFF);
      break;
    }
    case 3: {
      const std::uint32_t a = sextet(in[0]);
      const std::uint32_t b = sextet(in[1]);
      const std::uint32_t c = sextet(in[2]);
      seen |= a | b | c;
      if ((c & 0x03) != 0) return false;
      out[0] = static_cast<char>((a << 2 | b >> 4) & 0xFF);
      out[1] = static_cast<char>((b << 4 | c >> 2) & 0xFF);
      break;
    }
    default:
      break;
  }
  return (seen & kInvalid) == 0;
}

std::optional<std::string> decode(std::string_view text) {
  std::string bytes(decoded_size(text.size()), '\0');
  if (!decode_into(text, bytes.data())) return std::nullopt;
  return bytes;
}

std::string encode(std::string_view bytes) {
  std::string text;
  text.reserve(encoded_size(bytes.size()));
  std::uint32_t bits = 0;
  int held = 0;
  for (const char byte : bytes) {
    bits = bits << 8 | static_cast<unsigned char>(byte);
    held += 8;
    while (held >= 6) {
      held -= 6;
      text.push_back(kAlphabet[bits >> held & 0x3F]);
    }
  }
  if (held > 0) text.push_back(kAlphabet[bits << (6 - held) & 0x3F]);
  return text;
}

std::string encode(std::span<const std::uint8_t> bytes) {
  return encode(std::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size()));
}

}  // namespace base64url
}  // namespace v0
}  // namespace jwks
