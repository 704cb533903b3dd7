#pragma once

// From a verified token to a caller: who is it, and what may it do?
//
//   const auto mapper = jwks::PrincipalMapper::create(
//       {.org_id = {"org", "org_id"}, .role = {"https://example.com/role"},
//        .required = {"org_id", "role"}, .role_order = {"basic", "curator", "admin"}});
//   const auto principal = mapper->map(*token);
//   if (!principal) return refuse(principal.error());                          // 401
//   if (const auto may = mapper->require_role(*principal, "curator"); !may)
//     return refuse(may.error());                                              // 403
//
// A `ClaimMapping` says which claim feeds which field. Everything comes from the verified token;
// nothing is guessed: a claim of a wrong type, a role that nobody knows and a missing required
// field are refused, never replaced by a default.
//
// Threading: `Principal` is a value; a `PrincipalMapper` is immutable, share one between threads.

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "jwks/algorithm.hpp"
#include "jwks/claims.hpp"
#include "jwks/export.hpp"
#include "jwks/result.hpp"
#include "jwks/verified_token.hpp"

namespace jwks {
inline namespace v0 {

/// How a principal was established.
struct Evidence {
  /// A signature held. Otherwise somebody else vouches for the identity (a trusted proxy), or
  /// nobody does (development).
  bool verified = false;
  std::optional<Algorithm> algorithm{};
  std::string key_id{};        ///< "kid" of the token's header
  bool key_refreshed = false;  ///< see VerifiedToken::key_refreshed
  bool stale_keys = false;     ///< see VerifiedToken::stale
};

/// A caller. Texts are as the issuer wrote them (UTF-8); a field without a value is empty.
struct Principal {
  std::string user_id{};
  std::string org_id{};
  std::string role{};
  std::vector<std::string> roles{};
  std::vector<std::string> permissions{};
  std::vector<std::string> scopes{};
  std::vector<std::string> groups{};
  std::string email{};
  std::string display_name{};
  std::string client_id{};
  std::string issuer{};
  std::string token_id{};
  std::optional<NumericDate> expires_at{};
  Evidence evidence{};
};

/// Success if the principal has it, else `insufficient_scope` (403). The subject is "scope", "role"
/// or "permission", the detail what was asked for. Nobody has what has no name.
[[nodiscard]] JWKS_API Result<void> require_scope(const Principal& principal,
                                                  std::string_view scope) noexcept;
/// Exactly this role, in `role` or `roles`. For ordered roles see PrincipalMapper::require_role.
[[nodiscard]] JWKS_API Result<void> require_role(const Principal& principal,
                                                 std::string_view role) noexcept;
[[nodiscard]] JWKS_API Result<void> require_permission(const Principal& principal,
                                                       std::string_view permission) noexcept;

/// Names of claims, the first that is there counts. A name with dots is a path into objects:
/// `realm_access.roles`; `\.` is a dot inside of a name, and a backslash stands nowhere else. A
/// name with "://" (a collision-resistant name, RFC 7519 §4.2) is taken literally.
using ClaimNames = std::vector<std::string>;

/// A group whose members have a role.
struct GroupRole {
  std::string group{};
  std::string role{};
};

/// Which claims feed which field. A claim that is null, and a text of white space and invisible
/// characters only, counts as absent: a blank e-mail is no e-mail. A claim of another type than its
/// field wants, a text with a control character (line separators and marks of direction are some),
/// a blank item of an array and a list of more than 256 items are `invalid_claim`; the next name is
/// not tried then. Of a list each item counts once.
struct ClaimMapping {
  ClaimNames user_id{"sub"};
  ClaimNames org_id{"org", "org_id"};
  ClaimNames role{"role"};
  ClaimNames roles{"roles"};  ///< a string or an array of strings, as the next two
  ClaimNames permissions{"permissions"};
  ClaimNames groups{"groups"};
  /// A list separated by spaces, or an array of words.
  ClaimNames scopes{"scope", "scp"};
  ClaimNames email{"email"};
  ClaimNames display_name{"name", "preferred_username"};
  ClaimNames client_id{"client_id", "azp"};

  /// Fields that must have a value, besides `user_id`: "org_id", "role", "email" and so on; else
  /// `missing_claim` with the first name of the field's claims as its subject.
  std::vector<std::string> required{};
  /// The roles that exist, the lowest first. Another one in `role` is `invalid_claim`. Empty: roles
  /// are free names without an order. `roles` keeps what it holds; it is not ordered.
  std::vector<std::string> role_order{};
  /// The role of a token without a `role` claim: that of its groups, and of several the highest of
  /// `role_order`, which must not be empty then.
  std::vector<GroupRole> group_roles{};
  /// Takes an e-mail address only with "email_verified": true, or "true" as some issuers write it,
  /// in the same object; that vouches for a claim whose name, or last step, is "email", and for no
  /// other. With another "email_verified", there or at the top, no address is ever taken (OpenID
  /// Connect Core 1.0 §5.1).
  bool require_verified_email = false;
};

class JWKS_API PrincipalMapper {
 public:
  /// The mapping as ClaimMapping has it by default. *Failure:* may throw std::bad_alloc.
  PrincipalMapper();
  /// Checks the mapping. *Failure:* `bad_config` with the field as its subject.
  [[nodiscard]] static Result<PrincipalMapper> create(ClaimMapping mapping);

  [[nodiscard]] const ClaimMapping& mapping() const noexcept;

  /// *Failure:* `missing_claim`, `invalid_claim` with the claim as its subject; `out_of_memory`.
  [[nodiscard]] Result<Principal> map(const VerifiedToken& token) const noexcept;

  /// At least this role: `role` has its rank in `role_order` or a higher one. *Failure:*
  /// `insufficient_scope`; `bad_config` for a role that `role_order` does not have.
  [[nodiscard]] Result<void> require_role(const Principal& principal,
                                          std::string_view at_least) const noexcept;

  /// For the library's own parts.
  struct State;
  [[nodiscard]] const State& state() const noexcept { return *state_; }

 private:
  explicit PrincipalMapper(std::shared_ptr<const State> state) noexcept
      : state_(std::move(state)) {}
  std::shared_ptr<const State> state_;
};

}  // namespace v0
}  // namespace jwks
