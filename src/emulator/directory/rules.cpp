#include "emulator/directory/rules.hpp"

#include <algorithm>
#include <array>
#include <set>

#include "base/authority.hpp"
#include "base/json.hpp"
#include "base/text.hpp"
#include "emulator/json_text.hpp"

namespace jwks {
inline namespace v0 {
namespace emulator {
namespace {

// Generous, and there: what a client can fill memory with is bounded.
constexpr std::size_t kMaxText = 1000;
constexpr std::size_t kMaxItems = 100;

/// Schemes that a browser acts upon in place of going somewhere.
constexpr std::array<std::string_view, 6> kNoTargets{"about", "blob",       "data",
                                                     "file",  "javascript", "vbscript"};

bool is_visible(char c) noexcept { return c > ' ' && c < 0x7F; }

bool all_visible(std::string_view text) noexcept {
  return std::all_of(text.begin(), text.end(), is_visible);
}

bool has_control(std::string_view text) noexcept {
  return std::any_of(text.begin(), text.end(),
                     [](char c) { return (c >= 0 && c < ' ') || c == 0x7F; });
}

/// RFC 6749 §3.3: visible ASCII but the quote and the backslash.
bool is_scope(std::string_view scope) noexcept {
  return !scope.empty() && all_visible(scope) &&
         scope.find_first_of("\"\\") == std::string_view::npos;
}

bool is_email(std::string_view email) noexcept {
  const std::size_t at = email.find('@');
  return at != std::string_view::npos && at > 0 && at + 1 < email.size() &&
         email.find('@', at + 1) == std::string_view::npos &&
         email.find(' ') == std::string_view::npos;
}

/// Collects what is wrong with the members of one resource.
class Checks {
 public:
  void add(std::string field, std::string_view problem, std::string_view value) {
    if (!problem.empty()) problems_.push_back({std::move(field), with_value(problem, value)});
  }
  void add_secret(std::string field, std::string_view problem) {
    if (!problem.empty()) problems_.push_back({std::move(field), std::string(problem)});
  }
  void required(std::string field, std::string_view value) {
    if (text::trim(value).empty()) {
      problems_.push_back({std::move(field), "is required", "required"});
    } else {
      text(std::move(field), value);
    }
  }
  void text(std::string field, std::string_view value) {
    add(std::move(field), text_problem(value), value);
  }
  void size(std::string_view field, std::size_t items) {
    if (items > kMaxItems) add_secret(std::string(field), "has more than 100 items");
  }
  template <class Problem>
  void each(std::string_view field, const std::vector<std::string>& items, Problem&& problem) {
    size(field, items.size());
    for (std::size_t i = 0; i < items.size(); ++i) {
      add(at_index(field, i), items[i].empty() ? "must not be empty" : problem(items[i]), items[i]);
    }
  }
  void append(Problems more) {
    problems_.insert(problems_.end(), std::make_move_iterator(more.begin()),
                     std::make_move_iterator(more.end()));
  }
  [[nodiscard]] Problems take() { return std::move(problems_); }

 private:
  Problems problems_;
};

}  // namespace

std::string with_value(std::string_view message, std::string_view value) {
  return std::string(message) + ": \"" + text::escape(value, 60) + '"';
}

std::string at_index(std::string_view list, std::size_t index) {
  return std::string(list) + '[' + std::to_string(index) + ']';
}

std::string_view text_problem(std::string_view text) {
  if (text.size() > kMaxText) return "has more than 1000 bytes";
  if (has_control(text)) return "has control characters";
  return is_utf8(text) ? "" : "is not UTF-8";
}

std::string_view identifier_problem(std::string_view id) noexcept {
  if (id.size() > kMaxText) return "has more than 1000 bytes";
  const bool allowed = std::all_of(id.begin(), id.end(), [](char c) {
    return text::is_alpha(c) || text::is_digit(c) || c == '_' || c == '-';
  });
  return allowed ? "" : "may have letters, digits, _ and - only";
}

std::string_view api_key_problem(std::string_view value) noexcept {
  if (!value.starts_with("sk_") || value.size() == 3) return "must begin with sk_, and go on";
  if (value.size() > kMaxText) return "has more than 1000 bytes";
  return all_visible(value) ? "" : "may have visible ASCII only";
}

std::string_view redirect_uri_problem(std::string_view uri) noexcept {
  if (uri.size() > kMaxText) return "has more than 1000 bytes";
  if (!all_visible(uri)) return "may have visible ASCII only";
  const std::size_t colon = uri.find(':');
  const std::string_view scheme = uri.substr(0, colon);
  const bool is_scheme =
      colon != std::string_view::npos && !scheme.empty() && text::is_alpha(scheme.front()) &&
      std::all_of(scheme.begin(), scheme.end(), [](char c) {
        return text::is_alpha(c) || text::is_digit(c) || c == '+' || c == '-' || c == '.';
      });
  if (!is_scheme || colon + 1 == uri.size()) return "must be absolute";
  // RFC 6749 §3.1.2 and RFC 9700 §2.1: no fragment, and compared as a whole.
  if (uri.find('#') != std::string_view::npos) return "must have no fragment";
  if (uri.find('*') != std::string_view::npos) return "must have no wildcard";
  const auto is = [scheme](std::string_view name) {
    return text::equals_ignoring_case(scheme, name);
  };
  if (std::any_of(kNoTargets.begin(), kNoTargets.end(), is)) return "leads nowhere";
  if (!is("http") && !is("https")) return "";
  std::string_view rest = uri.substr(colon + 1);
  if (!rest.starts_with("//")) return "must have a host";
  rest.remove_prefix(2);
  return parse_authority(rest.substr(0, rest.find_first_of("/?"))) ? "" : "must have a host";
}

Problems problems_of(const Organization& organization) {
  Checks checks;
  checks.required("name", organization.name);
  checks.add("id", identifier_problem(organization.id), organization.id);
  checks.text("external_id", organization.external_id);
  checks.size("metadata", organization.metadata.size());
  std::set<std::string_view> names;
  for (const auto& [name, value] : organization.metadata) {
    const std::string field = "metadata." + text::escape(name, 60);
    if (name.empty()) checks.add_secret("metadata", "has a name that is empty");
    if (!names.insert(name).second) checks.add_secret(field, "is there twice");
    checks.text(field, name);
    checks.text(field, value);
  }
  checks.each("domains", organization.domains, [](const std::string& domain) {
    const auto authority = parse_authority(domain);
    return authority && authority->port == 0 ? std::string_view() : "is no domain name";
  });
  return checks.take();
}

Problems problems_of(const Application& application) {
  Checks checks;
  checks.required("name", application.name);
  checks.text("client_id", application.client_id);
  checks.add_secret("client_secret", text_problem(application.client_secret));
  checks.text("audience", application.audience);
  checks.each("scopes", application.scopes, [](const std::string& scope) -> std::string_view {
    if (scope.size() > kMaxText) return "has more than 1000 bytes";
    return is_scope(scope) ? "" : "is no scope";
  });
  if (application.description.size() > kMaxText || !is_utf8(application.description)) {
    checks.add_secret("description", "must be UTF-8 of at most 1000 bytes");
  }
  checks.each("redirect_uris", application.redirect_uris, redirect_uri_problem);
  if (application.type == ApplicationType::m2m) {
    if (!application.redirect_uris.empty()) {
      checks.add_secret("redirect_uris", "are for applications of type oauth");
    }
    if (application.is_public) checks.add_secret("is_public", "is for applications of type oauth");
  } else if (application.is_public && !application.client_secret.empty()) {
    checks.add_secret("client_secret", "can't be kept by a public client");
  }
  return checks.take();
}

Problems problems_of(const ApiKey& key) {
  Checks checks;
  checks.text("name", key.name);
  if (key.organization.empty()) checks.required("organization", "");
  checks.text("user_id", key.user_id);
  if (!key.value.empty()) checks.add_secret("value", api_key_problem(key.value));
  checks.each("permissions", key.permissions, text_problem);
  checks.text("environment", key.environment);
  return checks.take();
}

Problems problems_of(const User& user) {
  Checks checks;
  checks.required("email", user.email);
  if (!user.email.empty() && !is_email(user.email)) {
    checks.add("email", "is no e-mail address", user.email);
  }
  checks.text("id", user.id);
  checks.text("name", user.name);
  checks.add_secret("password", text_problem(user.password));
  checks.append(problems_of(user.claims, "claims"));
  return checks.take();
}

Problems problems_of(const JsonMembers& claims, std::string_view field) {
  Checks checks;
  std::set<std::string_view> names;
  for (const auto& [name, json] : claims) {
    std::string at = std::string(field) + '.' + text::escape(name, 60);
    checks.text(at, name);
    if (!names.insert(name).second) checks.add_secret(at, "is there twice");
    if (!json::Document::parse(json)) checks.add(at, "is not JSON", json);
  }
  return checks.take();
}

}  // namespace emulator
}  // namespace v0
}  // namespace jwks
