#pragma once

// What an audit log should say of an authentication: fewer words than there are error codes, and
// chosen by what somebody has to do about it.
//
//   log(jwks::to_json(record));  // in Auditor::on_authentication
//   log(to_string(jwks::audit_category(client.verify_id_token(text, policy))));
//
// The distinction that matters most: a token whose key was not known yet and turned out to be the
// issuer's new one is `accepted_after_rotation`; one whose key the issuer does not know either is
// `unknown_key`; one whose key is not known here, while the issuer may not be asked again yet, is
// `unconfirmed_key`, and may be the first of a rotation or one of a flood of made-up keys; one
// whose key is known and whose signature does not hold is `bad_signature`, and is never taken for a
// rotation.
//
// Threading: functions of their arguments; an Auditor is called by any thread.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "jwks/algorithm.hpp"
#include "jwks/error.hpp"
#include "jwks/export.hpp"
#include "jwks/principal.hpp"
#include "jwks/result.hpp"
#include "jwks/verified_token.hpp"

namespace jwks {
inline namespace v0 {

enum class AuditCategory : std::uint8_t {
  accepted,
  accepted_after_rotation,  ///< the key was fetched because of this token: a race that was won
  accepted_stale_keys,      ///< in an outage of the issuer, with keys that it did not confirm
  accepted_unverified,      ///< no signature: a trusted proxy's word, or development

  malformed,            ///< not a JWT that this library reads
  algorithm_downgrade,  ///< an algorithm that is not allowed, or not the key's (RFC 8725 §3.1)
  unknown_key,          ///< signed by a key that the issuer does not publish
  unconfirmed_key,  ///< a key not known here, and the issuer was not asked about it yet: rate limit
  refused_key,      ///< the key is published and must not be used, or several fit
  bad_signature,    ///< the key is known, the signature does not hold: forged or damaged
  misdirected,      ///< for another audience, of another issuer, client or kind of token
  outside_lifetime,  ///< expired, too old, or not valid yet
  bad_claims,        ///< a claim is missing or wrong, or the application's validator refused
  sign_in_mismatch,  ///< nonce or hash: the ID token of another sign-in
  binding_failed,    ///< without proof of the key that it is bound to: maybe stolen
  nonce_requested,   ///< the first request of a DPoP client, which will come again (RFC 9449 §8)
  replayed,
  insufficient_scope,  ///< a genuine caller asks for more than it may

  unavailable,    ///< nobody can tell: keys or memory are not to be had
  misconfigured,  ///< the program set this up wrongly
};

/// How an outcome should be looked at.
enum class AuditSeverity : std::uint8_t {
  routine,     ///< happens every day
  notable,     ///< worth a look if there are many
  suspicious,  ///< does not happen by accident
  failure,     ///< the service itself has a problem
};

[[nodiscard]] JWKS_API std::string_view to_string(AuditCategory category) noexcept;
[[nodiscard]] JWKS_API std::string_view to_string(AuditSeverity severity) noexcept;
[[nodiscard]] JWKS_API AuditSeverity audit_severity(AuditCategory category) noexcept;

[[nodiscard]] JWKS_API AuditCategory audit_category(const Error& error) noexcept;
[[nodiscard]] JWKS_API AuditCategory audit_category(const VerifiedToken& token) noexcept;
[[nodiscard]] JWKS_API AuditCategory audit_category(const Principal& principal) noexcept;
[[nodiscard]] JWKS_API AuditCategory audit_category(const Result<VerifiedToken>& outcome) noexcept;
[[nodiscard]] JWKS_API AuditCategory audit_category(const Result<Principal>& outcome) noexcept;

/// One authentication. Texts that came from a token are escaped to printable ASCII and cut at 200
/// bytes; what a refused token claims to be is not among them.
struct AuditRecord {
  AuditCategory category{};
  std::string mode{};  ///< Authenticator::mode
  std::string user_id{};
  std::string org_id{};
  std::string issuer{};
  std::string client_id{};
  std::string token_id{};
  std::string key_id{};  ///< also of a refused token, if it was read
  std::optional<Algorithm> algorithm{};
  std::optional<Error> error{};
};

/// Receives one record for each authentication. What it throws is ignored; it should not block.
class JWKS_API Auditor {
 public:
  virtual ~Auditor();
  virtual void on_authentication(const AuditRecord& record) = 0;

 protected:
  Auditor() = default;
  Auditor(const Auditor&) = default;
  Auditor& operator=(const Auditor&) = default;
};

/// The record as one line of JSON in printable ASCII, without a line break: "category", "severity",
/// then what the record holds; of an error "error" (its code), "reason", "subject" and "detail".
/// What is empty is left out. *Failure:* std::bad_alloc.
[[nodiscard]] JWKS_API std::string to_json(const AuditRecord& record);

}  // namespace v0
}  // namespace jwks
