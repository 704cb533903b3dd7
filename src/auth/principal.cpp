#include "jwks/principal.hpp"

#include <algorithm>
#include <new>
#include <utility>

#include "auth/principal_state.hpp"

namespace jwks {
inline namespace v0 {

using auth::ClaimPath;
using auth::ClaimPaths;
using auth::kListFields;
using auth::kTextFields;
using auth::ListForm;

namespace {

bool contains(const std::vector<std::string>& items, std::string_view item) noexcept {
  return std::ranges::find(items, item) != items.end();
}

// --- What the mapping says ---

Error bad(std::string_view field, std::string_view why) noexcept {
  return Error(ErrorCode::bad_config).about(field).because(why);
}

Result<ClaimPaths> parse_names(std::string_view field, const ClaimNames& names) {
  ClaimPaths paths;
  for (const std::string& name : names) {
    auto path = ClaimPath::parse(name);
    if (!path) return Error(path.error()).about(field);
    paths.push_back(std::move(*path));
  }
  return paths;
}

/// Takes the names of these fields apart, and marks those that are required.
template <class Fields, class Rules>
Result<void> fill_in(const Fields& fields, const ClaimMapping& mapping, Rules& rules) {
  for (std::size_t i = 0; i < fields.size(); ++i) {
    auto paths = parse_names(fields[i].name, mapping.*fields[i].claims);
    if (!paths) return paths.error();
    const bool required = fields[i].name == "user_id" || contains(mapping.required, fields[i].name);
    if (required && paths->empty()) return bad(fields[i].name, "it is required, and has no claim");
    rules[i] = {.paths = std::move(*paths), .required = required};
  }
  return {};
}

Result<void> check_required_names(const ClaimMapping& mapping) noexcept {
  const auto is_field = [](const std::string& name) {
    const auto has_name = [&name](const auto& field) { return field.name == name; };
    return std::ranges::any_of(kTextFields, has_name) || std::ranges::any_of(kListFields, has_name);
  };
  if (std::ranges::all_of(mapping.required, is_field)) return {};
  return bad("required", "there is no such field");
}

Result<void> check_roles(const ClaimMapping& mapping) noexcept {
  const auto& order = mapping.role_order;
  if (std::ranges::any_of(order, auth::is_blank)) return bad("role_order", "an empty name");
  for (auto role = order.begin(); role != order.end(); ++role) {
    if (std::find(order.begin(), role, *role) != role) return bad("role_order", "a role twice");
  }
  for (const GroupRole& entry : mapping.group_roles) {
    if (auth::is_blank(entry.group)) return bad("group_roles", "an empty name");
    if (!contains(order, entry.role)) return bad("group_roles", "role_order has no such role");
  }
  if (!mapping.group_roles.empty() && mapping.groups.empty())
    return bad("groups", "group_roles need them");
  return {};
}

// --- What a caller has ---

Error insufficient(std::string_view what, std::string_view asked_for) noexcept {
  return Error(ErrorCode::insufficient_scope).about(what).because(asked_for);
}

/// Some issuers write the boolean as a string.
bool says_yes(JsonValue verified) noexcept {
  return verified.as_boolean() == true || verified.as_string() == "true";
}

/// OpenID Connect Core 1.0 §5.1. "email_verified" vouches for the "email" beside it and for no
/// other claim; what is there, or at the top, and says anything but yes speaks against any address.
bool may_take_email(JsonValue claims, const auth::ClaimPath& email,
                    bool must_be_verified) noexcept {
  constexpr std::string_view kVerified = "email_verified";
  const auto at_top = claims.find(kVerified);
  const auto beside = email.find_beside(claims, kVerified);
  if ((at_top && !says_yes(*at_top)) || (beside && !says_yes(*beside))) return false;
  return !must_be_verified || (beside && email.last_step() == "email");
}

/// A registered claim that is a string.
Result<std::string_view> read_claim(const Claims& claims, std::string_view name) noexcept {
  const auto claim = claims.find(name);
  return claim ? auth::checked_text(*claim, name) : Result<std::string_view>(std::string_view());
}

template <class Fields, class Rules>
Result<void> check_present(const Fields& fields, const Rules& rules,
                           const Principal& principal) noexcept {
  for (std::size_t i = 0; i < fields.size(); ++i) {
    if (rules[i].required && (principal.*fields[i].value).empty())
      return Error(ErrorCode::missing_claim).about(rules[i].paths.front().name());
  }
  return {};
}

}  // namespace

// --- From claims to a caller ---

std::optional<std::size_t> PrincipalMapper::State::rank_of(std::string_view role) const noexcept {
  const auto found = std::ranges::find(mapping.role_order, role);
  if (found == mapping.role_order.end()) return std::nullopt;
  return static_cast<std::size_t>(found - mapping.role_order.begin());
}

Result<void> PrincipalMapper::State::read_texts(const Claims& claims, Principal& principal) const {
  for (std::size_t i = 0; i < kTextFields.size(); ++i) {
    const auto text = auth::read_text(claims.root(), texts[i].paths);
    if (!text) return text.error();
    const bool unknown_role = kTextFields[i].value == &Principal::role && !text->value.empty() &&
                              !mapping.role_order.empty() && !rank_of(text->value);
    if (unknown_role)
      return Error(ErrorCode::invalid_claim).about(text->path->name()).because("an unknown role");
    const bool doubtful_email =
        kTextFields[i].value == &Principal::email && text->path != nullptr &&
        !may_take_email(claims.root(), *text->path, mapping.require_verified_email);
    if (doubtful_email) continue;
    principal.*kTextFields[i].value = text->value;
  }
  return {};
}

Result<void> PrincipalMapper::State::read_lists(const Claims& claims, Principal& principal) const {
  for (std::size_t i = 0; i < kListFields.size(); ++i) {
    const bool words = kListFields[i].value == &Principal::scopes;
    auto items =
        auth::read_list(claims.root(), lists[i].paths, words ? ListForm::words : ListForm::names);
    if (!items) return items.error();
    principal.*kListFields[i].value = std::move(*items);
  }
  return {};
}

Result<void> PrincipalMapper::State::read_registered(const Claims& claims,
                                                     Principal& principal) const {
  const auto issuer = read_claim(claims, "iss");
  if (!issuer) return issuer.error();
  const auto token_id = read_claim(claims, "jti");
  if (!token_id) return token_id.error();
  principal.issuer = *issuer;
  principal.token_id = *token_id;
  principal.expires_at = claims.expires_at();
  return {};
}

/// The highest of them; empty if none of the groups has one.
std::string_view PrincipalMapper::State::role_of_groups(const Principal& principal) const noexcept {
  std::string_view highest;
  for (const auto& [group, role] : mapping.group_roles) {
    if (!contains(principal.groups, group)) continue;
    if (highest.empty() || rank_of(role) > rank_of(highest)) highest = role;
  }
  return highest;
}

Result<void> PrincipalMapper::State::check_required(const Principal& principal) const noexcept {
  const auto texts_there = check_present(kTextFields, texts, principal);
  return texts_there ? check_present(kListFields, lists, principal) : texts_there;
}

Result<Principal> PrincipalMapper::State::read(const Claims& claims) const {
  Principal principal;
  if (const auto read = read_texts(claims, principal); !read) return read.error();
  if (const auto read = read_lists(claims, principal); !read) return read.error();
  if (const auto read = read_registered(claims, principal); !read) return read.error();
  if (principal.role.empty()) principal.role = role_of_groups(principal);
  if (const auto there = check_required(principal); !there) return there.error();
  return principal;
}

PrincipalMapper::PrincipalMapper() : PrincipalMapper(create({}).value()) {}

Result<PrincipalMapper> PrincipalMapper::create(ClaimMapping mapping) {
  try {
    const auto state = std::make_shared<State>(std::move(mapping));
    const ClaimMapping& checked = state->mapping;
    if (const auto good = check_required_names(checked); !good) return good.error();
    if (const auto good = check_roles(checked); !good) return good.error();
    if (const auto good = fill_in(kTextFields, checked, state->texts); !good) return good.error();
    if (const auto good = fill_in(kListFields, checked, state->lists); !good) return good.error();
    return PrincipalMapper(state);
  } catch (const std::bad_alloc&) {
    return Error(ErrorCode::out_of_memory);
  }
}

const ClaimMapping& PrincipalMapper::mapping() const noexcept { return state_->mapping; }

Result<Principal> PrincipalMapper::map(const VerifiedToken& token) const noexcept {
  try {
    auto principal = state_->read(token.claims());
    if (!principal) return principal;
    principal->evidence = {.verified = true,
                           .algorithm = token.algorithm(),
                           .key_id = std::string(token.key_id()),
                           .key_refreshed = token.key_refreshed(),
                           .stale_keys = token.stale()};
    return principal;
  } catch (const std::bad_alloc&) {
    return Error(ErrorCode::out_of_memory);
  }
}

// --- What a caller may ---

Result<void> require_scope(const Principal& principal, std::string_view scope) noexcept {
  if (!scope.empty() && contains(principal.scopes, scope)) return {};
  return insufficient("scope", scope);
}

Result<void> require_role(const Principal& principal, std::string_view role) noexcept {
  if (!role.empty() && (principal.role == role || contains(principal.roles, role))) return {};
  return insufficient("role", role);
}

Result<void> require_permission(const Principal& principal, std::string_view permission) noexcept {
  if (!permission.empty() && contains(principal.permissions, permission)) return {};
  return insufficient("permission", permission);
}

Result<void> PrincipalMapper::require_role(const Principal& principal,
                                           std::string_view at_least) const noexcept {
  const auto wanted = state_->rank_of(at_least);
  if (!wanted) return bad("role_order", "it does not have the role that is asked for");
  const auto held = state_->rank_of(principal.role);
  if (held && *held >= *wanted) return {};
  return insufficient("role", at_least);
}

}  // namespace v0
}  // namespace jwks
