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

/// The dates as they stand in the document.
struct Dates {
  std::optional<JsonValue> expires_at{};
  std::optional<JsonValue> not_before{};
  std::optional<JsonValue> issued_at{};
};

constexpr std::size_t kNameLength = 3;  // of every name that is wanted

constexpr std::uint32_t code_of(std::string_view name) noexcept {
  std::uint32_t code = 0;
  for (const char c : name) code = code << 8 | static_cast<unsigned char>(c);
  return code;
}

/// Where the claim of this name goes; null for all others.
std::optional<JsonValue>* place_of(std::string_view name, RegisteredClaims& claims,
                                   Dates& dates) noexcept {
  if (name.size() != kNameLength) return nullptr;
  switch (code_of(name)) {
    case code_of("iss"):
      return &claims.issuer;
    case code_of("sub"):
      return &claims.subject;
    case code_of("aud"):
      return &claims.audience;
    case code_of("exp"):
      return &dates.expires_at;
    case code_of("nbf"):
      return &dates.not_before;
    case code_of("iat"):
      return &dates.issued_at;
    case code_of("jti"):
      return &claims.token_id;
    case code_of("cnf"):
      return &claims.confirmation;
    default:
      return nullptr;
  }
}

/// Walks the members once.
void find_claims(const json::Document& document, RegisteredClaims& claims, Dates& dates) noexcept {
  const std::uint32_t end = document.node(0).next;
  for (std::uint32_t name = 1; name != end; name = document.node(name + 1).next) {
    auto* const place = place_of(document.string_at(name), claims, dates);
    if (place != nullptr) place->emplace(&document, name + 1);
  }
}

Result<void> check_string(std::string_view name, const std::optional<JsonValue>& claim) noexcept {
  if (claim && !claim->is_string()) return invalid(name, "not a string");
  return {};
}

Result<void> read_date(std::string_view name, const std::optional<JsonValue>& claim,
                       std::optional<NumericDate>& into) noexcept {
  if (!claim) return {};
  const auto number = claim->number_text();
  into = number ? parse_numeric_date(*number) : std::nullopt;
  if (!into) return invalid(name, "not a NumericDate between 1970 and 9999");
  return {};
}

Result<void> check_audience(const std::optional<JsonValue>& aud) noexcept {
  if (!aud || aud->is_string()) return {};
  const auto is_string = [](JsonValue item) { return item.is_string(); };
  if (!aud->is_array() || !std::all_of(aud->begin(), aud->end(), is_string)) {
    return invalid("aud", "neither a string nor an array of strings");
  }
  if (aud->size() > kMaxAudiences) return invalid("aud", "more than 64 audiences");
  return {};
}

}  // namespace

bool RegisteredClaims::contains(std::string_view name) const noexcept {
  if (name == "iss") return issuer.has_value();
  if (name == "sub") return subject.has_value();
  if (name == "aud") return audience.has_value();
  if (name == "exp") return expires_at.has_value();
  if (name == "iat") return issued_at.has_value();
  if (name == "jti") return token_id.has_value();
  return all.contains(name);
}

Result<RegisteredClaims> read_registered(const json::Document& claims) noexcept {
  Result<RegisteredClaims> result{RegisteredClaims(claims)};
  RegisteredClaims& found = *result;
  Dates dates;
  find_claims(claims, found, dates);

  if (const auto good = check_string("iss", found.issuer); !good) return good.error();
  if (const auto good = check_string("sub", found.subject); !good) return good.error();
  if (const auto good = check_string("jti", found.token_id); !good) return good.error();
  if (const auto good = read_date("exp", dates.expires_at, found.expires_at); !good)
    return good.error();
  if (const auto good = read_date("nbf", dates.not_before, found.not_before); !good)
    return good.error();
  if (const auto good = read_date("iat", dates.issued_at, found.issued_at); !good)
    return good.error();
  if (const auto good = check_audience(found.audience); !good) return good.error();
  return result;
}

}  // namespace jose
}  // namespace v0
}  // namespace jwks
