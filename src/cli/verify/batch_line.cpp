#include "cli/verify/batch_line.hpp"

#include <utility>
#include <vector>

#include "base/text.hpp"
#include "cli/terminal.hpp"
#include "cli/token_rules.hpp"
#include "jose/numeric_date.hpp"

namespace jwks::cli {
namespace {

[[noreturn]] void refuse(std::string_view member, std::string_view why) {
  throw BadLine(std::string(member) + ": " + std::string(why));
}

std::string_view string_of(std::string_view member, const JsonValue& value) {
  const auto text = value.as_string();
  if (!text || text->empty()) refuse(member, "not a string, or empty");
  return *text;
}

/// One string, or an array of them.
std::vector<std::string> strings_of(std::string_view member, const JsonValue& value) {
  if (value.is_array()) {
    std::vector<std::string> strings;
    for (const JsonValue each : value) strings.emplace_back(string_of(member, each));
    return strings;
  }
  return {std::string(string_of(member, value))};
}

/// The same, and a string is a list that commas divide.
std::vector<std::string> names_of(std::string_view member, const JsonValue& value) {
  if (value.is_array()) return strings_of(member, value);
  std::vector<std::string> names;
  std::string_view rest = string_of(member, value);
  for (std::size_t comma = 0; comma != std::string_view::npos;) {
    comma = rest.find(',');
    names.emplace_back(text::trim(rest.substr(0, comma)));
    if (comma != std::string_view::npos) rest.remove_prefix(comma + 1);
  }
  return names;
}

std::chrono::seconds seconds_of(std::string_view member, const JsonValue& value) {
  const auto seconds = value.as_integer();
  if (!seconds) refuse(member, "not a whole number of seconds");
  return std::chrono::seconds(*seconds);
}

AlgorithmSet algorithms_of(const JsonValue& value) {
  AlgorithmSet algorithms;
  for (const std::string& name : names_of("algorithms", value)) {
    const auto algorithm = algorithm_from_name(name);
    if (!algorithm) refuse("algorithms", "no algorithm is called " + text::escape(name, 40));
    algorithms.insert(*algorithm);
  }
  return algorithms;
}

TokenProfile profile_of(const JsonValue& value) {
  const auto profile = profile_from_name(string_of("profile", value));
  if (!profile) refuse("profile", "not jwt, access_token, id_token or logout_token");
  return *profile;
}

WallTime time_of(const JsonValue& value) {
  if (const auto number = value.number_text()) {
    const auto date = jose::parse_numeric_date(*number);
    if (date && date->floor() <= kLastTime) {
      return date->floor() + std::chrono::duration_cast<WallTime::duration>(
                                 std::chrono::nanoseconds(date->nanoseconds));
    }
  } else if (const auto text = value.as_string()) {
    if (const auto time = parse_time(std::string(*text))) return *time;
  }
  refuse("now", "neither seconds since 1970 nor like 2026-01-31T23:59:59Z");
}

/// What the answer repeats: a string or a number.
std::string id_of(const JsonValue& value) {
  if (!value.is_string() && value.kind() != JsonKind::number && value.kind() != JsonKind::null) {
    refuse("id", "neither a string nor a number nor null");
  }
  return ascii_json(value.text());
}

bool boolean_of(std::string_view member, const JsonValue& value) {
  const auto boolean = value.as_boolean();
  if (!boolean) refuse(member, "neither true nor false");
  return *boolean;
}

std::optional<PolicyOverrides::Member> policy_member(std::string_view name) {
  constexpr std::array<std::string_view, PolicyOverrides::kCount> kNames = {
      "issuer",  "audience",        "algorithms", "type",
      "profile", "required_claims", "clock_skew", "max_token_age"};
  for (std::size_t i = 0; i < kNames.size(); ++i) {
    if (kNames[i] == name) return static_cast<PolicyOverrides::Member>(i);
  }
  return std::nullopt;
}

void read_member(BatchLine& line, std::string_view name, const JsonValue& value) {
  if (name == "id" || value.kind() == JsonKind::null) return;
  if (name == "token") {
    line.token = value.as_string();
    if (!line.token) refuse(name, "not a string");
  } else if (name == "now") {
    line.now = time_of(value);
  } else if (name == "jwks") {
    if (!value.is_object()) refuse(name, "neither a JWK Set nor a JWK");
    line.jwks = value;
  } else if (name == "allow_static_secrets") {
    line.allow_static_secrets = boolean_of(name, value);
  } else if (const auto member = policy_member(name)) {
    line.policy.set(*member, value);
  } else {
    throw BadLine("unknown member " + text::escape(name, 60));
  }
}

}  // namespace

std::string PolicyOverrides::key() const {
  std::string key;
  for (std::size_t i = 0; i < kCount; ++i) {
    if (!values_[i]) continue;
    // JSON text has no NUL byte.
    key.append(1, static_cast<char>('0' + i)).append(values_[i]->text()).append(1, '\0');
  }
  return key;
}

ValidationOptions PolicyOverrides::apply_to(ValidationOptions options) const {
  if (const auto& value = values_[issuer]) {
    options.issuer = string_of("issuer", *value);
    options.allow_any_issuer = false;
  }
  if (const auto& value = values_[audience]) {
    options.audiences = strings_of("audience", *value);
    if (options.audiences.empty()) refuse("audience", "an empty array");
    options.allow_any_audience = false;
  }
  if (const auto& value = values_[algorithms]) options.algorithms = algorithms_of(*value);
  if (const auto& value = values_[type]) options.token_type = string_of("type", *value);
  if (const auto& value = values_[profile]) options.profile = profile_of(*value);
  if (const auto& value = values_[required_claims]) {
    options.required_claims = names_of("required_claims", *value);
  }
  if (const auto& value = values_[clock_skew])
    options.clock_skew = seconds_of("clock_skew", *value);
  if (const auto& value = values_[max_age]) {
    options.max_token_age = seconds_of("max_token_age", *value);
  }
  return options;
}

BatchLine read_line(const JsonValue& object, std::string& id) {
  if (const auto value = object.find("id")) id = id_of(*value);
  BatchLine line;
  for (auto member = object.begin(); member != object.end(); ++member) {
    read_member(line, member.name(), *member);
  }
  if (!line.token) throw BadLine("no token");
  return line;
}

}  // namespace jwks::cli
