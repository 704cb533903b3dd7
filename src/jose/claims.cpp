#include "jwks/claims.hpp"

#include <algorithm>

#include "base/json.hpp"
#include "jose/numeric_date.hpp"

namespace jwks {
inline namespace v0 {
namespace {

Error missing(std::string_view name) noexcept {
  return Error(ErrorCode::missing_claim).about(name);
}

Error invalid(std::string_view name, std::string_view detail) noexcept {
  return Error(ErrorCode::invalid_claim).about(name).because(detail);
}

template <class T>
Result<T> typed(std::string_view name, const std::optional<JsonValue>& claim,
                std::optional<T> (JsonValue::*read)() const noexcept, std::string_view expected) {
  if (!claim) return missing(name);
  const std::optional<T> value = ((*claim).*read)();
  if (!value) return invalid(name, expected);
  return *value;
}

std::optional<NumericDate> date_of(const std::optional<JsonValue>& claim) noexcept {
  const auto number = claim ? claim->number_text() : std::nullopt;
  return number ? jose::parse_numeric_date(*number) : std::nullopt;
}

bool holds(JsonValue string_or_array, std::string_view value) noexcept {
  if (string_or_array.is_string()) return string_or_array.as_string() == value;
  return std::any_of(string_or_array.begin(), string_or_array.end(),
                     [value](JsonValue item) { return item.as_string() == value; });
}

/// RFC 6749 §3.3: a list of words, each separated from the next by one space.
bool holds_word(std::string_view list, std::string_view word) noexcept {
  while (!list.empty()) {
    const std::size_t end = std::min(list.find(' '), list.size());
    if (list.substr(0, end) == word) return true;
    list.remove_prefix(std::min(end + 1, list.size()));
  }
  return false;
}

}  // namespace

std::optional<JsonValue> Claims::find(std::string_view name) const noexcept {
  return root().find(name);
}
bool Claims::contains(std::string_view name) const noexcept { return find(name).has_value(); }

std::string_view Claims::issuer() const noexcept { return string("iss").value_or(""); }
std::string_view Claims::subject() const noexcept { return string("sub").value_or(""); }
std::string_view Claims::token_id() const noexcept { return string("jti").value_or(""); }
std::optional<NumericDate> Claims::expires_at() const noexcept { return date_of(find("exp")); }
std::optional<NumericDate> Claims::not_before() const noexcept { return date_of(find("nbf")); }
std::optional<NumericDate> Claims::issued_at() const noexcept { return date_of(find("iat")); }

std::vector<std::string_view> Claims::audiences() const {
  return strings("aud").value_or(std::vector<std::string_view>{});
}

bool Claims::has_audience(std::string_view audience) const noexcept {
  const auto aud = find("aud");
  return aud && holds(*aud, audience);
}

bool Claims::has_scope(std::string_view scope) const noexcept {
  if (scope.empty()) return false;
  if (const auto list = find("scope")) return holds_word(list->as_string().value_or(""), scope);
  const auto scp = find("scp");
  if (!scp) return false;
  return scp->is_array() ? holds(*scp, scope) : holds_word(scp->as_string().value_or(""), scope);
}

Result<std::string_view> Claims::string(std::string_view name) const noexcept {
  return typed(name, find(name), &JsonValue::as_string, "not a string");
}

Result<std::int64_t> Claims::integer(std::string_view name) const noexcept {
  return typed(name, find(name), &JsonValue::as_integer, "not an integer of 64 bits");
}

Result<double> Claims::number(std::string_view name) const noexcept {
  return typed(name, find(name), &JsonValue::as_double, "not a number that a double can hold");
}

Result<bool> Claims::boolean(std::string_view name) const noexcept {
  return typed(name, find(name), &JsonValue::as_boolean, "not a boolean");
}

Result<NumericDate> Claims::numeric_date(std::string_view name) const noexcept {
  const auto claim = find(name);
  if (!claim) return missing(name);
  const auto date = date_of(claim);
  if (!date) return invalid(name, "not a NumericDate between 1970 and 9999");
  return *date;
}

Result<std::vector<std::string_view>> Claims::strings(std::string_view name) const {
  const auto claim = find(name);
  if (!claim) return missing(name);
  if (const auto single = claim->as_string()) return std::vector{*single};
  if (!claim->is_array()) return invalid(name, "neither a string nor an array of strings");
  std::vector<std::string_view> values;
  values.reserve(claim->size());
  for (const JsonValue item : *claim) {
    const auto value = item.as_string();
    if (!value) return invalid(name, "neither a string nor an array of strings");
    values.push_back(*value);
  }
  return values;
}

}  // namespace v0
}  // namespace jwks
