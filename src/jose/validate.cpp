#include "jose/validate.hpp"

#include <algorithm>

#include "jose/numeric_date.hpp"
#include "jose/profile.hpp"
#include "jwks/verify.hpp"

namespace jwks {
inline namespace v0 {
namespace jose {
namespace {

Error refused(ErrorCode code, std::string_view claim, std::string_view detail = {}) noexcept {
  return Error(code).about(claim).because(detail);
}

constexpr std::string_view kNeitherStringNorStrings = "neither a string nor an array of strings";

bool is_string_or_strings(JsonValue value) noexcept {
  const auto is_string = [](JsonValue item) { return item.is_string(); };
  return value.is_string() ||
         (value.is_array() && std::all_of(value.begin(), value.end(), is_string));
}

Result<void> check_presence(const RegisteredClaims& claims,
                            const ValidationOptions& policy) noexcept {
  const auto missing = [&claims](std::string_view name) { return !claims.contains(name); };
  const auto refuse = [](std::string_view name) { return refused(ErrorCode::missing_claim, name); };

  if (!policy.allow_any_issuer && missing("iss")) return refuse("iss");
  if (!policy.allow_any_audience && missing("aud")) return refuse("aud");
  if (policy.require_expiration && missing("exp")) return refuse("exp");
  const auto of_profile = required_claims(policy.profile);
  if (const auto absent = std::ranges::find_if(of_profile, missing); absent != of_profile.end()) {
    return refuse(*absent);
  }
  if ((policy.max_token_age || policy.max_lifetime) && missing("iat")) return refuse("iat");
  if (!policy.subject.empty() && missing("sub")) return refuse("sub");
  if (policy.replay_cache && missing("jti")) return refuse("jti");
  const auto absent = std::ranges::find_if(policy.required_claims, missing);
  if (absent != policy.required_claims.end()) return refuse(*absent);
  return {};
}

/// Byte for byte: no trailing slash, case, port or prefix makes two issuers, audiences or subjects
/// one.
Result<void> check_parties(const RegisteredClaims& claims,
                           const ValidationOptions& policy) noexcept {
  if (!policy.allow_any_issuer && claims.issuer != policy.issuer) {
    return refused(ErrorCode::wrong_issuer, "iss");
  }
  const auto is_named = [&claims](const std::string& name) {
    const JsonValue aud = *claims.audience;  // is there: see check_presence
    const auto is = [&name](JsonValue value) { return value.as_string() == name; };
    return aud.is_string() ? is(aud) : std::any_of(aud.begin(), aud.end(), is);
  };
  if (!policy.allow_any_audience && std::ranges::none_of(policy.audiences, is_named)) {
    return refused(ErrorCode::wrong_audience, "aud");
  }
  if (!policy.subject.empty() && claims.subject != policy.subject) {
    return refused(ErrorCode::invalid_claim, "sub", "not the expected subject");
  }
  return {};
}

/// A list of words (RFC 8693 §4.2) in "scope", or else "scp": a list too, or an array of words.
Result<void> check_scope_type(const Claims& claims) noexcept {
  const auto scope = claims.find("scope");
  if (scope && !scope->is_string())
    return refused(ErrorCode::insufficient_scope, "scope", "not a string");
  const auto scp = claims.find("scp");
  if (!scope && scp && !is_string_or_strings(*scp)) {
    return refused(ErrorCode::insufficient_scope, "scp", kNeitherStringNorStrings);
  }
  return {};
}

}  // namespace

Result<void> check_scopes(const Claims& claims, const ValidationOptions& policy) noexcept {
  const auto& all = policy.required_scopes;
  const auto& any = policy.any_scope;
  if (all.empty() && any.empty()) return {};
  if (const auto type = check_scope_type(claims); !type) return type.error();

  const auto is_granted = [&claims](const std::string& scope) { return claims.has_scope(scope); };
  if (const auto lacking = std::ranges::find_if_not(all, is_granted); lacking != all.end()) {
    return refused(ErrorCode::insufficient_scope, "scope", *lacking);
  }
  if (!any.empty() && std::ranges::none_of(any, is_granted)) {
    return refused(ErrorCode::insufficient_scope, "scope", "none of those of which one is needed");
  }
  return {};
}

namespace {

Error refusal_of(const ClaimValidator& validator, std::string_view detail) noexcept {
  return Error(ErrorCode::custom).about(validator.name).because(detail);
}

/// What a validator says, whatever it does: it is code of the application's.
Result<void> ask(const ClaimValidator& validator, const Claims& claims) noexcept {
  try {
    const Result<void> verdict = validator.check(claims);
    if (verdict) return verdict;
    if (verdict.error().code() == ErrorCode::custom)
      return Error(verdict.error()).about(validator.name);
    if (verdict.error().category() == ErrorCategory::claims) return verdict;
    return refusal_of(validator, to_string(verdict.error().code()));
  } catch (...) {
    return refusal_of(validator, "it threw an exception");
  }
}

}  // namespace

Result<void> run_validators(const Claims& claims, const ValidationOptions& policy) noexcept {
  for (const ClaimValidator& validator : policy.validators) {
    if (const auto verdict = ask(validator, claims); !verdict) return verdict.error();
  }
  return {};
}

Result<void> check_times(const RegisteredClaims& claims, const ValidationOptions& policy,
                         NumericDate now) noexcept {
  const auto& exp = claims.expires_at;
  const auto& nbf = claims.not_before;
  const auto& iat = claims.issued_at;
  const auto skew = policy.clock_skew;

  // RFC 7519 §4.1.4: "on or after" the expiration time the token is not accepted.
  if (exp && now >= *exp + skew) return refused(ErrorCode::expired, "exp");
  if (nbf && *nbf > now + skew) return refused(ErrorCode::not_yet_valid, "nbf");
  if (iat && *iat > now + skew) return refused(ErrorCode::issued_in_future, "iat");
  if (exp && nbf && *nbf > *exp) return refused(ErrorCode::invalid_claim, "nbf", "after exp");
  if (exp && iat && *iat > *exp) return refused(ErrorCode::issued_in_future, "iat", "after exp");
  if (policy.max_token_age && now > *iat + *policy.max_token_age + skew) {
    return refused(ErrorCode::too_old, "iat");
  }
  if (policy.max_lifetime && *exp > *iat + *policy.max_lifetime) {
    return refused(ErrorCode::invalid_claim, "exp", "the lifetime is longer than allowed");
  }
  return {};
}

Result<void> validate(const RegisteredClaims& claims, const ValidationOptions& policy,
                      NumericDate now) noexcept {
  if (const auto presence = check_presence(claims, policy); !presence) return presence;
  if (const auto parties = check_parties(claims, policy); !parties) return parties;
  if (const auto times = check_times(claims, policy, now); !times) return times;
  if (policy.replay_cache && claims.token_id->empty()) {
    return refused(ErrorCode::invalid_claim, "jti", "empty");
  }
  return check_profile(claims.all, policy);
}

Result<void> validate(const json::Document& claims, const ValidationOptions& policy,
                      NumericDate now) noexcept {
  RegisteredClaims registered(claims);
  if (const auto read = registered.read(claims); !read) return read;
  return validate(registered, policy, now);
}

}  // namespace jose
}  // namespace v0
}  // namespace jwks
