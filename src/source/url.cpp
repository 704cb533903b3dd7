#include "source/url.hpp"

#include <algorithm>
#include <cstddef>

namespace jwks {
inline namespace v0 {
namespace source {
namespace {

constexpr std::size_t kMaxUrlBytes = 2048;
constexpr std::string_view kHttps = "https://";
constexpr std::string_view kHttp = "http://";

bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }
bool is_alpha(char c) noexcept { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

std::string_view authority_of(std::string_view url) noexcept {
  const std::string_view rest = url.substr(is_http(url) ? kHttp.size() : kHttps.size());
  return rest.substr(0, rest.find_first_of("/?#"));
}

/// Splits "host:port" or "[v6]:port"; `port` keeps its colon.
struct HostPort {
  std::string_view host;
  std::string_view port;
  bool bracketed = false;
};

HostPort split_authority(std::string_view authority) noexcept {
  if (!authority.empty() && authority.front() == '[') {
    const auto close = authority.find(']');
    if (close == std::string_view::npos) return {};
    return {authority.substr(1, close - 1), authority.substr(close + 1), true};
  }
  const auto colon = authority.find(':');
  if (colon == std::string_view::npos) return {authority, {}, false};
  return {authority.substr(0, colon), authority.substr(colon), false};
}

bool is_host(const HostPort& at) noexcept {
  if (at.host.empty() || at.host.size() > 253) return false;
  if (at.bracketed)
    return std::all_of(at.host.begin(), at.host.end(), [](char c) {
      return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F') || c == ':' ||
             c == '.';
    });
  return std::all_of(at.host.begin(), at.host.end(), [](char c) {
    return is_digit(c) || is_alpha(c) || c == '-' || c == '.' || c == '_';
  });
}

bool is_port(std::string_view port) noexcept {
  if (port.empty()) return true;
  if (port.size() < 2 || port.size() > 6 || port.front() != ':') return false;
  unsigned value = 0;
  for (const char c : port.substr(1)) {
    if (!is_digit(c)) return false;
    value = value * 10 + static_cast<unsigned>(c - '0');
  }
  return value >= 1 && value <= 65535;
}

/// Only spellings that every resolver reads the same way.
bool is_loopback(const HostPort& at) noexcept {
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
      if (!is_digit(c)) return false;
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
  return split_authority(authority_of(url)).host;
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
  const HostPort at = split_authority(authority);
  if (!is_host(at) || !is_port(at.port)) return "the URL's host or port is malformed";
  if (!https && !allow_loopback_http) return "the URL does not begin with https://";
  if (!https && !is_loopback(at)) return "http is for loopback hosts only";
  return {};
}

}  // namespace source
}  // namespace v0
}  // namespace jwks
