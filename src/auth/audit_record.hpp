#pragma once

// What an audit log is told of one authentication.

#include <string>
#include <string_view>

#include "base/text.hpp"
#include "jwks/audit.hpp"
#include "jwks/principal.hpp"
#include "jwks/result.hpp"

namespace jwks {
inline namespace v0 {
namespace auth {

/// Of a refused token nothing but what its Error says: it may claim to be anybody's. Where
/// authentication is disabled, a refusal says nothing of the token.
[[nodiscard]] inline AuditRecord audit_record(std::string_view mode,
                                              const Result<Principal>& outcome) {
  AuditRecord record;
  record.category = mode == "disabled" ? AuditCategory::misconfigured : audit_category(outcome);
  record.mode = mode;
  if (!outcome) {
    record.key_id = outcome.error().key_id();
    record.algorithm = outcome.error().algorithm();
    record.error = outcome.error();
    return record;
  }
  record.user_id = text::escape(outcome->user_id);
  record.org_id = text::escape(outcome->org_id);
  record.issuer = text::escape(outcome->issuer);
  record.client_id = text::escape(outcome->client_id);
  record.token_id = text::escape(outcome->token_id);
  record.key_id = text::escape(outcome->evidence.key_id);
  record.algorithm = outcome->evidence.algorithm;
  return record;
}

}  // namespace auth
}  // namespace v0
}  // namespace jwks
