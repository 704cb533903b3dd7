#include "emulator/oauth/parameters.hpp"

#include <algorithm>
#include <set>

#include "base/json.hpp"
#include "emulator/json_text.hpp"

namespace jwks {
inline namespace v0 {
namespace emulator {
namespace {

/// Text that can be stored, put into a token and sent back.
bool is_well_formed(std::string_view value) {
  return value.size() <= kMaxParameterBytes && value.find('\0') == std::string_view::npos &&
         is_utf8(value);
}

}  // namespace

std::variant<Parameters, std::string_view> read_body(const HttpRequest& request) {
  const std::string type = request.media_type();
  Parameters parameters;
  if (type == "application/x-www-form-urlencoded") {
    parameters = parse_form(request.body);
  } else if (type == "application/json") {
    const auto document = json::parse_object(request.body);
    if (!document) return "the body is not a JSON object";
    const JsonValue root = document->root();
    for (auto member = root.begin(); member != root.end(); ++member) {
      const auto value = (*member).as_string();
      if (!value) return "parameters are strings";
      parameters.emplace_back(member.name(), *value);
    }
  } else {
    return "the body must be a form or JSON";
  }
  parameters = without_omitted(std::move(parameters));
  if (const std::string_view problem = problem_of(parameters); !problem.empty()) return problem;
  return parameters;
}

Parameters without_omitted(Parameters parameters) {
  std::erase_if(parameters, [](const auto& each) { return each.second.empty(); });
  return parameters;
}

std::string_view problem_of(const Parameters& parameters) {
  std::set<std::string_view> names;
  for (const auto& [name, value] : parameters) {
    if (!names.insert(name).second) return "a parameter occurs twice";
    if (!is_well_formed(name) || !is_well_formed(value)) {
      return "a parameter is too long, or not the UTF-8 of a text";
    }
  }
  return {};
}

std::string_view find(const Parameters& parameters, std::string_view name) {
  for (const auto& [each, value] : parameters) {
    if (each == name) return value;
  }
  return {};
}

std::string_view find_sound(const Parameters& parameters, std::string_view name) {
  const auto occurrences = std::count_if(parameters.begin(), parameters.end(),
                                         [&](const auto& each) { return each.first == name; });
  const std::string_view value = find(parameters, name);
  return occurrences == 1 && is_well_formed(value) ? value : std::string_view{};
}

std::optional<std::vector<std::string>> split_scope(std::string_view text) {
  std::vector<std::string> scopes;
  for (std::size_t begin = 0;;) {
    const std::size_t end = text.find(' ', begin);
    std::string scope(text.substr(begin, end - begin));
    if (scope.empty()) return std::nullopt;
    if (!contains(scopes, scope)) scopes.push_back(std::move(scope));
    if (end == std::string_view::npos) return scopes;
    begin = end + 1;
  }
}

std::string joined(const std::vector<std::string>& scopes) {
  std::string text;
  for (const std::string& scope : scopes) {
    if (!text.empty()) text += ' ';
    text += scope;
  }
  return text;
}

bool contains(const std::vector<std::string>& scopes, std::string_view scope) {
  return std::find(scopes.begin(), scopes.end(), scope) != scopes.end();
}

bool covers(const std::vector<std::string>& allowed, const std::vector<std::string>& asked) {
  return std::all_of(asked.begin(), asked.end(),
                     [&](const std::string& each) { return contains(allowed, each); });
}

}  // namespace emulator
}  // namespace v0
}  // namespace jwks
