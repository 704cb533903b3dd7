#include "jose/select_key.hpp"

#include "jose/jwk_state.hpp"

namespace jwks {
inline namespace v0 {
namespace jose {
namespace {

/// Byte for byte. A JWK of a document that has no kid never answers to a token's kid.
bool answers_to(const Jwk& key, std::string_view key_id) noexcept {
  if (key.state().answers_to_any_key_id) return true;
  return key.has_key_id() && key.key_id() == key_id;
}

/// RFC 7515 §4.1.8: a token that names a certificate is not verified with the key of another.
bool other_certificate(const Jwk& key, const Header& header) noexcept {
  const auto& own = key.state().certificate_thumbprint;
  const auto& named = header.certificate_thumbprint;
  return own && named && is_certificate_thumbprint(*named) && *own != *named;
}

}  // namespace

Result<Candidates> select_keys(const JwkSet& set, const Header& header,
                               KeySelection policy) noexcept {
  const auto refuse = [&header](ErrorCode code, ErrorReason reason = ErrorReason::none) {
    return Error(code, reason).for_key(header.key_id.value_or("")).with_algorithm(header.algorithm);
  };
  if (!header.key_id && policy == KeySelection::require_kid) {
    return refuse(ErrorCode::unknown_key).about("kid").because("the token has none");
  }

  Candidates candidates;
  std::size_t fitting = 0;
  bool kid_is_known = false;
  bool certificate_differs = false;
  for (const Jwk& key : set.keys()) {
    if (header.key_id) {
      if (!answers_to(key, *header.key_id)) continue;
      kid_is_known = true;
    }
    if (!key.fits(header.algorithm)) continue;
    if (other_certificate(key, header)) {
      certificate_differs = true;
      continue;
    }
    candidates.add(key);
    ++fitting;
  }

  if (fitting == 1) return candidates;
  if (fitting > 1) {
    if (policy == KeySelection::try_candidates) return candidates;
    return refuse(ErrorCode::key_ambiguous);
  }
  if (certificate_differs) return refuse(ErrorCode::key_rejected, ErrorReason::x5t_mismatch);
  if (kid_is_known) return refuse(ErrorCode::alg_mismatch);
  if (header.key_id) {
    if (const auto reason = set.rejection_of(*header.key_id)) {
      return refuse(ErrorCode::key_rejected, *reason);
    }
  }
  return refuse(ErrorCode::unknown_key);
}

}  // namespace jose
}  // namespace v0
}  // namespace jwks
