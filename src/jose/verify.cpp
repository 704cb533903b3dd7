// The main path: from a token's text to a VerifiedToken, or the first reason why not.

#include "jwks/verify.hpp"

#include <new>

#include "jose/binding.hpp"
#include "jose/jws.hpp"
#include "jose/numeric_date.hpp"
#include "jose/pre_check.hpp"
#include "jose/token_state.hpp"
#include "jose/validate.hpp"

namespace jwks {
inline namespace v0 {
namespace {

using Time = std::chrono::system_clock::time_point;

/// A JWT is a JWS whose payload is there: detached ones (RFC 7515 appendix F) are none.
Result<void> decode_jwt(jose::Jws& jws, std::string_view text, const ValidationOptions& policy) {
  const auto decoded = jws.decode(text, jose::header_rules(policy));
  if (decoded && jws.payload().empty()) {
    return Error(ErrorCode::not_three_segments).about("token").because("an empty payload");
  }
  return decoded;
}

Result<json::Document> parse_claims(std::string_view payload) {
  return json::parse_object(payload).transform_error(
      [](Error error) { return error.about("payload"); });
}

Result<VerifiedToken> verify_steps(std::string_view text, const JwkSet& keys,
                                   const ValidationOptions& policy, Time now,
                                   const Presentation& presentation) {
  jose::Jws jws;  // size, dots, base64url, header JSON, crit, typ, alg
  if (const auto decoded = decode_jwt(jws, text, policy); !decoded) return decoded.error();

  const auto key = jws.check_signature(keys, policy.key_selection);
  if (!key) return key.error();

  // From here on the payload is the issuer's word. It moves into memory that the token will own.
  const jose::Header& header = jws.header();
  auto state = std::make_shared<detail::TokenState>(**key, header.key_id, header.algorithm,
                                                    policy.profile, jws.payload());
  auto document = parse_claims(state->payload);
  if (!document) return jws.concerning(document.error());
  state->claims.emplace(std::move(*document));

  const Claims claims(*state->claims);
  if (const auto valid = jose::validate(claims, policy, jose::to_numeric_date(now)); !valid) {
    return jws.concerning(valid.error());
  }
  const auto proof = jose::check_binding(claims, text, presentation, policy, now);
  if (!proof) return jws.concerning(proof.error());
  if (const auto granted = jose::check_scopes(claims, policy); !granted) {
    return jws.concerning(granted.error());
  }
  if (const auto valid = jose::run_validators(claims, policy); !valid) {
    return jws.concerning(valid.error());
  }
  // Last, because it can't be taken back: a token that is refused may be sent again.
  if (const auto once = jose::remember(claims, *proof, policy, now); !once) {
    return jws.concerning(once.error());
  }
  return detail::TokenAccess::make(std::move(state));
}

Result<jose::KeyHint> pre_check_steps(std::string_view text, const ValidationOptions& policy,
                                      Time now) {
  jose::Jws jws;
  if (const auto decoded = decode_jwt(jws, text, policy); !decoded) return decoded.error();
  const auto claims = parse_claims(jws.payload());
  if (!claims) return jws.concerning(claims.error());
  if (const auto valid = jose::validate(Claims(*claims), policy, jose::to_numeric_date(now));
      !valid) {
    return jws.concerning(valid.error());
  }
  const jose::Header& header = jws.header();
  return jose::KeyHint{header.key_id.has_value(), std::string(header.key_id.value_or("")),
                       header.algorithm};
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
  return without_exceptions(
      [&] { return verify_steps(token, keys, policy.options(), now, presentation); });
}

Result<jose::KeyHint> jose::pre_check(std::string_view token, const ValidationPolicy& policy,
                                      Time now) noexcept {
  return without_exceptions([&] { return pre_check_steps(token, policy.options(), now); });
}

}  // namespace v0
}  // namespace jwks
