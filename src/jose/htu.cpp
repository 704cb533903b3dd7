#include "jose/htu.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>

#include "base/authority.hpp"
#include "base/text.hpp"

namespace jwks {
inline namespace v0 {
namespace jose {
namespace {

// RFC 3986 §2.3: unreserved = ALPHA / DIGIT / "-" / "." / "_" / "~"
bool is_unreserved(char c) noexcept {
  return text::is_alpha(c) || text::is_digit(c) ||
         std::string_view("-._~").find(c) != std::string_view::npos;
}

// RFC 3986 §3.3: pchar and the slash between segments, but for percent-encoding
bool is_path_character(char c) noexcept {
  return is_unreserved(c) || std::string_view("!$&'()*+,;=:@/").find(c) != std::string_view::npos;
}

/// What RFC 3986 wants encoded and browsers send raw all the same (WHATWG URL §1.3, path
/// percent-encode set).
bool is_raw_path_character(char c) noexcept {
  return std::string_view("[]|").find(c) != std::string_view::npos;
}

int hex_value(char digit) noexcept {
  return text::is_digit(digit) ? digit - '0' : text::to_lower(digit) - 'a' + 10;
}

/// Appends one encoded byte (§6.2.2.1: in upper case; §6.2.2.2: decoded where that is the same).
void append_byte(std::string& out, int value) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  if (value < 0x80 && is_unreserved(static_cast<char>(value))) {
    out += static_cast<char>(value);
    return;
  }
  out += '%';
  out += kDigits[static_cast<std::size_t>(value / 16)];
  out += kDigits[static_cast<std::size_t>(value % 16)];
}

std::optional<std::string> normalize_encoding(std::string_view path) {
  std::string out;
  out.reserve(path.size());
  while (!path.empty()) {
    if (path.front() != '%') {
      const char c = path.front();
      if (is_raw_path_character(c)) {
        append_byte(out, c);
      } else if (is_path_character(c)) {
        out += c;
      } else {
        return std::nullopt;
      }
      path.remove_prefix(1);
      continue;
    }
    if (path.size() < 3 || !text::is_hex_digit(path[1]) || !text::is_hex_digit(path[2])) {
      return std::nullopt;
    }
    append_byte(out, hex_value(path[1]) * 16 + hex_value(path[2]));
    path.remove_prefix(3);
  }
  return out;
}

/// RFC 3986 §5.2.4. `path` is empty or begins with a slash.
std::string remove_dot_segments(std::string_view path) {
  std::string out;
  while (!path.empty()) {
    const std::string_view segment = path.substr(0, path.find('/', 1));  // with its slash in front
    path.remove_prefix(segment.size());
    const bool up = segment == "/..";
    if (!up && segment != "/.") {
      out += segment;
      continue;
    }
    if (up && !out.empty()) out.resize(out.rfind('/'));
    if (path.empty()) out += '/';
  }
  return out.empty() ? "/" : out;
}

struct Scheme {
  std::string_view prefix;
  std::uint16_t default_port;
};

const Scheme* scheme_of(std::string_view url) noexcept {
  static constexpr Scheme kSchemes[] = {{"https://", 443}, {"http://", 80}};
  const auto* const found = std::ranges::find_if(kSchemes, [url](const Scheme& scheme) {
    return text::equals_ignoring_case(url.substr(0, scheme.prefix.size()), scheme.prefix);
  });
  return found == std::end(kSchemes) ? nullptr : found;
}

void append_authority(std::string& out, const Authority& authority, std::uint16_t default_port) {
  if (authority.bracketed) out += '[';
  std::ranges::transform(authority.host, std::back_inserter(out), text::to_lower);
  if (authority.bracketed) out += ']';
  if (authority.port != 0 && authority.port != default_port) {
    out += ':';
    out += std::to_string(authority.port);
  }
}

}  // namespace

std::optional<std::string> normalize_htu(std::string_view url) {
  url = url.substr(0, url.find_first_of("?#"));
  const Scheme* scheme = scheme_of(url);
  if (scheme == nullptr) return std::nullopt;
  url.remove_prefix(scheme->prefix.size());

  std::string_view host_and_port = url.substr(0, url.find('/'));
  url.remove_prefix(host_and_port.size());
  // §6.2.3: a port that is there but empty is the default one.
  const bool empty_port = host_and_port.ends_with(':');
  if (empty_port) host_and_port.remove_suffix(1);
  const auto authority = parse_authority(host_and_port);
  const auto path = normalize_encoding(url);
  if (!authority || !path || (empty_port && authority->port != 0)) return std::nullopt;

  std::string out(scheme->prefix);
  append_authority(out, *authority, scheme->default_port);
  return out + remove_dot_segments(*path);
}

}  // namespace jose
}  // namespace v0
}  // namespace jwks
