#include "base/authority.hpp"

#include <algorithm>
#include <cstddef>

#include "base/text.hpp"

namespace jwks {
inline namespace v0 {
namespace {

constexpr std::size_t kMaxHostBytes = 253;  // of a name in the DNS
constexpr std::size_t kMaxPortDigits = 5;

bool is_name_character(char c) noexcept {
  return text::is_digit(c) || text::is_alpha(c) || c == '-' || c == '.' || c == '_';
}

bool is_address_character(char c) noexcept { return text::is_hex_digit(c) || c == ':' || c == '.'; }

bool is_host(std::string_view host, bool bracketed) noexcept {
  if (host.empty() || host.size() > kMaxHostBytes) return false;
  return std::ranges::all_of(host, bracketed ? is_address_character : is_name_character);
}

std::optional<std::uint16_t> parse_port(std::string_view digits) noexcept {
  if (digits.empty() || digits.size() > kMaxPortDigits) return std::nullopt;
  std::uint32_t value = 0;
  for (const char c : digits) {
    if (!text::is_digit(c)) return std::nullopt;
    value = value * 10 + static_cast<std::uint32_t>(c - '0');
  }
  if (value < 1 || value > 65535) return std::nullopt;
  return static_cast<std::uint16_t>(value);
}

}  // namespace

std::optional<Authority> parse_authority(std::string_view authority) noexcept {
  Authority result;
  result.bracketed = authority.starts_with('[');
  std::size_t end = authority.find(result.bracketed ? ']' : ':');
  if (result.bracketed && end == std::string_view::npos) return std::nullopt;
  end = std::min(end, authority.size());
  result.host = authority.substr(0, end);
  std::string_view rest = authority.substr(end);
  if (result.bracketed) {
    result.host.remove_prefix(1);
    rest.remove_prefix(1);
  }
  if (!is_host(result.host, result.bracketed)) return std::nullopt;
  if (rest.empty()) return result;
  if (!rest.starts_with(':')) return std::nullopt;
  const auto port = parse_port(rest.substr(1));
  if (!port) return std::nullopt;
  result.port = *port;
  return result;
}

}  // namespace v0
}  // namespace jwks
