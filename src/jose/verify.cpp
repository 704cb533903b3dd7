// The main path: from a token's text to a VerifiedToken, or the first reason why not.

#include "jwks/verify.hpp"

#include <algorithm>
#include <new>

#include "crypto/signature.hpp"
#include "jose/compact.hpp"
#include "jose/header.hpp"
#include "jose/numeric_date.hpp"
#include "jose/pre_check.hpp"
#include "jose/select_key.hpp"
#include "jose/token_state.hpp"
#include "jose/validate.hpp"

namespace jwks {
inline namespace v0 {
namespace {

/// Adds what the header said of the key, so that a log line tells which one.
Error concerning(const jose::Header& header, Error error) noexcept {
  return error.for_key(header.key_id.value_or("")).with_algorithm(header.algorithm);
}

const Jwk* find_signer(const jose::Candidates& candidates, Algorithm algorithm,
                       const jose::CompactToken& token) noexcept {
  for (const Jwk* key : candidates.keys()) {
    if (crypto::verify_signature(algorithm, key->public_key(), token.signing_input(),
                                 token.signature())) {
      return key;
    }
  }
  return nullptr;
}

Result<json::Document> parse_claims(std::string_view payload) {
  return json::parse_object(payload).transform_error(
      [](Error error) { return error.about("payload"); });
}

Result<VerifiedToken> verify_steps(std::string_view text, const JwkSet& keys,
                                   const ValidationOptions& policy, NumericDate now) {
  jose::CompactToken token;  // size, dots, base64url
  if (const auto decoded = token.decode(text); !decoded) return decoded.error();

  jose::HeaderReader reader;  // header JSON, crit, typ, alg
  const auto header = reader.read(token.header(), policy);
  if (!header) return header.error();

  const auto candidates = jose::select_keys(keys, *header, policy.key_selection);
  if (!candidates) return candidates.error();

  const Jwk* const key = find_signer(*candidates, header->algorithm, token);
  if (key == nullptr) return concerning(*header, Error(ErrorCode::bad_signature));

  // From here on the payload is the issuer's word. It moves into memory that the token will own.
  auto state = std::make_shared<detail::TokenState>(*key, header->key_id, header->algorithm,
                                                    token.payload());
  auto claims = parse_claims(state->payload);
  if (!claims) return concerning(*header, claims.error());
  state->claims.emplace(std::move(*claims));

  const auto valid = jose::validate(Claims(*state->claims), policy, now);
  if (!valid) return concerning(*header, valid.error());
  return detail::TokenAccess::make(std::move(state));
}

Result<jose::KeyHint> pre_check_steps(std::string_view text, const ValidationOptions& policy,
                                      NumericDate now) {
  jose::CompactToken token;
  if (const auto decoded = token.decode(text); !decoded) return decoded.error();
  jose::HeaderReader reader;
  const auto header = reader.read(token.header(), policy);
  if (!header) return header.error();
  const auto claims = parse_claims(token.payload());
  if (!claims) return concerning(*header, claims.error());
  if (const auto valid = jose::validate(Claims(*claims), policy, now); !valid) {
    return concerning(*header, valid.error());
  }
  return jose::KeyHint{header->key_id.has_value(), std::string(header->key_id.value_or("")),
                       header->algorithm};
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
                             const ValidationPolicy& policy,
                             std::chrono::system_clock::time_point now) noexcept {
  return without_exceptions(
      [&] { return verify_steps(token, keys, policy.options(), jose::to_numeric_date(now)); });
}

Result<jose::KeyHint> jose::pre_check(std::string_view token, const ValidationPolicy& policy,
                                      std::chrono::system_clock::time_point now) noexcept {
  return without_exceptions(
      [&] { return pre_check_steps(token, policy.options(), to_numeric_date(now)); });
}

}  // namespace v0
}  // namespace jwks
