#include "jwks/http.hpp"

#include <cstddef>

#include "base/text.hpp"

namespace jwks {
inline namespace v0 {
namespace {

constexpr std::string_view kScheme = "bearer";

// RFC 6750 §2.1: b64token = 1*( ALPHA / DIGIT / "-" / "." / "_" / "~" / "+" / "/" ) *"="
constexpr bool is_b64token_character(char c) noexcept {
  const char lower = text::to_lower(c);
  return (lower >= 'a' && lower <= 'z') || (c >= '0' && c <= '9') ||
         std::string_view("-._~+/").find(c) != std::string_view::npos;
}

constexpr bool is_b64token(std::string_view text) noexcept {
  std::size_t i = 0;
  while (i < text.size() && is_b64token_character(text[i])) ++i;
  if (i == 0) return false;
  return text.find_first_not_of('=', i) == std::string_view::npos;
}

bool has_bearer_scheme(std::string_view credentials) noexcept {
  if (credentials.size() <= kScheme.size() || credentials[kScheme.size()] != ' ') return false;
  return text::equals_ignoring_case(credentials.substr(0, kScheme.size()), kScheme);
}

// RFC 9110 §5.6.4. A realm with a line break must not become a second header field.
void append_quoted_string(std::string& out, std::string_view text) {
  out += '"';
  for (const char c : text) {
    const bool printable = (c >= ' ' && c <= '~') || c == '\t';
    if (c == '"' || c == '\\') out += '\\';
    out += printable ? c : '?';
  }
  out += '"';
}

void append_parameter(std::string& out, std::string_view name, std::string_view value) {
  out += out.find('=') == std::string::npos ? " " : ", ";  // RFC 9110 §11.2: a list
  out += name;
  out += '=';
  append_quoted_string(out, value);
}

std::string challenge(std::string_view realm, std::string_view error_code) {
  std::string out = "Bearer";
  if (!realm.empty()) append_parameter(out, "realm", realm);
  if (!error_code.empty()) append_parameter(out, "error", error_code);
  return out;
}

}  // namespace

std::optional<std::string_view> bearer_token(std::string_view authorization) noexcept {
  const std::string_view credentials = text::trim(authorization);
  if (!has_bearer_scheme(credentials)) return std::nullopt;
  const std::size_t begin = credentials.find_first_not_of(' ', kScheme.size());
  const std::string_view token = credentials.substr(begin);
  if (!is_b64token(token)) return std::nullopt;
  return token;
}

int http_status(const Error& error) noexcept {
  if (error.code() == ErrorCode::insufficient_scope) return 403;
  switch (error.category()) {
    case ErrorCategory::malformed:
    case ErrorCategory::key:
    case ErrorCategory::signature:
    case ErrorCategory::claims:
      return 401;
    case ErrorCategory::unavailable:
      return 503;
    case ErrorCategory::configuration:
      break;
  }
  return 500;
}

std::string www_authenticate(const Error& error, std::string_view realm) {
  switch (http_status(error)) {
    case 401:
      return challenge(realm, "invalid_token");
    case 403:
      return challenge(realm, "insufficient_scope");
    default:
      return {};
  }
}

std::string www_authenticate(std::string_view realm) { return challenge(realm, {}); }

}  // namespace v0
}  // namespace jwks
