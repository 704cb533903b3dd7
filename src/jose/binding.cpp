#include "jose/binding.hpp"

#include "jose/numeric_date.hpp"
#include "jose/replay_cache.hpp"

namespace jwks {
inline namespace v0 {
namespace jose {
namespace {

Error unbound(std::string_view member, std::string_view detail,
              ErrorReason reason = ErrorReason::none) noexcept {
  return Error(ErrorCode::binding_failed, reason).about(member).because(detail);
}

/// The confirmation methods of a token that this library knows (RFC 7800 §3.1).
struct Confirmation {
  std::optional<std::string_view> key_thumbprint{};          ///< "jkt" (RFC 9449 §6.1)
  std::optional<std::string_view> certificate_thumbprint{};  ///< "x5t#S256" (RFC 8705 §3.1)
};

/// Other members are ignored, but never alone: what nobody checks binds nothing.
Result<Confirmation> read_confirmation(const RegisteredClaims& claims) noexcept {
  const auto& cnf = claims.confirmation;
  if (!cnf) return Confirmation{};
  const auto invalid = [](std::string_view detail) {
    return Error(ErrorCode::invalid_claim).about("cnf").because(detail);
  };
  if (!cnf->is_object()) return invalid("not an object");
  Confirmation confirmation;
  if (const auto jkt = cnf->find("jkt")) {
    if (!jkt->is_string()) return invalid("jkt is not a string");
    confirmation.key_thumbprint = jkt->as_string();
  }
  if (const auto x5t = cnf->find("x5t#S256")) {
    if (!x5t->is_string()) return invalid("x5t#S256 is not a string");
    confirmation.certificate_thumbprint = x5t->as_string();
  }
  if (!confirmation.key_thumbprint && !confirmation.certificate_thumbprint) {
    return unbound("cnf", "no confirmation method that is known");
  }
  return confirmation;
}

/// RFC 8705 §3: "The protected resource MUST … verify that the certificate matches".
Result<void> check_certificate(std::string_view expected, std::string_view presented) noexcept {
  if (presented.empty()) return unbound("x5t#S256", "no client certificate");
  if (presented != expected) return unbound("x5t#S256", "another client certificate");
  return {};
}

/// RFC 9449 §4.3 (12) b, §7.1: the token's key is the one that the proof proves.
Result<CheckedProof> check_key(std::string_view expected, std::string_view token,
                               const Presentation& presentation, const DpopOptions& options,
                               std::chrono::system_clock::time_point now) {
  if (!presentation.dpop) {
    return unbound("jkt", "presented as a bearer token", ErrorReason::dpop_binding);
  }
  auto proof = check_dpop_proof(*presentation.dpop, token, options, now);
  if (proof && proof->proof.key_thumbprint != expected) {
    return unbound("jkt", "the proof is of another key", ErrorReason::dpop_binding);
  }
  return proof;
}

}  // namespace

Result<std::optional<CheckedProof>> check_binding(const RegisteredClaims& claims,
                                                  std::string_view token,
                                                  const Presentation& presentation,
                                                  const ValidationOptions& policy,
                                                  std::chrono::system_clock::time_point now) {
  const auto confirmation = read_confirmation(claims);
  if (!confirmation) return confirmation.error();
  if (const auto& expected = confirmation->certificate_thumbprint) {
    const auto matches = check_certificate(*expected, presentation.certificate_thumbprint);
    if (!matches) return matches.error();
  }
  if (const auto& expected = confirmation->key_thumbprint) {
    if (!policy.dpop) return unbound("jkt", "DPoP is not accepted here");
    auto proof = check_key(*expected, token, presentation, *policy.dpop, now);
    if (!proof) return proof.error();
    return std::optional<CheckedProof>(std::move(*proof));
  }
  if (presentation.dpop || (policy.dpop && policy.dpop->required)) {
    return unbound("cnf", "not bound to a DPoP key", ErrorReason::dpop_binding);
  }
  return std::optional<CheckedProof>{};
}

/// The proof first: if there is no room for the token, its sender may come again with a new proof.
Result<void> remember(const RegisteredClaims& claims, const std::optional<CheckedProof>& proof,
                      const ValidationOptions& policy, std::chrono::system_clock::time_point now) {
  if (proof) {
    const auto once = remember_proof(*proof, *policy.dpop, now);
    if (!once) return once.error();
  }
  if (!policy.replay_cache) return {};
  const auto& exp = claims.expires_at;
  const auto key = replay_key({"jwt", claims.issuer.value_or(""), claims.token_id.value_or("")});
  if (!key) return key.error();
  return remember_once(*policy.replay_cache, *key, *exp + policy.clock_skew, now);
}

}  // namespace jose
}  // namespace v0
}  // namespace jwks
