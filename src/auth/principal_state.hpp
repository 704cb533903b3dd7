#pragma once

// Inside of PrincipalMapper: the mapping, checked, with its names taken apart.

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "auth/claim_reader.hpp"
#include "jwks/principal.hpp"

namespace jwks {
inline namespace v0 {
namespace auth {

/// A field of a principal that claims feed.
template <class T>
struct Field {
  std::string_view name;
  ClaimNames ClaimMapping::* claims;
  T Principal::* value;
};
using TextField = Field<std::string>;
using ListField = Field<std::vector<std::string>>;

inline constexpr std::array kTextFields{
    TextField{"user_id", &ClaimMapping::user_id, &Principal::user_id},
    TextField{"org_id", &ClaimMapping::org_id, &Principal::org_id},
    TextField{"role", &ClaimMapping::role, &Principal::role},
    TextField{"email", &ClaimMapping::email, &Principal::email},
    TextField{"display_name", &ClaimMapping::display_name, &Principal::display_name},
    TextField{"client_id", &ClaimMapping::client_id, &Principal::client_id},
};
inline constexpr std::array kListFields{
    ListField{"roles", &ClaimMapping::roles, &Principal::roles},
    ListField{"permissions", &ClaimMapping::permissions, &Principal::permissions},
    ListField{"groups", &ClaimMapping::groups, &Principal::groups},
    ListField{"scopes", &ClaimMapping::scopes, &Principal::scopes},
};

/// Where a field's value is, and whether there must be one.
struct FieldRule {
  ClaimPaths paths{};
  bool required = false;
};

}  // namespace auth

struct PrincipalMapper::State {
  explicit State(ClaimMapping checked) : mapping(std::move(checked)) {}

  /// The caller that these claims are about; whoever calls this vouches for them. *Failure:* as
  /// PrincipalMapper::map; may throw std::bad_alloc.
  [[nodiscard]] Result<Principal> read(const Claims& claims) const;

  /// A role's place in the order, the lowest is 0; empty for an unknown one.
  [[nodiscard]] std::optional<std::size_t> rank_of(std::string_view role) const noexcept;

  // Filled in once, by PrincipalMapper::create.
  ClaimMapping mapping;
  std::array<auth::FieldRule, auth::kTextFields.size()> texts{};  ///< as kTextFields
  std::array<auth::FieldRule, auth::kListFields.size()> lists{};  ///< as kListFields

 private:
  [[nodiscard]] Result<void> read_texts(const Claims& claims, Principal& principal) const;
  [[nodiscard]] Result<void> read_lists(const Claims& claims, Principal& principal) const;
  [[nodiscard]] Result<void> read_registered(const Claims& claims, Principal& principal) const;
  [[nodiscard]] Result<void> check_required(const Principal& principal) const noexcept;
  [[nodiscard]] std::string_view role_of_groups(const Principal& principal) const noexcept;
};

}  // namespace v0
}  // namespace jwks
