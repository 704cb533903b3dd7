#include "cli/serve/identity.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/base64url.hpp"
#include "base/text.hpp"
#include "jwks/verify.hpp"

namespace jwks::cli {
namespace {

void append_encoded(std::string& out, std::string_view value) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  for (const char c : value) {
    if (c > ' ' && c <= '~' && c != '%' && c != ',') {
      out += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    out += '%';
    out += kDigits[byte >> 4];
    out += kDigits[byte & 0xF];
  }
}

std::string encoded(std::string_view value) {
  std::string out;
  append_encoded(out, value);
  return out;
}

std::string encoded(const std::vector<std::string>& values, char separator) {
  std::string out;
  for (const std::string& value : values) {
    if (!out.empty()) out += separator;
    append_encoded(out, value);
  }
  return out;
}

/// As a NumericDate is written (RFC 7519 §2).
std::string number(const NumericDate& date) {
  std::string out = std::to_string(date.seconds);
  if (date.nanoseconds != 0) {
    const std::string digits = std::to_string(date.nanoseconds);
    out.append(".").append(9 - digits.size(), '0').append(digits);
  }
  return out;
}

/// Writes claims by the names that ClaimMapping has by default.
class ClaimsText {
 public:
  void string(std::string_view name, std::string_view value) {
    if (value.empty()) return;
    begin(name);
    text::append_json_string(text_, value);
  }
  void strings(std::string_view name, const std::vector<std::string>& values) {
    if (values.empty()) return;
    begin(name);
    char separator = '[';
    for (const std::string& value : values) {
      text_ += separator;
      separator = ',';
      text::append_json_string(text_, value);
    }
    text_ += ']';
  }
  void date(std::string_view name, const std::optional<NumericDate>& value) {
    if (!value) return;
    begin(name);
    text_ += number(*value);
  }
  [[nodiscard]] std::string object() const { return '{' + text_ + '}'; }

 private:
  void begin(std::string_view name) {
    if (!text_.empty()) text_ += ',';
    text::append_json_string(text_, name);
    text_ += ':';
  }
  std::string text_;
};

std::string claims_json(const Principal& principal) {
  ClaimsText claims;
  claims.string("sub", principal.user_id);
  claims.string("org", principal.org_id);
  claims.string("role", principal.role);
  claims.strings("roles", principal.roles);
  claims.strings("permissions", principal.permissions);
  claims.strings("scope", principal.scopes);
  claims.strings("groups", principal.groups);
  claims.string("email", principal.email);
  claims.string("name", principal.display_name);
  claims.string("client_id", principal.client_id);
  claims.string("iss", principal.issuer);
  claims.string("jti", principal.token_id);
  claims.date("exp", principal.expires_at);
  return claims.object();
}

}  // namespace

Result<HeaderFields> identity_fields(const Principal& principal) {
  std::string all = base64url::encode(claims_json(principal));
  if (all.size() > kMaxTokenBytes) {
    return Error(ErrorCode::bad_config)
        .about("X-Auth-Principal")
        .because("what this caller's claims make of it is more than a service reads");
  }
  return HeaderFields{
      {"X-Auth-User-Id", encoded(principal.user_id)},
      {"X-Auth-Org-Id", encoded(principal.org_id)},
      {"X-Auth-Role", encoded(principal.role)},
      {"X-Auth-Roles", encoded(principal.roles, ',')},
      {"X-Auth-Permissions", encoded(principal.permissions, ',')},
      {"X-Auth-Scopes", encoded(principal.scopes, ' ')},
      {"X-Auth-Groups", encoded(principal.groups, ',')},
      {"X-Auth-Email", encoded(principal.email)},
      {"X-Auth-Name", encoded(principal.display_name)},
      {"X-Auth-Client-Id", encoded(principal.client_id)},
      {"X-Auth-Issuer", encoded(principal.issuer)},
      {"X-Auth-Token-Id", encoded(principal.token_id)},
      {"X-Auth-Expires-At", principal.expires_at ? number(*principal.expires_at) : ""},
      {"X-Auth-Principal", std::move(all)},
  };
}

}  // namespace jwks::cli
