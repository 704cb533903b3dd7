#include "jose/registered_claims.hpp"

#include <algorithm>
#include <cstdint>

#include "jose/numeric_date.hpp"
#include "jwks/verify.hpp"

namespace jwks {
inline namespace v0 {
namespace jose {
namespace {

Error invalid(std::string_view name, std::string_view detail) noexcept {
  return Error(ErrorCode::invalid_claim).about(name).because(detail);
}

/// The nodes of the claims' values; 0, which is the root's, if there is none.
struct Places {
  std::uint32_t iss = 0;
  std::uint32_t sub = 0;
  std::uint32_t aud = 0;
  std::uint32_t exp = 0;
  std::uint32_t nbf = 0;
  std::uint32_t iat = 0;
  std::uint32_t jti = 0;
  std::uint32_t cnf = 0;
};

constexpr std::size_t kNameLength = 3;  // of every name that is wanted

constexpr std::uint32_t code_of(std::string_view name) noexcept {
  std::uint32_t code = 0;
  for (const char c : name) code = code << 8 | static_cast<unsigned char>(c);
  return code;
}

/// Where the place of this claim is noted; null for all others.
std::uint32_t* entry_of(std::string_view name, Places& places) noexcept {
  if (name.size() != kNameLength) return nullptr;
  switch (code_of(name)) {
    case code_of("iss"):
      return &places.iss;
    case code_of("sub"):
      return &places.sub;
    case code_of("aud"):
      return &places.aud;
    case code_of("exp"):
      return &places.exp;
    case code_of("nbf"):
      return &places.nbf;
    case code_of("iat"):
      return &places.iat;
    case code_of("jti"):
      return &places.jti;
    case code_of("cnf"):
      return &places.cnf;
    default:
      return nullptr;
  }
}

/// Walks the members once.
Places find_claims(const json::Document& document) noexcept {
  Places places;
  const std::uint32_t end = document.node(0).next;
  for (std::uint32_t name = 1; name != end; name = document.node(name + 1).next) {
    std::uint32_t* const entry = entry_of(document.string_at(name), places);
    if (entry != nullptr) *entry = name + 1;
  }
  return places;
}

bool is(JsonKind kind, const json::Node& node) noexcept {
  return node.kind == static_cast<std::uint32_t>(kind);
}

/// Returns false if the claim is there and no string.
bool read_string(const json::Document& document, std::uint32_t place,
                 std::optional<std::string_view>& into) noexcept {
  if (place == 0) return true;
  if (!is(JsonKind::string, document.node(place))) return false;
  into = document.string_at(place);
  return true;
}

/// Returns false if the claim is there and no NumericDate.
bool read_date(const json::Document& document, std::uint32_t place,
               std::optional<NumericDate>& into) noexcept {
  if (place == 0) return true;
  const json::Node& node = document.node(place);
  if (!is(JsonKind::number, node)) return false;
  into = parse_numeric_date(document.text().substr(node.begin, node.end - node.begin));
  return into.has_value();
}

constexpr std::string_view kNoString = "not a string";
constexpr std::string_view kNoDate = "not a NumericDate between 1970 and 9999";

Result<void> check_audience(JsonValue aud) noexcept {
  if (aud.is_string()) return {};
  const auto is_string = [](JsonValue item) { return item.is_string(); };
  if (!aud.is_array() || !std::all_of(aud.begin(), aud.end(), is_string)) {
    return invalid("aud", "neither a string nor an array of strings");
  }
  if (aud.size() > kMaxAudiences) return invalid("aud", "more than 64 audiences");
  return {};
}

}  // namespace

Result<void> RegisteredClaims::read(const json::Document& claims) noexcept {
  const Places places = find_claims(claims);
  if (!read_string(claims, places.iss, issuer)) return invalid("iss", kNoString);
  if (!read_string(claims, places.sub, subject)) return invalid("sub", kNoString);
  if (!read_string(claims, places.jti, token_id)) return invalid("jti", kNoString);
  if (!read_date(claims, places.exp, expires_at)) return invalid("exp", kNoDate);
  if (!read_date(claims, places.nbf, not_before)) return invalid("nbf", kNoDate);
  if (!read_date(claims, places.iat, issued_at)) return invalid("iat", kNoDate);
  if (places.cnf != 0) confirmation.emplace(&claims, places.cnf);
  if (places.aud == 0) return {};
  return check_audience(audience.emplace(&claims, places.aud));
}

bool RegisteredClaims::contains(std::string_view name) const noexcept {
  if (name == "iss") return issuer.has_value();
  if (name == "sub") return subject.has_value();
  if (name == "aud") return audience.has_value();
  if (name == "exp") return expires_at.has_value();
  if (name == "iat") return issued_at.has_value();
  if (name == "jti") return token_id.has_value();
  return all.contains(name);
}

}  // namespace jose
}  // namespace v0
}  // namespace jwks
