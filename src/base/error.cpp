#include "jwks/error.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace jwks {
inline namespace v0 {
namespace {

template <std::size_t N>
void assign(detail::InlineText<N>& to, std::string_view from) noexcept {
  to.size = static_cast<std::uint8_t>(text::escape_into(from, to.bytes));
}

}  // namespace

Error::Error(const Error&) noexcept = default;
Error& Error::operator=(const Error&) noexcept = default;

std::string_view to_string(ErrorCategory category) noexcept {
  switch (category) {
    case ErrorCategory::malformed:
      return "malformed";
    case ErrorCategory::key:
      return "key";
    case ErrorCategory::signature:
      return "signature";
    case ErrorCategory::claims:
      return "claims";
    case ErrorCategory::unavailable:
      return "unavailable";
    case ErrorCategory::configuration:
      return "configuration";
  }
  return "unknown";
}

std::string_view to_string(ErrorCode code) noexcept {
  switch (code) {
    case ErrorCode::too_large:
      return "too_large";
    case ErrorCode::not_three_segments:
      return "not_three_segments";
    case ErrorCode::bad_base64url:
      return "bad_base64url";
    case ErrorCode::bad_json:
      return "bad_json";
    case ErrorCode::duplicate_member:
      return "duplicate_member";
    case ErrorCode::invalid_header:
      return "invalid_header";
    case ErrorCode::crit_unsupported:
      return "crit_unsupported";
    case ErrorCode::alg_not_allowed:
      return "alg_not_allowed";
    case ErrorCode::alg_mismatch:
      return "alg_mismatch";
    case ErrorCode::unknown_key:
      return "unknown_key";
    case ErrorCode::key_ambiguous:
      return "key_ambiguous";
    case ErrorCode::key_rejected:
      return "key_rejected";
    case ErrorCode::bad_signature:
      return "bad_signature";
    case ErrorCode::expired:
      return "expired";
    case ErrorCode::not_yet_valid:
      return "not_yet_valid";
    case ErrorCode::issued_in_future:
      return "issued_in_future";
    case ErrorCode::too_old:
      return "too_old";
    case ErrorCode::wrong_issuer:
      return "wrong_issuer";
    case ErrorCode::wrong_audience:
      return "wrong_audience";
    case ErrorCode::wrong_type:
      return "wrong_type";
    case ErrorCode::missing_claim:
      return "missing_claim";
    case ErrorCode::invalid_claim:
      return "invalid_claim";
    case ErrorCode::wrong_azp:
      return "wrong_azp";
    case ErrorCode::wrong_nonce:
      return "wrong_nonce";
    case ErrorCode::wrong_hash:
      return "wrong_hash";
    case ErrorCode::insufficient_scope:
      return "insufficient_scope";
    case ErrorCode::binding_failed:
      return "binding_failed";
    case ErrorCode::replayed:
      return "replayed";
    case ErrorCode::custom:
      return "custom";
    case ErrorCode::keys_unavailable:
      return "keys_unavailable";
    case ErrorCode::out_of_memory:
      return "out_of_memory";
    case ErrorCode::bad_config:
      return "bad_config";
  }
  return "unknown";
}

std::string_view to_string(ErrorReason reason) noexcept {
  switch (reason) {
    case ErrorReason::none:
      return "";
    case ErrorReason::negative:
      return "negative";
    case ErrorReason::rate_limited:
      return "rate_limited";
    case ErrorReason::not_an_object:
      return "not_an_object";
    case ErrorReason::bad_json:
      return "bad_json";
    case ErrorReason::duplicate_member:
      return "duplicate_member";
    case ErrorReason::missing_member:
      return "missing_member";
    case ErrorReason::bad_member:
      return "bad_member";
    case ErrorReason::bad_base64:
      return "bad_base64";
    case ErrorReason::unknown_kty:
      return "unknown_kty";
    case ErrorReason::unsupported_crv:
      return "unsupported_crv";
    case ErrorReason::unknown_alg:
      return "unknown_alg";
    case ErrorReason::alg_mismatch:
      return "alg_mismatch";
    case ErrorReason::use_not_sig:
      return "use_not_sig";
    case ErrorReason::key_ops:
      return "key_ops";
    case ErrorReason::symmetric:
      return "symmetric";
    case ErrorReason::private_material:
      return "private_material";
    case ErrorReason::weak_rsa:
      return "weak_rsa";
    case ErrorReason::large_rsa:
      return "large_rsa";
    case ErrorReason::bad_modulus:
      return "bad_modulus";
    case ErrorReason::bad_exponent:
      return "bad_exponent";
    case ErrorReason::bad_length:
      return "bad_length";
    case ErrorReason::point_not_on_curve:
      return "point_not_on_curve";
    case ErrorReason::x5c_mismatch:
      return "x5c_mismatch";
    case ErrorReason::bad_pem:
      return "bad_pem";
    case ErrorReason::weak_secret:
      return "weak_secret";
    case ErrorReason::small_order:
      return "small_order";
    case ErrorReason::roca:
      return "roca";
    case ErrorReason::unsupported:
      return "unsupported";
    case ErrorReason::x5t_mismatch:
      return "x5t_mismatch";
    case ErrorReason::never_loaded:
      return "never_loaded";
    case ErrorReason::expired:
      return "expired";
    case ErrorReason::backing_off:
      return "backing_off";
    case ErrorReason::wait_timeout:
      return "wait_timeout";
    case ErrorReason::too_many_waiters:
      return "too_many_waiters";
    case ErrorReason::fetch_failed:
      return "fetch_failed";
    case ErrorReason::document_rejected:
      return "document_rejected";
    case ErrorReason::discovery_rejected:
      return "discovery_rejected";
    case ErrorReason::closed:
      return "closed";
    case ErrorReason::forked:
      return "forked";
    case ErrorReason::snapshot_rejected:
      return "snapshot_rejected";
    case ErrorReason::unproven:
      return "unproven";
    case ErrorReason::invalid_dpop_proof:
      return "invalid_dpop_proof";
    case ErrorReason::use_dpop_nonce:
      return "use_dpop_nonce";
    case ErrorReason::dpop_binding:
      return "dpop_binding";
    case ErrorReason::replay_cache_full:
      return "replay_cache_full";
  }
  return "unknown";
}

ErrorCategory Error::category() const noexcept {
  return static_cast<ErrorCategory>(static_cast<std::uint16_t>(code_) / 100 * 100);
}

bool Error::retryable() const noexcept {
  return category() == ErrorCategory::unavailable || reason_ == ErrorReason::rate_limited ||
         code_ == ErrorCode::not_yet_valid;
}

std::string Error::message() const {
  std::string out(to_string(code_));
  if (reason_ != ErrorReason::none) out.append(" (").append(to_string(reason_)).append(")");
  if (subject_.size > 0) out.append(" [").append(subject()).append("]");
  if (detail_.size > 0) out.append(": ").append(detail());
  if (key_id_.size > 0) out.append(", kid \"").append(key_id()).append("\"");
  if (algorithm_) out.append(", alg ").append(to_string(*algorithm_));
  if (retry_after_) {
    out.append(", retry after ").append(std::to_string(retry_after_->count())).append(" s");
  }
  return out;
}

Error& Error::about(std::string_view subject) noexcept {
  assign(subject_, subject);
  return *this;
}

Error& Error::because(std::string_view detail) noexcept {
  assign(detail_, detail);
  return *this;
}

Error& Error::for_key(std::string_view key_id) noexcept {
  assign(key_id_, key_id);
  return *this;
}

Error& Error::with_algorithm(Algorithm algorithm) noexcept {
  algorithm_ = algorithm;
  return *this;
}

Error& Error::retry_in(std::chrono::seconds delay) noexcept {
  retry_after_ = std::clamp(delay, std::chrono::seconds{1}, std::chrono::seconds{300});
  return *this;
}

VerificationError::~VerificationError() = default;

const char* VerificationError::what() const noexcept { return to_string(error_.code()).data(); }

}  // namespace v0
}  // namespace jwks
