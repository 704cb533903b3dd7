// The main path: from a token's text to a VerifiedToken, or the first reason why not.

#include "jwks/verify.hpp"

#include <new>

#include "jose/binding.hpp"
#include "jose/jwt.hpp"
#include "jose/numeric_date.hpp"
#include "jose/pre_check.hpp"
#include "jose/recheck.hpp"
#include "jose/token_state.hpp"
#include "jose/validate.hpp"

namespace jwks {
inline namespace v0 {
namespace {

using Time = std::chrono::system_clock::time_point;

/// How the token was presented, and what the application wants of it: what may change between two
/// uses of one token, like the time.
Result<void> check_use(const jose::RegisteredClaims& claims, std::string_view text,
                       const ValidationOptions& policy, Time now,
                       const Presentation& presentation) {
  const auto proof = jose::check_binding(claims, text, presentation, policy, now);
  if (!proof) return proof.error();
  if (const auto granted = jose::check_scopes(claims.all, policy); !granted) return granted;
  if (const auto valid = jose::run_validators(claims.all, policy); !valid) return valid;
  // Last, because it can't be taken back: a token that is refused may be sent again.
  return jose::remember(claims, *proof, policy, now);
}

/// All that comes after the signature.
Result<void> check_claims(detail::TokenState& token, std::string_view text,
                          const ValidationOptions& policy, Time now,
                          const Presentation& presentation) {
  if (const auto read = token.read_claims(); !read) return read;
  const jose::RegisteredClaims& claims = *token.registered;
  const auto valid = jose::validate(claims, policy, jose::to_numeric_date(now));
  if (!valid) return valid;
  return check_use(claims, text, policy, now, presentation);
}

/// What a fetch may be asked for, unless the token could not pass with any key.
Result<jose::KeyHint> hint_of(const jose::Jws& jws, const ValidationOptions& policy, Time now) {
  const auto claims = jose::parse_claims(jws.payload());
  if (!claims) return jws.concerning(claims.error());
  if (const auto valid = jose::validate(*claims, policy, jose::to_numeric_date(now)); !valid) {
    return jws.concerning(valid.error());
  }
  const jose::Header& header = jws.header();
  return jose::KeyHint{header.key_id.has_value(), std::string(header.key_id.value_or("")),
                       header.algorithm};
}

/// `hint` may be null.
Result<VerifiedToken> verify_steps(std::string_view text, const JwkSet& keys,
                                   const ValidationOptions& policy, Time now,
                                   const Presentation& presentation,
                                   std::optional<Result<jose::KeyHint>>* hint) {
  jose::Jws jws;  // size, dots, base64url, header JSON, crit, typ, alg
  const auto decoded =
      jose::decode_jwt(jws, text, jose::header_rules(policy), &keys.header_memory());
  if (!decoded) return decoded.error();

  const auto key = jws.check_signature(keys, policy.key_selection);
  if (!key) {
    if (hint != nullptr && key.error().code() == ErrorCode::unknown_key)
      hint->emplace(hint_of(jws, policy, now));
    return key.error();
  }

  // From here on the payload is the issuer's word. It moves into memory that the token will own.
  auto state = detail::TokenState::make(jws, **key, policy.profile);
  if (const auto held = check_claims(*state, text, policy, now, presentation); !held) {
    return jws.concerning(held.error());
  }
  return detail::TokenAccess::make(std::move(state));
}

/// The rest was checked when the token was verified, and would be found as it was.
Result<void> recheck_steps(const detail::TokenState& token, std::string_view text,
                           const ValidationOptions& policy, Time now,
                           const Presentation& presentation) {
  const jose::RegisteredClaims& claims = *token.registered;
  auto held = jose::check_times(claims, policy, jose::to_numeric_date(now));
  if (held) held = check_use(claims, text, policy, now, presentation);
  if (held) return held;
  return Error(held.error()).for_key(token.key_id).with_algorithm(token.algorithm);
}

Result<jose::KeyHint> pre_check_steps(std::string_view text, const ValidationOptions& policy,
                                      Time now) {
  jose::Jws jws;
  if (const auto decoded = jose::decode_jwt(jws, text, jose::header_rules(policy)); !decoded) {
    return decoded.error();
  }
  return hint_of(jws, policy, now);
}

/// Runs `steps`; memory is the only thing that they can run out of.
template <class Steps>
auto without_exceptions(Steps&& steps) noexcept -> decltype(steps()) {
  try {
    return steps();
  } catch (const std::bad_alloc&) {
    return Error(ErrorCode::out_of_memory);
  }
}

}  // namespace

Result<VerifiedToken> verify(std::string_view token, const JwkSet& keys,
                             const ValidationPolicy& policy, Time now,
                             const Presentation& presentation) noexcept {
  return jose::verify_or_pre_check(token, keys, policy, now, presentation, nullptr);
}

Result<VerifiedToken> jose::verify_or_pre_check(std::string_view token, const JwkSet& keys,
                                                const ValidationPolicy& policy, Time now,
                                                const Presentation& presentation,
                                                std::optional<Result<KeyHint>>* hint) noexcept {
  if (hint != nullptr) hint->reset();
  return without_exceptions(
      [&] { return verify_steps(token, keys, policy.options(), now, presentation, hint); });
}

Result<jose::KeyHint> jose::pre_check(std::string_view token, const ValidationPolicy& policy,
                                      Time now) noexcept {
  return without_exceptions([&] { return pre_check_steps(token, policy.options(), now); });
}

Result<void> jose::recheck(const VerifiedToken& token, std::string_view text,
                           const ValidationPolicy& policy, Time now,
                           const Presentation& presentation) noexcept {
  return without_exceptions([&] {
    return recheck_steps(detail::TokenAccess::state(token), text, policy.options(), now,
                         presentation);
  });
}

}  // namespace v0
}  // namespace jwks
