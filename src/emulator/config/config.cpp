#include "emulator/config/config.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <utility>

#include "base/text.hpp"
#include "emulator/config/blocks.hpp"

namespace jwks {
inline namespace v0 {
namespace emulator {
namespace {

using std::string_view_literals::operator""sv;

/// Blocks of the WorkOS emulator's files that don't concern tokens.
constexpr std::array kNotEmulated{"agentBlueprints"sv, "auditLogs"sv,     "connectedAccounts"sv,
                                  "connections"sv,     "directories"sv,   "featureFlags"sv,
                                  "groups"sv,          "invitations"sv,   "jwtTemplate"sv,
                                  "memberships"sv,     "permissions"sv,   "pipeConnections"sv,
                                  "resources"sv,       "resourceTypes"sv, "roles"sv,
                                  "webhookEndpoints"sv};

/// An option that is not mentioned keeps its value.
template <class T, class U>
void set_if(T& option, std::optional<U> value) {
  if (value) option = static_cast<T>(*std::move(value));
}

void set_flag(MapReader& root, std::string_view name, bool& flag) {
  if (root.has(name)) flag = root.boolean(name);
}

void set_string(MapReader& root, std::string_view name, std::string& option,
                Value value = Value::open) {
  if (root.has(name)) option = root.string(name, value);
}

void read_settings(MapReader& root, EmulatorOptions& options) {
  set_string(root, "host", options.host);
  set_if(options.port, root.integer("port", 0, std::numeric_limits<std::uint16_t>::max()));
  set_string(root, "issuer", options.issuer);
  set_if(options.token_lifetime, root.seconds("token_lifetime"));
  set_if(options.jwks_max_age, root.seconds("jwks_max_age"));
  set_if(options.token_type, root.text("token_type"));
  options.claims = root.json_members("claims");
  set_flag(root, "scopes_as_array", options.scopes_as_array);
  set_flag(root, "auto_issuers", options.auto_issuers);
  set_flag(root, "interactive", options.interactive);
  set_flag(root, "allow_plain_pkce", options.allow_plain_pkce);
  set_flag(root, "tls", options.tls);
  set_flag(root, "trust_forwarded", options.trust_forwarded);
  set_string(root, "control_token", options.control_token, Value::secret);
  set_if(options.seed, root.integer("seed", 0, std::numeric_limits<std::int64_t>::max()));
}

/// Tells whether `path` is `other` or a part of it.
bool is_within(std::string_view path, std::string_view other) {
  return path.starts_with(other) &&
         (path.size() == other.size() || path[other.size()] == '.' || path[other.size()] == '[');
}

/// The problems that values have with each other. Of what has a problem already, or a part that
/// has one, nothing else is said: a member of the wrong type is empty here.
void add_problems_of_the_whole(const EmulatorOptions& options, std::vector<SeedProblem>& problems) {
  const std::size_t known = problems.size();
  for (SeedProblem& each : problems_of(options)) {
    const bool is_known = std::any_of(
        problems.begin(), problems.begin() + static_cast<std::ptrdiff_t>(known),
        [&](const SeedProblem& earlier) {
          return is_within(each.path, earlier.path) || is_within(earlier.path, each.path);
        });
    if (!is_known) problems.push_back(std::move(each));
  }
}

void read(const ConfigValue& root, const std::filesystem::path& directory, LoadedConfig& loaded) {
  if (root.is_null()) return;
  if (!root.is_map()) {
    loaded.problems.push_back({"", "must be a map at the top, is " + shown(root)});
    return;
  }
  Findings findings;
  MapReader map(root, "", findings);
  read_settings(map, loaded.options);
  loaded.options.keys = read_keys(map, directory);
  read_issuers(map, directory, loaded.options);
  read_directory(map, loaded.options);
  read_failures(map, loaded.options);
  map.finish(kNotEmulated);
  loaded.problems = std::move(findings.problems);
  loaded.warnings = std::move(findings.warnings);
  add_problems_of_the_whole(loaded.options, loaded.problems);
}

}  // namespace

LoadedConfig load_config(std::string_view text, const std::filesystem::path& directory,
                         EmulatorOptions defaults) {
  LoadedConfig loaded{.options = std::move(defaults)};
  try {
    const auto parsed = parse_config(text);
    if (const auto* const problem = std::get_if<SeedProblem>(&parsed)) {
      loaded.problems.push_back(*problem);
    } else {
      read(std::get<ConfigValue>(parsed), directory, loaded);
    }
  } catch (const std::exception& error) {
    loaded.problems.push_back({"", text::escape(error.what(), 120)});
  }
  return loaded;
}

std::string to_string(const SeedProblem& problem) {
  return problem.path.empty() ? problem.message : problem.path + ": " + problem.message;
}

}  // namespace emulator
}  // namespace v0
}  // namespace jwks
