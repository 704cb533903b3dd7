#include "jwks/policy.hpp"

#include <algorithm>

namespace jwks {
inline namespace v0 {
namespace {

using std::chrono::seconds;

constexpr seconds kMaxClockSkew{600};
constexpr seconds kMaxAge = std::chrono::hours(24 * 365 * 100);

Error bad(std::string_view option, std::string_view detail) noexcept {
  return Error(ErrorCode::bad_config).about(option).because(detail);
}

bool has_empty(const std::vector<std::string>& values) noexcept {
  return std::ranges::any_of(values, &std::string::empty);
}

bool out_of_range(const std::optional<seconds>& age) noexcept {
  return age && (*age < seconds{1} || *age > kMaxAge);
}

}  // namespace

Result<ValidationPolicy> ValidationPolicy::create(ValidationOptions options) {
  if (options.issuer.empty() != options.allow_any_issuer) {
    return bad("issuer", options.allow_any_issuer ? "contradicts allow_any_issuer"
                                                  : "required, unless allow_any_issuer is set");
  }
  if (options.audiences.empty() != options.allow_any_audience) {
    return bad("audiences", options.allow_any_audience
                                ? "contradicts allow_any_audience"
                                : "required, unless allow_any_audience is set");
  }
  if (has_empty(options.audiences)) return bad("audiences", "an audience is empty");
  if (options.algorithms.empty()) return bad("algorithms", "no algorithm would be accepted");
  if (has_empty(options.required_claims)) return bad("required_claims", "a name is empty");
  if (!options.require_expiration && options.profile == TokenProfile::access_token) {
    return bad("require_expiration", "RFC 9068 access tokens always expire");
  }
  if (options.clock_skew < seconds{0} || options.clock_skew > kMaxClockSkew) {
    return bad("clock_skew", "not from 0 s to 600 s");
  }
  if (out_of_range(options.max_token_age)) return bad("max_token_age", "not from 1 s to 100 years");
  if (out_of_range(options.max_lifetime)) return bad("max_lifetime", "not from 1 s to 100 years");
  return ValidationPolicy(std::make_shared<const ValidationOptions>(std::move(options)));
}

}  // namespace v0
}  // namespace jwks
