// organizations, connectApplications, apiKeys, users: in the format of the WorkOS emulator, whose
// files are read as they are. Members of theirs that don't concern tokens are told apart from
// mistakes.

#include <array>
#include <set>
#include <utility>

#include "emulator/config/blocks.hpp"
#include "emulator/time_text.hpp"

namespace jwks {
inline namespace v0 {
namespace emulator {
namespace {

using std::string_view_literals::operator""sv;

constexpr std::array kOrganizationNotEmulated{"allow_profiles_outside_organization"sv,
                                              "entitlements"sv, "groups"sv, "memberships"sv};
constexpr std::array kUserNotEmulated{"external_id"sv,    "impersonator"sv, "metadata"sv,
                                      "oauth_provider"sv, "oauth_idp_id"sv, "totp"sv};

/// Domains are names, or maps with a name and what is known of its owner.
std::vector<std::string> read_domains(MapReader& organization) {
  const ConfigValue* const domains = organization.find("domains");
  const bool has_maps = domains != nullptr && domains->is_list() && !domains->items.empty() &&
                        domains->items.front().is_map();
  if (!has_maps) return organization.strings("domains");
  std::vector<std::string> names;
  organization.each_map("domains", [&](MapReader& domain) {
    names.push_back(domain.required_string("domain"));
    static_cast<void>(domain.string("state"));  // who owns a domain is not asked here
    domain.finish();
  });
  return names;
}

Organization read_organization(MapReader& map) {
  return {.name = map.required_string("name"),
          .id = map.string("id"),
          .external_id = map.string("external_id"),
          .metadata = map.string_map("metadata"),
          .domains = read_domains(map)};
}

Application read_application(MapReader& map) {
  static constexpr std::array<std::pair<std::string_view, ApplicationType>, 2> kTypes{
      {{"m2m", ApplicationType::m2m}, {"oauth", ApplicationType::oauth}}};
  Application application{
      .name = map.required_string("name"),
      .client_id = map.string("client_id"),
      .client_secret = map.string("client_secret", Value::secret),
      .organization = map.string("organization"),
      .audience = map.string("audience"),
      .scopes = map.strings("scopes"),
      .type = map.choice<ApplicationType>("type", kTypes).value_or(ApplicationType::m2m),
      .description = map.text("description").value_or(""),
      .redirect_uris = map.strings("redirect_uris"),
      .is_public = map.boolean("public")};
  // In C++ one may do without; a file that forgets it is a mistake.
  if (application.type == ApplicationType::m2m && !map.has("organization")) {
    map.problem("organization", "is required for an application of type m2m");
  }
  return application;
}

std::optional<std::chrono::system_clock::time_point> read_expiry(MapReader& map) {
  const auto text = map.text("expires_at");
  if (!text) return std::nullopt;
  const auto time = parse_date_time(*text);
  if (!time) {
    map.problem("expires_at",
                "must be a time such as 2030-01-01T00:00:00Z (RFC 3339), is " + shown(*text));
  }
  return time;
}

ApiKey read_api_key(MapReader& map) {
  ApiKey key{.name = map.required_string("name"),
             .organization = map.string("organization"),
             .user_id = map.string("user_id"),
             .value = map.string("value", Value::secret),
             .permissions = map.strings("permissions"),
             .expires_at = read_expiry(map),
             .environment = map.string("environment")};
  if (!map.has("organization")) {
    map.problem("organization",
                key.user_id.empty() ? "is required" : "is required, that of the user too");
  }
  return key;
}

/// The map form, whose names are the keys themselves: none of them is repeated in a message.
std::vector<std::string> read_allowed_keys(const ConfigValue& map, const std::string& path,
                                           Findings& findings) {
  std::set<std::string_view> seen;
  for (std::size_t i = 0; i < map.names.size(); ++i) {
    const std::string at = item_path(path, i);
    if (!seen.insert(map.names[i]).second) findings.problem(at, "is there twice");
    const ConfigValue& value = map.items[i];
    if (value.is_null()) continue;
    if (!value.is_map()) {
      findings.problem(at, "must be a map with an environment, is " + shown(value));
      continue;
    }
    MapReader members(value, at, findings);
    static_cast<void>(members.string("environment"));  // checked, and of no consequence
    members.finish();
  }
  return map.names;
}

void read_api_keys(MapReader& root, EmulatorOptions& options) {
  const ConfigValue* const keys = root.find("apiKeys");
  if (keys != nullptr && keys->is_map()) {
    options.allowed_api_keys = read_allowed_keys(*keys, root.path_of("apiKeys"), root.findings());
    return;
  }
  root.each_map("apiKeys", [&](MapReader& map) {
    options.api_keys.push_back(read_api_key(map));
    map.finish();
  });
}

std::string full_name(MapReader& map) {
  std::string name = map.string("name");
  const std::string first = map.text("first_name").value_or("");
  const std::string last = map.text("last_name").value_or("");
  if (!name.empty()) return name;
  return first.empty() || last.empty() ? first + last : first + ' ' + last;
}

User read_user(MapReader& map) {
  User user{.email = map.required_string("email"),
            .id = map.string("id"),
            .name = full_name(map),
            .password = map.string("password", Value::secret),
            .claims = map.json_members("claims")};
  if (map.has("email_verified")) {
    const bool verified = map.boolean("email_verified");
    user.claims.emplace_back("email_verified", verified ? "true" : "false");
  }
  return user;
}

}  // namespace

void read_directory(MapReader& root, EmulatorOptions& options) {
  root.each_map("organizations", [&](MapReader& map) {
    options.organizations.push_back(read_organization(map));
    map.finish(kOrganizationNotEmulated);
  });
  root.each_map("connectApplications", [&](MapReader& map) {
    options.applications.push_back(read_application(map));
    map.finish();
  });
  read_api_keys(root, options);
  root.each_map("users", [&](MapReader& map) {
    options.users.push_back(read_user(map));
    map.finish(kUserNotEmulated);
  });
}

}  // namespace emulator
}  // namespace v0
}  // namespace jwks
