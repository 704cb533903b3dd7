#include "base/text.hpp"

#include <algorithm>
#include <array>

namespace jwks {
inline namespace v0 {
namespace text {
namespace {

constexpr std::string_view kHex = "0123456789abcdef";
constexpr std::string_view kCut = "...";

bool is_plain(char c) noexcept { return c >= 0x20 && c <= 0x7E && c != '\\'; }

/// Whether it can't stand in a JSON string as it is (RFC 8259 §7).
bool needs_escape(char c) noexcept {
  return c == '"' || c == '\\' || static_cast<unsigned char>(c) < 0x20;
}

void append_escaped(std::string& out, char c) {
  if (!needs_escape(c)) {
    out.push_back(c);
  } else if (c == '"' || c == '\\') {
    out.push_back('\\');
    out.push_back(c);
  } else {
    out += "\\u00";
    out.push_back(kHex[static_cast<unsigned char>(c) >> 4]);
    out.push_back(kHex[static_cast<unsigned char>(c) & 0x0F]);
  }
}

}  // namespace

bool equals_ignoring_case(std::string_view a, std::string_view b) noexcept {
  return std::ranges::equal(a, b, {}, to_lower, to_lower);
}

std::size_t escape_into(std::string_view bytes, std::span<char> out) noexcept {
  std::size_t size = 0;
  std::size_t room_for_cut = 0;  // where to cut if it turns out that not all fits
  for (const char c : bytes) {
    const std::size_t needed = is_plain(c) ? 1 : 4;
    if (size + needed > out.size()) {
      if (out.size() < kCut.size()) return 0;
      std::copy(kCut.begin(), kCut.end(), out.begin() + static_cast<std::ptrdiff_t>(room_for_cut));
      return room_for_cut + kCut.size();
    }
    if (needed == 1) {
      out[size] = c;
    } else {
      const auto value = static_cast<unsigned char>(c);
      out[size] = '\\';
      out[size + 1] = 'x';
      out[size + 2] = kHex[value >> 4];
      out[size + 3] = kHex[value & 0x0F];
    }
    size += needed;
    if (size + kCut.size() <= out.size()) room_for_cut = size;
  }
  return size;
}

std::string escape(std::string_view bytes, std::size_t max) {
  std::string out(std::min(max, bytes.size() * 4), '\0');
  out.resize(escape_into(bytes, out));
  return out;
}

void append_json_string(std::string& out, std::string_view bytes) {
  out.push_back('"');
  if (std::ranges::none_of(bytes, needs_escape)) {
    out += bytes;
  } else {
    for (const char c : bytes) append_escaped(out, c);
  }
  out.push_back('"');
}

}  // namespace text
}  // namespace v0
}  // namespace jwks
