// Which category an outcome has, and how a record is written down. The switches have no default: a
// new enumerator without an answer does not compile.

#include "jwks/audit.hpp"

#include "base/text.hpp"

namespace jwks {
inline namespace v0 {
namespace {

constexpr std::size_t kMaxTextBytes = 200;

bool is_printable_ascii(std::string_view text) noexcept {
  for (const char c : text)
    if (c < ' ' || c > '~') return false;
  return true;
}

/// The members of one JSON object; what is empty is left out.
class Members {
 public:
  void add(std::string_view name, std::string_view value) {
    if (value.empty()) return;
    out_.push_back(out_.empty() ? '{' : ',');
    text::append_json_string(out_, name);
    out_.push_back(':');
    // The library's own records are escaped already; an application's may not be.
    if (value.size() <= kMaxTextBytes && is_printable_ascii(value))
      text::append_json_string(out_, value);
    else
      text::append_json_string(out_, text::escape(value, kMaxTextBytes));
  }
  [[nodiscard]] std::string finish() && {
    out_.push_back('}');
    return std::move(out_);
  }

 private:
  std::string out_;
};

void add_error(Members& members, const Error& error) {
  members.add("error", to_string(error.code()));
  members.add("reason", to_string(error.reason()));
  members.add("subject", error.subject());
  members.add("detail", error.detail());
}

}  // namespace

Auditor::~Auditor() = default;

std::string_view to_string(AuditCategory category) noexcept {
  switch (category) {
    case AuditCategory::accepted:
      return "accepted";
    case AuditCategory::accepted_after_rotation:
      return "accepted_after_rotation";
    case AuditCategory::accepted_stale_keys:
      return "accepted_stale_keys";
    case AuditCategory::accepted_unverified:
      return "accepted_unverified";
    case AuditCategory::malformed:
      return "malformed";
    case AuditCategory::algorithm_downgrade:
      return "algorithm_downgrade";
    case AuditCategory::unknown_key:
      return "unknown_key";
    case AuditCategory::unconfirmed_key:
      return "unconfirmed_key";
    case AuditCategory::refused_key:
      return "refused_key";
    case AuditCategory::bad_signature:
      return "bad_signature";
    case AuditCategory::misdirected:
      return "misdirected";
    case AuditCategory::outside_lifetime:
      return "outside_lifetime";
    case AuditCategory::bad_claims:
      return "bad_claims";
    case AuditCategory::sign_in_mismatch:
      return "sign_in_mismatch";
    case AuditCategory::binding_failed:
      return "binding_failed";
    case AuditCategory::nonce_requested:
      return "nonce_requested";
    case AuditCategory::replayed:
      return "replayed";
    case AuditCategory::insufficient_scope:
      return "insufficient_scope";
    case AuditCategory::unavailable:
      return "unavailable";
    case AuditCategory::misconfigured:
      return "misconfigured";
  }
  return "unknown";
}

std::string_view to_string(AuditSeverity severity) noexcept {
  switch (severity) {
    case AuditSeverity::routine:
      return "routine";
    case AuditSeverity::notable:
      return "notable";
    case AuditSeverity::suspicious:
      return "suspicious";
    case AuditSeverity::failure:
      return "failure";
  }
  return "unknown";
}

AuditSeverity audit_severity(AuditCategory category) noexcept {
  switch (category) {
    case AuditCategory::accepted:
    case AuditCategory::accepted_after_rotation:
    case AuditCategory::outside_lifetime:
    case AuditCategory::nonce_requested:
      return AuditSeverity::routine;
    case AuditCategory::accepted_stale_keys:
    case AuditCategory::accepted_unverified:
    case AuditCategory::malformed:
    case AuditCategory::unknown_key:
    case AuditCategory::unconfirmed_key:
    case AuditCategory::refused_key:
    case AuditCategory::misdirected:
    case AuditCategory::bad_claims:
    case AuditCategory::insufficient_scope:
      return AuditSeverity::notable;
    case AuditCategory::algorithm_downgrade:
    case AuditCategory::bad_signature:
    case AuditCategory::sign_in_mismatch:
    case AuditCategory::binding_failed:
    case AuditCategory::replayed:
      return AuditSeverity::suspicious;
    case AuditCategory::unavailable:
    case AuditCategory::misconfigured:
      return AuditSeverity::failure;
  }
  return AuditSeverity::failure;
}

AuditCategory audit_category(const Error& error) noexcept {
  switch (error.code()) {
    case ErrorCode::too_large:
    case ErrorCode::not_three_segments:
    case ErrorCode::bad_base64url:
    case ErrorCode::bad_json:
    case ErrorCode::duplicate_member:
    case ErrorCode::invalid_header:
    case ErrorCode::crit_unsupported:
      return AuditCategory::malformed;
    case ErrorCode::alg_not_allowed:
    case ErrorCode::alg_mismatch:
      return AuditCategory::algorithm_downgrade;
    case ErrorCode::unknown_key:
      return error.reason() == ErrorReason::rate_limited ? AuditCategory::unconfirmed_key
                                                         : AuditCategory::unknown_key;
    case ErrorCode::key_ambiguous:
    case ErrorCode::key_rejected:
      return AuditCategory::refused_key;
    case ErrorCode::bad_signature:
      return AuditCategory::bad_signature;
    case ErrorCode::expired:
    case ErrorCode::not_yet_valid:
    case ErrorCode::issued_in_future:
    case ErrorCode::too_old:
      return AuditCategory::outside_lifetime;
    case ErrorCode::wrong_issuer:
    case ErrorCode::wrong_audience:
    case ErrorCode::wrong_type:
    case ErrorCode::wrong_azp:
      return AuditCategory::misdirected;
    case ErrorCode::missing_claim:
    case ErrorCode::invalid_claim:
    case ErrorCode::custom:
      return AuditCategory::bad_claims;
    case ErrorCode::wrong_nonce:
    case ErrorCode::wrong_hash:
      return AuditCategory::sign_in_mismatch;
    case ErrorCode::insufficient_scope:
      return AuditCategory::insufficient_scope;
    case ErrorCode::binding_failed:
      return error.reason() == ErrorReason::use_dpop_nonce ? AuditCategory::nonce_requested
                                                           : AuditCategory::binding_failed;
    case ErrorCode::replayed:
      return AuditCategory::replayed;
    case ErrorCode::keys_unavailable:
    case ErrorCode::out_of_memory:
      return AuditCategory::unavailable;
    case ErrorCode::bad_config:
      return AuditCategory::misconfigured;
  }
  return AuditCategory::bad_claims;  // a validator's own number: a kind of `custom`
}

AuditCategory audit_category(const VerifiedToken& token) noexcept {
  if (token.stale()) return AuditCategory::accepted_stale_keys;
  if (token.key_refreshed()) return AuditCategory::accepted_after_rotation;
  return AuditCategory::accepted;
}

AuditCategory audit_category(const Principal& principal) noexcept {
  const Evidence& evidence = principal.evidence;
  if (!evidence.verified) return AuditCategory::accepted_unverified;
  if (evidence.stale_keys) return AuditCategory::accepted_stale_keys;
  if (evidence.key_refreshed) return AuditCategory::accepted_after_rotation;
  return AuditCategory::accepted;
}

AuditCategory audit_category(const Result<VerifiedToken>& outcome) noexcept {
  return outcome ? audit_category(*outcome) : audit_category(outcome.error());
}

AuditCategory audit_category(const Result<Principal>& outcome) noexcept {
  return outcome ? audit_category(*outcome) : audit_category(outcome.error());
}

std::string to_json(const AuditRecord& record) {
  Members members;
  members.add("category", to_string(record.category));
  members.add("severity", to_string(audit_severity(record.category)));
  members.add("mode", record.mode);
  members.add("user_id", record.user_id);
  members.add("org_id", record.org_id);
  members.add("issuer", record.issuer);
  members.add("client_id", record.client_id);
  members.add("token_id", record.token_id);
  members.add("key_id", record.key_id);
  if (record.algorithm) members.add("algorithm", to_string(*record.algorithm));
  if (record.error) add_error(members, *record.error);
  return std::move(members).finish();
}

}  // namespace v0
}  // namespace jwks
