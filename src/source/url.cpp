#include "source/url.hpp"

#include <algorithm>
#include <cstddef>

#include "base/authority.hpp"
#include "base/text.hpp"

namespace jwks {
inline namespace v0 {
namespace source {
namespace {

constexpr std::size_t kMaxUrlBytes = 2048;
constexpr std::string_view kHttps = "https://";
constexpr std::string_view kHttp = "http://";
constexpr std::string_view kOddCharacter = "the URL holds a character that belongs to none";
constexpr std::string_view kBadAuthority = "the URL's host or port is malformed";

std::string_view behind_scheme(std::string_view url) noexcept {
  return url.substr(is_http(url) ? kHttp.size() : kHttps.size());
}

std::string_view authority_of(std::string_view url) noexcept {
  const std::string_view rest = behind_scheme(url);
  return rest.substr(0, rest.find_first_of("/?#"));
}

bool holds_odd_character(std::string_view url) noexcept {
  return std::any_of(url.begin(), url.end(), [](char c) {
    return c <= ' ' || c > '~' || c == '\\' || c == '"' || c == '<' || c == '>' || c == '^' ||
           c == '`' || c == '{' || c == '|' || c == '}';
  });
}

/// As a resolver that is generous reads it: the last label is decimal, octal or hexadecimal.
bool ends_in_number(std::string_view host) noexcept {
  if (host.ends_with('.')) host.remove_suffix(1);
  const std::string_view label = host.substr(host.rfind('.') + 1);
  if (!label.empty() && std::ranges::all_of(label, text::is_digit)) return true;
  return label.size() >= 2 && text::equals_ignoring_case(label.substr(0, 2), "0x") &&
         std::ranges::all_of(label.substr(2), text::is_hex_digit);
}

bool is_plain_host(const Authority& at) noexcept {
  const bool is_v6 = at.host.find(':') != std::string_view::npos;
  if (at.bracketed != is_v6) return false;
  return (!is_v6 && !ends_in_number(at.host)) || parse_address(at.host).has_value();
}

/// Only spellings that every resolver reads the same way.
bool names_loopback(const Authority& at) noexcept {
  if (at.bracketed) return at.host == "::1";
  if (at.host == "localhost") return true;
  const auto address = parse_address(at.host);
  return address && is_loopback(*address);
}

/// RFC 3986 §3.2.1, without control characters, percent-encoded or not. One that libcurl can't
/// decode makes it leave out the proxy and connect directly.
bool is_userinfo(std::string_view text) noexcept {
  constexpr std::string_view kMarks = "-._~!$&'()*+,;=:";
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (text::is_alpha(c) || text::is_digit(c) || kMarks.find(c) != std::string_view::npos)
      continue;
    const std::string_view code = text.substr(i + 1, 2);
    if (c != '%' || code.size() != 2 || !std::ranges::all_of(code, text::is_hex_digit))
      return false;
    if (code[0] == '0' || code[0] == '1' || text::equals_ignoring_case(code, "7f")) return false;
    i += code.size();
  }
  return true;
}

std::optional<Authority> parse_plain_authority(std::string_view authority) noexcept {
  auto at = parse_authority(authority);
  if (at && !is_plain_host(*at)) at.reset();
  return at;
}

}  // namespace

bool is_http(std::string_view url) noexcept { return url.starts_with(kHttp); }

std::string_view url_host(std::string_view url) noexcept {
  const auto authority = parse_authority(authority_of(url));
  return authority ? authority->host : std::string_view{};
}

std::optional<IpAddress> url_address(std::string_view url) noexcept {
  return parse_address(url_host(url));
}

bool same_origin(std::string_view a, std::string_view b) noexcept {
  const auto at_a = parse_authority(authority_of(a));
  const auto at_b = parse_authority(authority_of(b));
  if (!at_a || !at_b || is_http(a) != is_http(b)) return false;
  const std::uint16_t standard = is_http(a) ? 80 : 443;
  const auto port = [&](const Authority& at) { return at.port == 0 ? standard : at.port; };
  return port(*at_a) == port(*at_b) && at_a->bracketed == at_b->bracketed &&
         text::equals_ignoring_case(at_a->host, at_b->host);
}

std::string_view url_fault(std::string_view url, UrlKind kind, bool allow_loopback_http) noexcept {
  if (url.empty()) return "the URL is empty";
  if (url.size() > kMaxUrlBytes) return "the URL is longer than 2048 bytes";
  if (holds_odd_character(url)) return kOddCharacter;
  const bool https = url.starts_with(kHttps);
  if (!https && !is_http(url)) return "the URL does not begin with https://";
  if (url.find('#') != std::string_view::npos) return "the URL has a fragment";
  if (kind == UrlKind::issuer && url.find('?') != std::string_view::npos)
    return "the URL has a query";
  const std::string_view authority = authority_of(url);
  if (authority.find('@') != std::string_view::npos) return "the URL has userinfo";
  const auto at = parse_plain_authority(authority);
  if (!at) return kBadAuthority;
  if (!https && !allow_loopback_http) return "the URL does not begin with https://";
  if (!https && !names_loopback(*at)) return "http is for loopback hosts only";
  return {};
}

std::string_view proxy_fault(std::string_view url) noexcept {
  if (url.size() > kMaxUrlBytes) return "the URL is longer than 2048 bytes";
  if (holds_odd_character(url)) return kOddCharacter;
  if (!url.starts_with(kHttps) && !is_http(url))
    return "the URL does not begin with http:// or https://";
  std::string_view authority = authority_of(url);
  const std::string_view behind = behind_scheme(url).substr(authority.size());
  if (!behind.empty() && behind != "/") return "the URL has a path, a query or a fragment";
  if (const auto at = authority.rfind('@'); at != std::string_view::npos) {
    if (!is_userinfo(authority.substr(0, at))) return "the URL's user information is malformed";
    authority.remove_prefix(at + 1);
  }
  if (!parse_plain_authority(authority)) return kBadAuthority;
  return {};
}

}  // namespace source
}  // namespace v0
}  // namespace jwks
