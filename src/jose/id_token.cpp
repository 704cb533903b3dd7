#include "jwks/id_token.hpp"

#include <algorithm>
#include <array>
#include <new>
#include <string>

#include "base/base64url.hpp"
#include "crypto/digest.hpp"
#include "jose/numeric_date.hpp"
#include "jose/token_state.hpp"

namespace jwks {
inline namespace v0 {
namespace jose {
namespace {

using crypto::HashFunction;
using std::chrono::seconds;

Error refused(ErrorCode code, std::string_view claim, std::string_view detail = {}) noexcept {
  return Error(code).about(claim).because(detail);
}

Result<void> check_expectations(const IdTokenPolicy& expected) noexcept {
  const auto bad = [](std::string_view name, std::string_view detail) {
    return refused(ErrorCode::bad_config, name, detail);
  };
  if (expected.nonce && expected.nonce->empty()) return bad("nonce", "empty");
  if (expected.max_age && (*expected.max_age < seconds{0} || *expected.max_age > kMaxTokenAge)) {
    return bad("max_age", "not from 0 s to 100 years");
  }
  if (expected.iat_window &&
      (*expected.iat_window < seconds{1} || *expected.iat_window > kMaxTokenAge)) {
    return bad("iat_window", "not from 1 s to 100 years");
  }
  if (std::ranges::any_of(expected.acr_values, &std::string_view::empty)) {
    return bad("acr_values", "a value is empty");
  }
  if (expected.clock_skew < seconds{0} || expected.clock_skew > kMaxClockSkew) {
    return bad("clock_skew", "not from 0 s to 600 s");
  }
  return {};
}

bool contains(const std::vector<std::string_view>& items, std::string_view item) noexcept {
  return std::ranges::find(items, item) != items.end();
}

/// OpenID Connect Core 1.0 §3.1.3.7 (3, 5): the token was issued to this very client, and to nobody
/// who could use it elsewhere. That several audiences have an "azp" beside them (4) the profile saw
/// to.
Result<void> check_client(const Claims& claims, const IdTokenPolicy& expected) {
  const std::string_view client = expected.client_id;
  if (client.empty()) return {};
  if (!claims.has_audience(client)) return refused(ErrorCode::wrong_audience, "aud");
  for (const std::string_view audience : claims.audiences()) {
    if (audience != client && !contains(expected.trusted_audiences, audience))
      return refused(ErrorCode::wrong_audience, "aud", "another audience is not trusted");
  }
  const auto azp = claims.find("azp");
  if (!azp) return {};
  const auto party = azp->as_string();
  if (party && (*party == client || contains(expected.authorized_parties, *party))) return {};
  return refused(ErrorCode::wrong_azp, "azp");
}

/// OpenID Connect Core 1.0 §3.1.3.7 (11): the token answers this browser's request.
Result<void> check_nonce(const Claims& claims, const IdTokenPolicy& expectations) noexcept {
  const auto& expected = expectations.nonce;
  if (!claims.contains("nonce")) {
    if (!expected) return {};
    return refused(ErrorCode::wrong_nonce, "nonce", "absent");
  }
  const auto nonce = claims.string("nonce");
  if (!nonce) return nonce.error();
  if (!expected) {
    if (expectations.allow_unsolicited_nonce) return {};
    return refused(ErrorCode::wrong_nonce, "nonce", "none was sent");
  }
  if (!crypto::equal_in_constant_time(*nonce, *expected)) {
    return refused(ErrorCode::wrong_nonce, "nonce");
  }
  return {};
}

/// The hash function inside of a signature algorithm (OpenID Connect Core 1.0 §3.1.3.6). ML-DSA
/// has none that a specification would name.
std::optional<HashFunction> hash_function_of(Algorithm algorithm) noexcept {
  switch (algorithm) {
    case Algorithm::rs256:
    case Algorithm::ps256:
    case Algorithm::es256:
    case Algorithm::es256k:
    case Algorithm::hs256:
      return HashFunction::sha256;
    case Algorithm::rs384:
    case Algorithm::ps384:
    case Algorithm::es384:
    case Algorithm::hs384:
      return HashFunction::sha384;
    case Algorithm::rs512:
    case Algorithm::ps512:
    case Algorithm::es512:
    case Algorithm::hs512:
    case Algorithm::ed25519:
      return HashFunction::sha512;
    case Algorithm::ed448:
      return HashFunction::shake256;
    case Algorithm::eddsa:  // the curve decides; see TokenState::exact_algorithm
    case Algorithm::ml_dsa_44:
    case Algorithm::ml_dsa_65:
    case Algorithm::ml_dsa_87:
      return std::nullopt;
  }
  return std::nullopt;
}

/// The left half of the hash, base64url; empty if there is no such hash.
std::string left_half_hash(Algorithm algorithm, std::string_view value) {
  const auto function = hash_function_of(algorithm);
  const auto hash = function ? crypto::digest(*function, value) : std::nullopt;
  return hash ? base64url::encode(hash->bytes().first(hash->size / 2)) : std::string{};
}

/// OpenID Connect Core 1.0 §3.1.3.8, §3.3.2.10: `value` came along with this very token.
Result<void> check_hash(const Claims& claims, std::string_view name, std::string_view value,
                        Algorithm algorithm, bool required) {
  if (value.empty()) return {};
  if (!claims.contains(name)) {
    if (!required) return {};
    return refused(ErrorCode::wrong_hash, name, "absent");
  }
  const auto hash = claims.string(name);
  if (!hash) return hash.error();
  const std::string expected = left_half_hash(algorithm, value);
  if (expected.empty()) {
    return refused(ErrorCode::wrong_hash, name, "not defined for the algorithm");
  }
  if (!crypto::equal_in_constant_time(*hash, expected)) {
    return refused(ErrorCode::wrong_hash, name);
  }
  return {};
}

Result<void> check_hashes(const Claims& claims, const IdTokenPolicy& expected,
                          Algorithm algorithm) {
  const std::array<std::pair<std::string_view, std::string_view>, 3> hashes = {{
      {"at_hash", expected.access_token},
      {"c_hash", expected.code},
      {"s_hash", expected.state},
  }};
  for (const auto& [name, value] : hashes) {
    const auto valid = check_hash(claims, name, value, algorithm, expected.require_hashes);
    if (!valid) return valid.error();
  }
  return {};
}

/// OpenID Connect Core 1.0 §3.1.3.7 (10).
Result<void> check_issued_at(const Claims& claims, const IdTokenPolicy& expected,
                             NumericDate now) noexcept {
  if (!expected.iat_window) return {};
  const auto iat = claims.numeric_date("iat");
  if (!iat) return iat.error();
  if (*iat > now + expected.clock_skew) return refused(ErrorCode::issued_in_future, "iat");
  if (now > *iat + *expected.iat_window + expected.clock_skew) {
    return refused(ErrorCode::too_old, "iat");
  }
  return {};
}

/// OpenID Connect Core 1.0 §3.1.3.7 (13).
Result<void> check_auth_time(const Claims& claims, const IdTokenPolicy& expected,
                             NumericDate now) noexcept {
  if (!expected.max_age) return {};
  const auto auth_time = claims.numeric_date("auth_time");
  if (!auth_time) return auth_time.error();
  if (*auth_time > now + expected.clock_skew) {
    return refused(ErrorCode::invalid_claim, "auth_time", "in the future");
  }
  if (now > *auth_time + *expected.max_age + expected.clock_skew) {
    return refused(ErrorCode::too_old, "auth_time");
  }
  return {};
}

/// OpenID Connect Core 1.0 §3.1.3.7 (12).
Result<void> check_acr(const Claims& claims,
                       const std::vector<std::string_view>& accepted) noexcept {
  if (accepted.empty()) return {};
  const auto acr = claims.string("acr");
  if (!acr) return acr.error();
  if (!contains(accepted, *acr)) {
    return refused(ErrorCode::invalid_claim, "acr", "none of acr_values");
  }
  return {};
}

Result<void> check_sign_in(const detail::TokenState& token, const IdTokenPolicy& expected,
                           NumericDate now) {
  if (token.profile != TokenProfile::id_token) {
    return refused(ErrorCode::wrong_type, "profile", "not verified as an ID token");
  }
  if (const auto valid = check_expectations(expected); !valid) return valid.error();

  const Claims claims(*token.claims);
  if (const auto client = check_client(claims, expected); !client) return client.error();
  if (const auto nonce = check_nonce(claims, expected); !nonce) return nonce.error();
  if (const auto hashes = check_hashes(claims, expected, token.exact_algorithm); !hashes) {
    return hashes.error();
  }
  if (const auto iat = check_issued_at(claims, expected, now); !iat) return iat.error();
  if (const auto time = check_auth_time(claims, expected, now); !time) return time.error();
  return check_acr(claims, expected.acr_values);
}

}  // namespace
}  // namespace jose

Result<void> validate_id_token(const VerifiedToken& token, const IdTokenPolicy& expected,
                               std::chrono::system_clock::time_point now) noexcept {
  try {
    return jose::check_sign_in(detail::TokenAccess::state(token), expected,
                               jose::to_numeric_date(now));
  } catch (const std::bad_alloc&) {
    return Error(ErrorCode::out_of_memory);
  }
}

}  // namespace v0
}  // namespace jwks
