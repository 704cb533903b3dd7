// Options become a policy here, or are refused: what is contradictory, empty or could never accept
// a token is a mistake, and start-up is the time to hear of it.

#include "jwks/policy.hpp"

#include <algorithm>
#include <array>

#include "base/text.hpp"
#include "jose/dpop.hpp"
#include "jwks/verify.hpp"

namespace jwks {
inline namespace v0 {
namespace {

using std::chrono::seconds;

constexpr std::size_t kMaxRequiredClaims = 256;  // as many as one object may have
constexpr std::size_t kMaxMediaSubtype = 127;    // RFC 6838 §4.2

Error bad(std::string_view option, std::string_view detail) noexcept {
  return Error(ErrorCode::bad_config).about(option).because(detail);
}

bool has_empty(const std::vector<std::string>& values) noexcept {
  return std::ranges::any_of(values, &std::string::empty);
}

bool contains(const std::vector<std::string>& values, std::string_view value) noexcept {
  return std::ranges::find(values, value) != values.end();
}

bool is_of_sign_in(TokenProfile profile) noexcept {
  return profile == TokenProfile::id_token || profile == TokenProfile::logout_token;
}

/// RFC 6838 §4.2, restricted-name: no parameters, no "application/", no white space.
bool is_media_subtype(std::string_view name) noexcept {
  constexpr std::string_view kPunctuation = "!#$&-^_.+";
  const auto is_alphanumeric = [](char c) { return text::is_alpha(c) || text::is_digit(c); };
  return !name.empty() && name.size() <= kMaxMediaSubtype && is_alphanumeric(name.front()) &&
         std::ranges::all_of(name, [&](char c) {
           return is_alphanumeric(c) || kPunctuation.find(c) != std::string_view::npos;
         });
}

/// RFC 6749 §3.3, scope-token: printable ASCII without space, quotation mark and backslash.
bool is_scope(std::string_view scope) noexcept {
  return !scope.empty() && std::ranges::all_of(scope, [](char c) {
    return c > ' ' && c <= '~' && c != '"' && c != '\\';
  });
}

Result<void> check_issuer_and_audience(const ValidationOptions& options) noexcept {
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
  if (is_of_sign_in(options.profile) && options.audiences.size() != 1) {
    return bad("audiences", "the profile wants exactly one: the client id");
  }
  if (has_empty(options.authorized_parties)) return bad("authorized_parties", "one is empty");
  if (!options.authorized_parties.empty() && options.profile != TokenProfile::id_token) {
    return bad("authorized_parties", "only ID tokens have them");
  }
  return {};
}

Result<void> check_algorithms(AlgorithmSet algorithms) noexcept {
  constexpr std::array kAsymmetric = {
      Algorithm::rs256, Algorithm::rs384,     Algorithm::rs512,     Algorithm::ps256,
      Algorithm::ps384, Algorithm::ps512,     Algorithm::es256,     Algorithm::es384,
      Algorithm::es512, Algorithm::es256k,    Algorithm::eddsa,     Algorithm::ed25519,
      Algorithm::ed448, Algorithm::ml_dsa_44, Algorithm::ml_dsa_65, Algorithm::ml_dsa_87};
  const bool symmetric = algorithms.intersects(kSymmetricAlgorithms);
  const auto is_allowed = [algorithms](Algorithm each) { return algorithms.contains(each); };
  const bool asymmetric = std::ranges::any_of(kAsymmetric, is_allowed);

  if (!symmetric && !asymmetric) return bad("algorithms", "no algorithm would be accepted");
  if (symmetric && asymmetric) {
    return bad("algorithms", "those of secrets and those of public keys don't mix");
  }
  if (asymmetric && std::ranges::none_of(kAsymmetric, [&](Algorithm each) {
        return is_allowed(each) && is_supported(each);
      })) {
    return bad("algorithms", "OpenSSL supports none of them");
  }
  return {};
}

Result<void> check_type(const ValidationOptions& options) noexcept {
  if (options.token_type.empty()) return {};
  if (options.profile != TokenProfile::jwt) {
    return bad("token_type", "the profile has a type of its own");
  }
  if (!is_media_subtype(options.token_type)) {
    return bad("token_type", "not a media subtype, such as secevent+jwt");
  }
  return {};
}

Result<void> check_required_claims(const ValidationOptions& options) noexcept {
  const auto& names = options.required_claims;
  if (has_empty(names)) return bad("required_claims", "a name is empty");
  if (names.size() > kMaxRequiredClaims) return bad("required_claims", "more than 256");
  if (options.profile == TokenProfile::id_token && contains(names, "events")) {
    return bad("required_claims", "an ID token has no events");
  }
  if (options.profile == TokenProfile::logout_token && contains(names, "nonce")) {
    return bad("required_claims", "a logout token has no nonce");
  }
  return {};
}

Result<void> check_subject(const ValidationOptions& options) noexcept {
  if (options.profile != TokenProfile::jwt && options.subject.size() > kMaxSubjectBytes) {
    return bad("subject", "longer than the 255 bytes that the profile allows");
  }
  return {};
}

Result<void> check_scopes(const ValidationOptions& options) noexcept {
  if (!std::ranges::all_of(options.required_scopes, is_scope)) {
    return bad("required_scopes", "not a scope by RFC 6749 section 3.3");
  }
  if (!std::ranges::all_of(options.any_scope, is_scope)) {
    return bad("any_scope", "not a scope by RFC 6749 section 3.3");
  }
  return {};
}

Result<void> check_validators(const std::vector<ClaimValidator>& validators) noexcept {
  for (auto it = validators.begin(); it != validators.end(); ++it) {
    if (it->name.empty()) return bad("validators", "one has no name");
    if (!it->check) return bad("validators", "one has no function");
    const auto is_same = [it](const ClaimValidator& other) { return other.name == it->name; };
    if (std::any_of(validators.begin(), it, is_same)) return bad("validators", "a name twice");
  }
  return {};
}

/// What can't be had without "exp".
Result<void> check_expiration(const ValidationOptions& options) noexcept {
  if (options.require_expiration) return {};
  constexpr std::string_view kOption = "require_expiration";
  if (options.profile != TokenProfile::jwt) return bad(kOption, "tokens of the profile expire");
  if (options.max_lifetime) return bad(kOption, "max_lifetime needs it");
  if (options.replay_cache) return bad(kOption, "replay_cache needs it");
  if (contains(options.required_claims, "exp")) return bad(kOption, "required_claims has exp");
  return {};
}

bool is_age(const std::optional<seconds>& age) noexcept {
  return !age || (*age >= seconds{1} && *age <= kMaxTokenAge);
}

Result<void> check_times(const ValidationOptions& options) noexcept {
  if (options.clock_skew < seconds{0} || options.clock_skew > kMaxClockSkew) {
    return bad("clock_skew", "not from 0 s to 600 s");
  }
  if (!is_age(options.max_token_age)) return bad("max_token_age", "not from 1 s to 100 years");
  if (!is_age(options.max_lifetime)) return bad("max_lifetime", "not from 1 s to 100 years");
  return check_expiration(options);
}

Result<void> check_binding(const ValidationOptions& options) noexcept {
  if (!options.dpop) return {};
  if (is_of_sign_in(options.profile)) return bad("dpop", "only access tokens are bound to a key");
  return jose::check_options(*options.dpop);
}

}  // namespace

Result<ValidationPolicy> ValidationPolicy::create(ValidationOptions options) {
  for (const Result<void>& checked :
       {check_issuer_and_audience(options), check_algorithms(options.algorithms),
        check_type(options), check_required_claims(options), check_subject(options),
        check_scopes(options), check_validators(options.validators), check_times(options),
        check_binding(options)}) {
    if (!checked) return checked.error();
  }
  return ValidationPolicy(std::make_shared<const ValidationOptions>(std::move(options)));
}

}  // namespace v0
}  // namespace jwks
