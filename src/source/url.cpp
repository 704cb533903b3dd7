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

std::string_view authority_of(std::string_view url) noexcept {
  const std::string_view rest = url.substr(is_http(url) ? kHttp.size() : kHttps.size());
  return rest.substr(0, rest.find_first_of("/?#"));
}

/// Only spellings that every resolver reads the same way.
bool is_loopback(const Authority& at) noexcept {
  if (at.bracketed) return at.host == "::1";
  if (at.host == "localhost") return true;
  if (at.host.substr(0, 4) != "127.") return false;
  unsigned parts = 0;
  std::string_view rest = at.host;
  for (;;) {
    const auto dot = rest.find('.');
    const std::string_view part = rest.substr(0, dot);
    if (part.empty() || part.size() > 3 || (part.size() > 1 && part.front() == '0')) return false;
    unsigned value = 0;
    for (const char c : part) {
      if (!text::is_digit(c)) return false;
      value = value * 10 + static_cast<unsigned>(c - '0');
    }
    if (value > 255) return false;
    ++parts;
    if (dot == std::string_view::npos) break;
    rest.remove_prefix(dot + 1);
  }
  return parts == 4;
}

}  // namespace

bool is_http(std::string_view url) noexcept { return url.substr(0, kHttp.size()) == kHttp; }

std::string_view url_host(std::string_view url) noexcept {
  const auto authority = parse_authority(authority_of(url));
  return authority ? authority->host : std::string_view{};
}

std::string_view url_fault(std::string_view url, UrlKind kind, bool allow_loopback_http) noexcept {
  if (url.empty()) return "the URL is empty";
  if (url.size() > kMaxUrlBytes) return "the URL is longer than 2048 bytes";
  const bool odd = std::any_of(url.begin(), url.end(), [](char c) {
    return c <= ' ' || c > '~' || c == '\\' || c == '"' || c == '<' || c == '>' || c == '^' ||
           c == '`' || c == '{' || c == '|' || c == '}';
  });
  if (odd) return "the URL holds a character that belongs to none";
  const bool https = url.substr(0, kHttps.size()) == kHttps;
  if (!https && !is_http(url)) return "the URL does not begin with https://";
  if (url.find('#') != std::string_view::npos) return "the URL has a fragment";
  if (kind == UrlKind::issuer && url.find('?') != std::string_view::npos)
    return "the URL has a query";
  const std::string_view authority = authority_of(url);
  if (authority.find('@') != std::string_view::npos) return "the URL has userinfo";
  const auto at = parse_authority(authority);
  if (!at) return "the URL's host or port is malformed";
  if (!https && !allow_loopback_http) return "the URL does not begin with https://";
  if (!https && !is_loopback(*at)) return "http is for loopback hosts only";
  return {};
}

}  // namespace source
}  // namespace v0
}  // namespace jwks
