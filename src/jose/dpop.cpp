#include "jose/dpop.hpp"

#include <new>

#include "base/base64url.hpp"
#include "base/json.hpp"
#include "crypto/digest.hpp"
#include "jose/htu.hpp"
#include "jose/jwk_state.hpp"
#include "jose/jws.hpp"
#include "jose/numeric_date.hpp"
#include "jose/replay_cache.hpp"

namespace jwks {
inline namespace v0 {
namespace jose {
namespace {

using std::chrono::seconds;

constexpr seconds kMaxWindow{600};

Error fault(std::string_view subject, std::string_view detail) noexcept {
  return Error(ErrorCode::binding_failed, ErrorReason::invalid_dpop_proof)
      .about(subject)
      .because(detail);
}

/// What another part of the core found wrong with the proof.
Error fault(const Error& error) noexcept { return fault(error.subject(), to_string(error.code())); }

Error out_of_range(std::string_view option, std::string_view range) noexcept {
  return Error(ErrorCode::bad_config).about(option).because(range);
}

/// RFC 9449 §4.3 (6), (7): the proof's own key, public and fit for its algorithm. It is a
/// stranger's key: see Scrutiny.
Result<Jwk> read_key(const Header& header) {
  if (!header.jwk) return fault("jwk", "absent");
  auto key = read_jwk(*header.jwk, crypto::Scrutiny::presented);
  if (!key) return fault("jwk", to_string(key.error().reason()));
  if (!key->fits(header.algorithm)) return fault("jwk", "not a key for this algorithm");
  return key;
}

/// (8), (9). A request that says neither its method nor its URL is no match for anything. Returns
/// the URL as it was compared.
Result<std::string> check_request(const Claims& claims, const DpopRequest& request) {
  const auto method = claims.string("htm");
  if (!method) return fault(method.error());
  if (method->empty() || *method != request.method) return fault("htm", "another method");
  const auto url = claims.string("htu");
  if (!url) return fault(url.error());
  auto expected = normalize_htu(request.url);
  if (!expected) return fault("htu", "the request's URL is no URL of http or https");
  if (normalize_htu(*url) != expected) return fault("htu", "another URL");
  return std::move(*expected);
}

/// (11), the first half, and what the proof itself may say of its time.
Result<NumericDate> check_times(const Claims& claims, const DpopOptions& options, NumericDate now) {
  const auto iat = claims.numeric_date("iat");
  if (!iat) return fault(iat.error());
  if (*iat + options.max_age < now) return fault("iat", "too old");
  if (*iat > now + options.max_future) return fault("iat", "in the future");

  for (const std::string_view name : {"exp", "nbf"}) {
    const auto date = claims.numeric_date(name);
    if (!date && date.error().code() == ErrorCode::invalid_claim) return fault(date.error());
  }
  const auto exp = claims.expires_at();
  const auto nbf = claims.not_before();
  if (exp && now >= *exp + options.max_future) return fault("exp", "expired");
  if (nbf && *nbf > now + options.max_future) return fault("nbf", "in the future");
  return *iat;
}

/// (12) a.
Result<void> check_token_hash(const Claims& claims, std::string_view access_token) {
  if (access_token.empty()) return {};
  const auto ath = claims.string("ath");
  if (!ath) return fault(ath.error());
  const auto hash = crypto::sha256(access_token);
  if (!hash) return Error(ErrorCode::out_of_memory);
  if (!crypto::equal_in_constant_time(*ath, base64url::encode(*hash))) {
    return fault("ath", "the hash of another token");
  }
  return {};
}

/// (10). Last of all claims: a proof that has other faults is not cured by a new nonce. An empty
/// nonce is none that a server ever gave.
Result<void> check_nonce(const Claims& claims, const DpopRequest& request) noexcept {
  if (!request.nonce) return {};
  const std::string_view nonce = claims.string("nonce").value_or("");
  if (nonce.empty() || !crypto::equal_in_constant_time(nonce, *request.nonce)) {
    return Error(ErrorCode::binding_failed, ErrorReason::use_dpop_nonce).about("nonce");
  }
  return {};
}

/// (11), the second half, as far as the proof goes. RFC 9449 §11.1: a "jti" counts in the context
/// of its URL, and here of its key as well, so that nobody can use up another's.
Result<std::string> read_token_id(const Claims& claims) {
  const auto jti = claims.string("jti");
  if (!jti) return fault(jti.error());
  if (jti->empty() || jti->size() > kMaxProofIdBytes) return fault("jti", "not 1 to 256 bytes");
  return std::string(*jti);
}

Result<json::Document> parse_claims(std::string_view payload) {
  return json::parse_object(payload).transform_error(
      [](Error error) { return fault(error.about("payload")); });
}

}  // namespace

Result<CheckedProof> check_dpop_proof(const DpopRequest& request, std::string_view access_token,
                                      const DpopOptions& options,
                                      std::chrono::system_clock::time_point now) {
  if (request.proofs.empty()) return fault("DPoP", "absent");
  if (request.proofs.size() > 1) return fault("DPoP", "more than one");  // (1)

  Jws jws;  // (2), (4), (5): a JWS in compact form, "typ", "alg"
  if (const auto decoded =
          jws.decode(request.proofs.front(), {options.algorithms, TokenProfile::jwt, "dpop+jwt"});
      !decoded) {
    return fault(decoded.error());
  }
  const auto key = read_key(jws.header());
  if (!key) return key.error();
  if (!signature_holds(*key, jws.header().algorithm, jws.signing_input(), jws.signature())) {
    return fault("signature", "it does not hold");
  }

  // From here on the payload is the word of the key's holder. (3) comes with each claim.
  const auto document = parse_claims(jws.payload());
  if (!document) return document.error();
  const Claims claims(*document);
  const auto url = check_request(claims, request);
  if (!url) return url.error();
  const auto issued_at = check_times(claims, options, to_numeric_date(now));
  if (!issued_at) return issued_at.error();
  if (const auto hash = check_token_hash(claims, access_token); !hash) return hash.error();
  auto token_id = read_token_id(claims);
  if (!token_id) return token_id.error();
  if (const auto nonce = check_nonce(claims, request); !nonce) return nonce.error();

  auto remembered = replay_key({"dpop", key->thumbprint(), *url, *token_id});
  if (!remembered) return remembered.error();
  return CheckedProof{{.key_thumbprint = std::string(key->thumbprint()),
                       .token_id = std::move(*token_id),
                       .issued_at = *issued_at,
                       .algorithm = jws.header().algorithm},
                      std::move(*remembered),
                      *issued_at + options.max_age};
}

Result<void> remember_proof(const CheckedProof& proof, const DpopOptions& options,
                            std::chrono::system_clock::time_point now) noexcept {
  return remember_once(*options.replay_cache, proof.replay_key, proof.acceptable_until, now,
                       ErrorReason::invalid_dpop_proof);
}

Result<void> check_options(const DpopOptions& options) noexcept {
  if (!options.replay_cache) return out_of_range("dpop.replay_cache", "it is required");
  if (options.algorithms.empty()) {
    return out_of_range("dpop.algorithms", "no algorithm would be accepted");
  }
  if (options.algorithms.intersects(kSymmetricAlgorithms)) {
    return out_of_range("dpop.algorithms", "a proof is signed, not authenticated with a secret");
  }
  if (options.max_age < seconds{1} || options.max_age > kMaxWindow) {
    return out_of_range("dpop.max_age", "not from 1 s to 600 s");
  }
  if (options.max_future < seconds{0} || options.max_future > kMaxWindow) {
    return out_of_range("dpop.max_future", "not from 0 s to 600 s");
  }
  return {};
}

}  // namespace jose

Result<DpopProof> verify_dpop_proof(const DpopRequest& request, std::string_view access_token,
                                    const DpopOptions& options,
                                    std::chrono::system_clock::time_point now) noexcept {
  try {
    if (const auto usable = jose::check_options(options); !usable) return usable.error();
    auto checked = jose::check_dpop_proof(request, access_token, options, now);
    if (!checked) return checked.error();
    const auto once = jose::remember_proof(*checked, options, now);
    if (!once) return once.error();
    return std::move(checked->proof);
  } catch (const std::bad_alloc&) {
    return Error(ErrorCode::out_of_memory);
  }
}

}  // namespace v0
}  // namespace jwks
