#include "cli/inspect/inspect_hints.hpp"

#include <algorithm>
#include <optional>

#include "base/json.hpp"
#include "base/text.hpp"
#include "jose/numeric_date.hpp"
#include "jose/validate.hpp"
#include "jwks/verify.hpp"

namespace jwks::cli {
namespace {

ValidationOptions default_options() {
  return {.allow_any_issuer = true, .allow_any_audience = true};
}

/// What `verify` answers before it looks for a key; empty: it would.
std::optional<Error> header_fault(std::string_view text, std::chrono::sys_seconds now) {
  const auto policy = ValidationPolicy::create(default_options());
  const auto token = jwks::verify(text, JwkSet(), policy.value(), now);
  if (token || token.error().code() == ErrorCode::unknown_key) return std::nullopt;
  return token.error();
}

std::optional<Error> claims_fault(const JsonValue& claims, std::chrono::sys_seconds now) {
  const auto document = json::parse_object(claims.text());
  if (!document) return document.error();  // not reached: it was parsed before
  const auto valid = jose::validate(*document, default_options(), jose::to_numeric_date(now));
  if (valid) return std::nullopt;
  return valid.error();
}

std::string_view string_member(const JsonValue& object, std::string_view name) {
  const auto value = object.find(name);
  return value ? value->as_string().value_or("") : "";
}

/// What an option of `verify` could change about it.
std::string remedy(const Error& error, const JsonValue& header) {
  if (error.code() == ErrorCode::wrong_type) return "; --type or --profile may ask for it";
  if (error.code() != ErrorCode::alg_not_allowed) return {};
  const std::string_view name = string_member(header, "alg");
  if (text::equals_ignoring_case(name, "none")) return "; nobody signed it";
  const auto algorithm = algorithm_from_name(name);
  if (!algorithm) return "; it is no signature algorithm";
  if (kSymmetricAlgorithms.contains(*algorithm)) return "; it takes a secret: --secret-file";
  return "; --algorithms may ask for it";
}

void add_missing(Hints& hints, const JsonValue& claims) {
  for (const auto& [name, option] : {std::pair{"iss", "--issuer"}, {"aud", "--audience"}}) {
    if (claims.find(name)) continue;
    const Error missing = Error(ErrorCode::missing_claim).about(name);
    hints.refusals.push_back(
        {to_string(missing.code()), missing.message() + "; unless " + option + " is left out"});
  }
}

void add_notes(Hints& hints, const JsonValue& header) {
  for (const std::string_view name : {"jwk", "jku", "x5u", "x5c"}) {
    if (!header.find(name)) continue;
    hints.notes.push_back("\"" + std::string(name) +
                          "\" is ignored: a token does not choose the key that it is checked with");
  }
  if (!header.find("kid")) {
    hints.notes.emplace_back("there is no kid: of the keys just one may fit the algorithm");
  }
}

}  // namespace

Hints hints_about(std::string_view text, const UnverifiedToken& token,
                  std::chrono::sys_seconds now) {
  Hints hints;
  const JsonValue header = token.unverified_header();
  const JsonValue claims = token.unverified_claims();
  if (const auto fault = header_fault(text, now)) {
    hints.refusals.push_back({to_string(fault->code()), fault->message() + remedy(*fault, header)});
  }
  if (const auto fault = claims_fault(claims, now)) {
    hints.refusals.push_back({to_string(fault->code()), fault->message()});
  }
  add_missing(hints, claims);
  add_notes(hints, header);
  return hints;
}

std::string advice_about(std::string_view text) {
  const auto dots = std::ranges::count(text, '.');
  if (text.empty()) return "there is nothing";
  if (text.front() == '{') return "it looks like JSON, where a JWT is three segments with dots";
  if (dots == 4)
    return "five segments are an encrypted token (JWE), which nobody reads without its key";
  if (dots == 0)
    return "without a dot it is no JWT: opaque tokens can only be asked about at their issuer";
  return {};
}

}  // namespace jwks::cli
