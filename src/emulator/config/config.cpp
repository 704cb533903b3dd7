#include "emulator/config/config.hpp"

#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <array>
#include <optional>
#include <set>
#include <span>

#include "base/text.hpp"
#include "emulator/random_text.hpp"

namespace jwks {
inline namespace v0 {
namespace emulator {
namespace {

constexpr std::array<std::string_view, 2> kBlocks{"organizations", "connectApplications"};
/// Blocks that files of this kind have and that are read by a later version.
constexpr std::array<std::string_view, 5> kLaterBlocks{"apiKeys", "users", "issuers", "faults",
                                                       "errorHooks"};
constexpr std::array<std::string_view, 5> kOrganizationMembers{"name", "id", "external_id",
                                                               "metadata", "domains"};
constexpr std::array<std::string_view, 9> kApplicationMembers{
    "name",      "type",          "organization", "scopes",       "audience",
    "client_id", "client_secret", "description",  "redirect_uris"};

bool is_among(std::string_view name, std::span<const std::string_view> names) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

/// A plain scalar is a string only if YAML would not read it as something else (YAML 1.2 §10.3).
bool is_string(const YAML::Node& node) {
  if (!node.IsScalar()) return false;
  if (node.Tag() != "?") return true;
  bool boolean = false;
  double number = 0;
  return !YAML::convert<bool>::decode(node, boolean) &&
         !YAML::convert<double>::decode(node, number) && node.Scalar() != "~";
}

std::string shown(const YAML::Node& node) {
  if (node.IsScalar()) return '"' + text::escape(node.Scalar(), 60) + '"';
  if (node.IsSequence()) return "a list";
  if (node.IsMap()) return "a map";
  return "nothing";
}

bool is_identifier(std::string_view id) {
  return !id.empty() && std::all_of(id.begin(), id.end(), [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-';
  });
}

std::string at_index(const std::string& path, std::size_t index) {
  return path + '[' + std::to_string(index) + ']';
}

std::string member_path(std::string path, std::string_view name) {
  if (!path.empty()) path += '.';
  path += name;
  return path;
}

class Reader {
 public:
  LoadedConfig read(const YAML::Node& root) {
    if (root.IsNull()) return std::move(loaded_);
    if (!root.IsMap()) {
      problem("", "must be a map at the top, is " + shown(root));
      return std::move(loaded_);
    }
    check_members(root, "", [this](const std::string& name) {
      if (is_among(name, kLaterBlocks)) {
        warning(name, "is not supported by this version and ignored");
      } else if (!is_among(name, kBlocks)) {
        warning(name, "is not known and ignored");
      }
    });
    // Organizations first: applications refer to them by name.
    each_map(root["organizations"], "organizations",
             [this](const YAML::Node& node, const std::string& path) { organization(node, path); });
    each_map(root["connectApplications"], "connectApplications",
             [this](const YAML::Node& node, const std::string& path) { application(node, path); });
    return std::move(loaded_);
  }

 private:
  void problem(std::string path, std::string message) {
    loaded_.problems.push_back({std::move(path), std::move(message)});
  }
  void warning(std::string path, std::string message) {
    loaded_.warnings.push_back({std::move(path), std::move(message)});
  }

  /// Calls `unknown` for each name; names that occur twice or are no strings are problems.
  template <class Check>
  void check_members(const YAML::Node& map, const std::string& path, Check&& check) {
    std::set<std::string> names;
    for (const auto& member : map) {
      if (!member.first.IsScalar()) {
        problem(path, "has a member name that is " + shown(member.first));
        continue;
      }
      const std::string name = text::escape(member.first.Scalar(), 60);
      if (!names.insert(name).second) problem(member_path(path, name), "is there twice");
      check(name);
    }
  }

  void warn_of_unknown(const YAML::Node& map, const std::string& path,
                       std::span<const std::string_view> known) {
    check_members(map, path, [&](const std::string& name) {
      if (!is_among(name, known)) warning(member_path(path, name), "is not known and ignored");
    });
  }

  template <class Read>
  void each_map(const YAML::Node& list, const std::string& path, Read&& read) {
    if (!list || list.IsNull()) return;
    if (!list.IsSequence()) return problem(path, "must be a list, is " + shown(list));
    for (std::size_t i = 0; i < list.size(); ++i) {
      const YAML::Node item = list[i];
      if (item.IsMap()) {
        read(item, at_index(path, i));
      } else {
        problem(at_index(path, i), "must be a map, is " + shown(item));
      }
    }
  }

  /// The member as a string; empty if it is absent or, which is a problem, something else.
  std::optional<std::string> string_member(const YAML::Node& map, const std::string& path,
                                           const char* name) {
    const YAML::Node node = map[name];
    if (!node || node.IsNull()) return std::nullopt;
    const std::string at = member_path(path, name);
    // The value is not repeated where it may be a secret.
    const bool secret = std::string_view(name) == "client_secret";
    if (!is_string(node)) {
      problem(at, "must be a string" + (secret ? "" : ", is " + shown(node)));
      return std::nullopt;
    }
    if (node.Scalar().empty()) {
      problem(at, "must not be empty");
      return std::nullopt;
    }
    return node.Scalar();
  }

  std::vector<std::string> string_list(const YAML::Node& map, const std::string& path,
                                       const char* name) {
    const YAML::Node node = map[name];
    if (!node || node.IsNull()) return {};
    const std::string at = member_path(path, name);
    if (!node.IsSequence()) {
      problem(at, "must be a list of strings, is " + shown(node));
      return {};
    }
    std::vector<std::string> items;
    for (std::size_t i = 0; i < node.size(); ++i) {
      if (is_string(node[i])) {
        items.push_back(node[i].Scalar());
      } else {
        problem(at_index(at, i), "must be a string, is " + shown(node[i]));
      }
    }
    return items;
  }

  void organization(const YAML::Node& node, const std::string& path) {
    warn_of_unknown(node, path, kOrganizationMembers);
    const auto name = string_member(node, path, "name");
    if (!name) {
      if (!node["name"]) problem(path + ".name", "is required");
    } else if (std::any_of(organizations().begin(), organizations().end(),
                           [&](const Organization& each) { return each.name == *name; })) {
      problem(path + ".name", "is taken: \"" + text::escape(*name, 60) + '"');
    }
    const auto id = string_member(node, path, "id");
    if (id && !is_identifier(*id)) {
      problem(path + ".id",
              "may have letters, digits, _ and - only: \"" + text::escape(*id, 60) + '"');
    } else if (id && std::any_of(organizations().begin(), organizations().end(),
                                 [&](const Organization& each) { return each.id == *id; })) {
      problem(path + ".id", "is taken: \"" + *id + '"');
    }
    organizations().push_back({.name = name.value_or(""), .id = id ? *id : "org_" + random_text()});
  }

  void application(const YAML::Node& node, const std::string& path) {
    warn_of_unknown(node, path, kApplicationMembers);
    Application application;
    const auto name = string_member(node, path, "name");
    if (!name && !node["name"]) problem(path + ".name", "is required");
    application.name = name.value_or("");
    const std::string type = string_member(node, path, "type").value_or("m2m");
    if (type == "oauth") {
      application.type = ApplicationType::oauth;
    } else if (type != "m2m") {
      problem(path + ".type", "must be m2m or oauth, is \"" + text::escape(type, 60) + '"');
    }
    application.organization = organization_id(node, path, application.type);
    application.scopes = string_list(node, path, "scopes");
    application.audience = string_member(node, path, "audience").value_or("");
    application.client_secret = string_member(node, path, "client_secret").value_or("");
    application.client_id = string_member(node, path, "client_id").value_or("");
    if (!application.client_id.empty() && !client_ids_.insert(application.client_id).second) {
      problem(path + ".client_id", "is taken: \"" + text::escape(application.client_id, 60) + '"');
    }
    loaded_.options.applications.push_back(std::move(application));
  }

  /// An application of machines acts for exactly one organization.
  std::string organization_id(const YAML::Node& node, const std::string& path,
                              ApplicationType type) {
    const auto name = string_member(node, path, "organization");
    if (!name) {
      if (type == ApplicationType::m2m && !node["organization"]) {
        problem(path + ".organization", "is required for an application of type m2m");
      }
      return {};
    }
    std::vector<std::string> ids;
    for (const Organization& each : organizations()) {
      if (each.name == *name) ids.push_back(each.id);
    }
    if (ids.size() == 1) return ids.front();
    problem(path + ".organization",
            (ids.empty() ? "names no organization: \"" : "names more than one organization: \"") +
                text::escape(*name, 60) + '"');
    return {};
  }

  std::vector<Organization>& organizations() { return loaded_.options.organizations; }

  LoadedConfig loaded_;
  std::set<std::string> client_ids_;
};

}  // namespace

LoadedConfig load_config(std::string_view text) {
  LoadedConfig failed;
  try {
    return Reader().read(YAML::Load(std::string(text)));
  } catch (const YAML::Exception& error) {
    failed.problems.push_back(
        {error.mark.is_null() ? "" : "line " + std::to_string(error.mark.line + 1),
         "not YAML: " + text::escape(error.msg, 120)});
  } catch (const std::exception& error) {
    failed.problems.push_back({"", text::escape(error.what(), 120)});
  }
  return failed;
}

std::string to_string(const SeedProblem& problem) {
  return problem.path.empty() ? problem.message : problem.path + ": " + problem.message;
}

}  // namespace emulator
}  // namespace v0
}  // namespace jwks
