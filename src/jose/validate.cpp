#include "jose/validate.hpp"

#include <algorithm>
#include <array>

#include "jose/numeric_date.hpp"
#include "jwks/verify.hpp"

namespace jwks {
inline namespace v0 {
namespace jose {
namespace {

Error refused(ErrorCode code, std::string_view claim, std::string_view detail = {}) noexcept {
  return Error(code).about(claim).because(detail);
}

Result<void> check_audience_type(JsonValue aud) noexcept {
  if (aud.is_string()) return {};
  const auto is_string = [](JsonValue item) { return item.is_string(); };
  if (!aud.is_array() || !std::all_of(aud.begin(), aud.end(), is_string)) {
    return refused(ErrorCode::invalid_claim, "aud", "neither a string nor an array of strings");
  }
  if (aud.size() > kMaxAudiences) {
    return refused(ErrorCode::invalid_claim, "aud", "more than 64 audiences");
  }
  return {};
}

/// A registered claim of a wrong type is an error, never an absent claim (CVE-2026-25537).
Result<void> check_types(const Claims& claims) noexcept {
  for (const std::string_view name : {"iss", "sub", "jti"}) {
    const auto claim = claims.find(name);
    if (claim && !claim->is_string())
      return refused(ErrorCode::invalid_claim, name, "not a string");
  }
  for (const std::string_view name : {"exp", "nbf", "iat"}) {
    const auto date = claims.numeric_date(name);
    if (!date && date.error().code() == ErrorCode::invalid_claim) return date.error();
  }
  const auto aud = claims.find("aud");
  return aud ? check_audience_type(*aud) : Result<void>{};
}

Result<void> check_presence(const Claims& claims, const ValidationOptions& policy) noexcept {
  const auto missing = [&claims](std::string_view name) { return !claims.contains(name); };
  const auto refuse = [](std::string_view name) { return refused(ErrorCode::missing_claim, name); };

  if (!policy.allow_any_issuer && missing("iss")) return refuse("iss");
  if (!policy.allow_any_audience && missing("aud")) return refuse("aud");
  if (policy.require_expiration && missing("exp")) return refuse("exp");
  if (policy.profile == TokenProfile::access_token) {
    for (const std::string_view name : {"iss", "exp", "aud", "sub", "client_id", "iat", "jti"}) {
      if (missing(name)) return refuse(name);
    }
  }
  if (policy.max_token_age && missing("iat")) return refuse("iat");
  if (policy.max_lifetime && missing("exp")) return refuse("exp");
  if (policy.max_lifetime && missing("iat")) return refuse("iat");
  const auto absent = std::ranges::find_if(policy.required_claims, missing);
  if (absent != policy.required_claims.end()) return refuse(*absent);
  return {};
}

Result<void> check_times(const Claims& claims, const ValidationOptions& policy,
                         NumericDate now) noexcept {
  const auto exp = claims.expires_at();
  const auto nbf = claims.not_before();
  const auto iat = claims.issued_at();
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

}  // namespace

Result<void> run_validators(const Claims&, const ValidationOptions&) noexcept { return {}; }

Result<void> validate(const Claims& claims, const ValidationOptions& policy,
                      NumericDate now) noexcept {
  if (const auto types = check_types(claims); !types) return types.error();
  if (const auto presence = check_presence(claims, policy); !presence) return presence.error();

  // Byte for byte: no trailing slash, case, port or prefix makes two issuers one.
  if (!policy.allow_any_issuer && claims.issuer() != policy.issuer) {
    return refused(ErrorCode::wrong_issuer, "iss");
  }
  if (!policy.allow_any_audience &&
      std::ranges::none_of(policy.audiences, [&](const std::string& audience) {
        return claims.has_audience(audience);
      })) {
    return refused(ErrorCode::wrong_audience, "aud");
  }
  return check_times(claims, policy, now);
}

}  // namespace jose
}  // namespace v0
}  // namespace jwks
