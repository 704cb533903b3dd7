#include "jose/header.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "jwks/verify.hpp"

namespace jwks {
inline namespace v0 {
namespace jose {
namespace {

Error invalid(std::string_view parameter, std::string_view detail) noexcept {
  return Error(ErrorCode::invalid_header).about(parameter).because(detail);
}

constexpr std::size_t kMaxCritical = 16;

/// RFC 7515 §4.1, RFC 7516 §4.1: names that "crit" must not list.
bool is_registered(std::string_view name) noexcept {
  constexpr std::array<std::string_view, 13> kRegistered = {"alg",  "jku", "jwk",      "kid", "x5u",
                                                            "x5c",  "x5t", "x5t#S256", "typ", "cty",
                                                            "crit", "enc", "zip"};
  return std::ranges::find(kRegistered, name) != kRegistered.end();
}

bool is_array_of_strings(JsonValue value) noexcept {
  return value.is_array() &&
         std::all_of(value.begin(), value.end(), [](JsonValue item) { return item.is_string(); });
}

/// The parameters that matter, found in one walk.
struct Parameters {
  std::optional<JsonValue> alg{};
  std::optional<JsonValue> b64{};
  std::optional<JsonValue> crit{};
  std::optional<JsonValue> jwk{};
  std::optional<JsonValue> kid{};
  std::optional<JsonValue> typ{};
  std::optional<JsonValue> x5t_s256{};
  std::optional<Error> wrong_type{};  ///< of the first that has one
};

/// The types that RFC 7515 §4.1 gives to the parameters it defines.
std::optional<Error> wrong_type_of(std::string_view name, JsonValue value) noexcept {
  constexpr std::array<std::string_view, 7> kStrings = {"kid", "typ", "cty",     "jku",
                                                        "x5u", "x5t", "x5t#S256"};
  if (std::ranges::find(kStrings, name) != kStrings.end()) {
    if (!value.is_string()) return invalid(name, "not a string");
  } else if (name == "jwk") {
    if (!value.is_object()) return invalid(name, "not an object");
  } else if (name == "x5c") {
    if (!is_array_of_strings(value)) return invalid(name, "not an array of strings");
  }
  return std::nullopt;
}

std::optional<JsonValue>* place_of(std::string_view name, Parameters& parameters) noexcept {
  if (name == "alg") return &parameters.alg;
  if (name == "b64") return &parameters.b64;
  if (name == "crit") return &parameters.crit;
  if (name == "jwk") return &parameters.jwk;
  if (name == "kid") return &parameters.kid;
  if (name == "typ") return &parameters.typ;
  if (name == "x5t#S256") return &parameters.x5t_s256;
  return nullptr;
}

Parameters find_parameters(JsonValue header) noexcept {
  Parameters found;
  for (auto it = header.begin(), end = header.end(); it != end; ++it) {
    const std::string_view name = it.name();
    const JsonValue value = *it;
    if (auto* const place = place_of(name, found)) *place = value;
    if (!found.wrong_type) found.wrong_type = wrong_type_of(name, value);
  }
  return found;
}

/// RFC 7515 §4.1.11: how "crit" must look, whether its extensions are implemented or not.
Result<void> check_crit_form(const Parameters& parameters, JsonValue header) noexcept {
  const auto& b64 = parameters.b64;
  const auto& crit = parameters.crit;
  if (b64 && b64->kind() != JsonKind::boolean) return invalid("b64", "not a boolean");
  if (!crit) return {};
  if (!is_array_of_strings(*crit)) return invalid("crit", "not an array of strings");
  if (crit->size() == 0) return invalid("crit", "empty");
  // Each is compared with each, and a stranger writes the list.
  if (crit->size() > kMaxCritical) return invalid("crit", "more than 16 names");
  for (auto it = crit->begin(), end = crit->end(); it != end; ++it) {
    const std::string_view name = *(*it).as_string();
    if (is_registered(name)) return invalid("crit", "lists a registered parameter");
    if (!header.find(name)) return invalid("crit", "lists a parameter that is absent");
    for (auto earlier = crit->begin(); earlier != it; ++earlier) {
      if ((*earlier).as_string() == name) return invalid("crit", "lists a parameter twice");
    }
  }
  return {};
}

/// This library implements no extension, so that no "crit" is ever acceptable. RFC 7797 §6, §7:
/// b64 is only valid when critical, and never in a JWT.
Result<void> check_extensions(const Parameters& parameters) noexcept {
  if (parameters.crit) return Error(ErrorCode::crit_unsupported).about("crit");
  if (parameters.b64) return Error(ErrorCode::crit_unsupported).about("b64");
  return {};
}

/// RFC 7515 §4.1.9: a media type, of which "application/" may be left out; RFC 2045: any case.
bool is_media_type(std::string_view typ, std::string_view subtype) noexcept {
  constexpr std::string_view kPrefix = "application/";
  if (text::equals_ignoring_case(typ.substr(0, kPrefix.size()), kPrefix))
    typ.remove_prefix(kPrefix.size());
  return text::equals_ignoring_case(typ, subtype);
}

/// The media types of a profile (RFC 8725 §3.11). Where the kinds of JWT are told apart by claims
/// as well, "typ" may be absent or plain `JWT`.
bool is_expected_type(std::string_view typ, const HeaderRules& rules) noexcept {
  if (!rules.token_type.empty()) return is_media_type(typ, rules.token_type);
  switch (rules.profile) {
    case TokenProfile::jwt:
      return is_media_type(typ, "JWT") || is_media_type(typ, "at+jwt");
    case TokenProfile::access_token:
      return is_media_type(typ, "at+jwt");
    case TokenProfile::id_token:
      return is_media_type(typ, "JWT");
    case TokenProfile::logout_token:
      return is_media_type(typ, "JWT") || is_media_type(typ, "logout+jwt");
  }
  return false;
}

Result<void> check_type(std::optional<std::string_view> typ, const HeaderRules& rules) noexcept {
  if (rules.any_type) return {};
  if (!typ) {
    const bool optional = rules.token_type.empty() && rules.profile != TokenProfile::access_token;
    if (optional) return {};
    return Error(ErrorCode::wrong_type).about("typ").because("absent");
  }
  if (!is_expected_type(*typ, rules)) {
    return Error(ErrorCode::wrong_type).about("typ").because(*typ);
  }
  return {};
}

Error not_allowed(std::string_view algorithm) noexcept {
  return Error(ErrorCode::alg_not_allowed).about("alg").because(algorithm);
}

/// *Precondition:* its type was checked.
std::optional<std::string_view> string_of(const std::optional<JsonValue>& parameter) noexcept {
  return parameter ? parameter->as_string() : std::nullopt;
}

Result<void> check_form(const Parameters& parameters, JsonValue header) noexcept {
  const auto& alg = parameters.alg;
  const auto& kid = parameters.kid;
  if (!alg) return invalid("alg", "absent");
  if (string_of(alg).value_or("").empty()) return invalid("alg", "not a string, or empty");
  if (parameters.wrong_type) return *parameters.wrong_type;
  if (kid && kid->as_string()->size() > kMaxKeyIdBytes) {
    return Error(ErrorCode::too_large).about("kid");
  }
  return check_crit_form(parameters, header);
}

}  // namespace

Result<void> check_header_form(JsonValue header) noexcept {
  return check_form(find_parameters(header), header);
}

Result<void> check_header(const Header& header, const HeaderRules& rules) noexcept {
  if (const auto type = check_type(header.type, rules); !type) return type;
  if (!rules.algorithms.contains(header.algorithm)) return not_allowed(to_string(header.algorithm));
  return {};
}

Result<Header> HeaderReader::read(std::string_view json, const HeaderRules& rules) {
  auto parsed = json::parse_object(json, {}, &memory_);
  if (!parsed) return Error(parsed.error()).about("header");
  document_.emplace(std::move(*parsed));
  const JsonValue header = document_->root();

  const Parameters parameters = find_parameters(header);
  if (const auto form = check_form(parameters, header); !form) return form.error();
  if (const auto known = check_extensions(parameters); !known) return known.error();
  Header result;
  result.type = string_of(parameters.typ);
  if (const auto type = check_type(result.type, rules); !type) return type.error();
  // "alg" is compared with the registered names byte for byte, and with the policy's allow-list.
  const std::string_view alg = string_of(parameters.alg).value_or("");
  const auto algorithm = algorithm_from_name(alg);
  if (!algorithm || !rules.algorithms.contains(*algorithm)) return not_allowed(alg);
  result.algorithm = *algorithm;
  result.key_id = string_of(parameters.kid);
  result.certificate_thumbprint = string_of(parameters.x5t_s256);
  result.jwk = parameters.jwk;
  return result;
}

}  // namespace jose
}  // namespace v0
}  // namespace jwks
