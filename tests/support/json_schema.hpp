#pragma once

// A validator for the part of JSON Schema (2020-12) that our OpenAPI document uses. A keyword that
// it does not know is a violation: what is not checked must not look as if it were.

#include <algorithm>
#include <array>
#include <cmath>
#include <nlohmann/json.hpp>
#include <regex>
#include <string>
#include <string_view>
#include <vector>

namespace test {

class JsonSchema {
 public:
  using Json = nlohmann::json;

  /// References are resolved in `document`, which outlives the validator.
  explicit JsonSchema(const Json& document) : document_(document) {}

  /// What is wrong with `value`, with the path of each; empty if nothing is.
  [[nodiscard]] std::vector<std::string> violations(const Json& schema, const Json& value) const {
    std::vector<std::string> found;
    check(schema, value, "$", found);
    return found;
  }

 private:
  using Found = std::vector<std::string>;

  void check(const Json& schema, const Json& value, const std::string& at, Found& found) const {
    for (const auto& [keyword, rule] : schema.items()) {
      if (!check_keyword(keyword, rule, schema, value, at, found)) {
        found.push_back(at + ": the schema has the unknown keyword " + keyword);
      }
    }
  }

  /// False: not a keyword that is known here.
  bool check_keyword(const std::string& keyword, const Json& rule, const Json& schema,
                     const Json& value, const std::string& at, Found& found) const {
    constexpr std::array kAnnotations{"description", "default", "summary", "example", "examples"};
    const auto fail = [&](const std::string& why) { found.push_back(at + ": " + why); };
    if (keyword == "$ref") {
      check(resolved(rule), value, at, found);
    } else if (keyword == "type") {
      if (!has_type(value, rule)) fail("is no " + rule.get<std::string>());
    } else if (keyword == "enum") {
      if (std::find(rule.begin(), rule.end(), value) == rule.end()) fail("is none of the enum");
    } else if (keyword == "const") {
      if (value != rule) fail("is not " + rule.dump());
    } else if (keyword == "minimum") {
      if (value.is_number() && value.get<double>() < rule.get<double>()) fail("is too small");
    } else if (keyword == "maximum") {
      if (value.is_number() && value.get<double>() > rule.get<double>()) fail("is too large");
    } else if (keyword == "minProperties") {
      if (value.is_object() && value.size() < rule.get<std::size_t>()) fail("has too few members");
    } else if (keyword == "maxProperties") {
      if (value.is_object() && value.size() > rule.get<std::size_t>()) fail("has too many members");
    } else if (keyword == "pattern") {
      if (value.is_string() &&
          !std::regex_search(value.get<std::string>(), std::regex(rule.get<std::string>()))) {
        fail("does not match " + rule.get<std::string>());
      }
    } else if (keyword == "required") {
      for (const Json& name : rule) {
        if (value.is_object() && !value.contains(name)) fail("has no " + name.get<std::string>());
      }
    } else if (keyword == "properties" || keyword == "additionalProperties") {
      // Both at once, so that each member is looked at once.
      if (keyword == "properties" || !schema.contains("properties")) {
        check_members(schema, value, at, found);
      }
    } else if (keyword == "items") {
      for (std::size_t i = 0; value.is_array() && i < value.size(); ++i) {
        check(rule, value[i], at + '[' + std::to_string(i) + ']', found);
      }
    } else if (keyword == "oneOf" || keyword == "anyOf") {
      const auto fitting = std::count_if(rule.begin(), rule.end(), [&](const Json& each) {
        return violations(each, value).empty();
      });
      if (fitting == 0 || (keyword == "oneOf" && fitting > 1)) fail("fits not " + keyword);
    } else {
      return std::find(kAnnotations.begin(), kAnnotations.end(), keyword) != kAnnotations.end();
    }
    return true;
  }

  void check_members(const Json& schema, const Json& value, const std::string& at,
                     Found& found) const {
    if (!value.is_object()) return;
    const Json none = Json::object();
    const Json& properties = schema.contains("properties") ? schema["properties"] : none;
    for (const auto& [name, member] : value.items()) {
      const std::string there = at + '.' + name;
      if (properties.contains(name)) {
        check(properties[name], member, there, found);
      } else if (schema.contains("additionalProperties")) {
        const Json& more = schema["additionalProperties"];
        if (more.is_object()) check(more, member, there, found);
        if (more == false) found.push_back(there + ": is not in the schema");
      }
    }
  }

  static bool has_type(const Json& value, const Json& type) {
    if (type == "object") return value.is_object();
    if (type == "array") return value.is_array();
    if (type == "string") return value.is_string();
    if (type == "boolean") return value.is_boolean();
    if (type == "number") return value.is_number();
    if (type == "null") return value.is_null();
    return type == "integer" && value.is_number() &&
           std::floor(value.get<double>()) == value.get<double>();
  }

  [[nodiscard]] const Json& resolved(const Json& reference) const {
    return document_.at(Json::json_pointer(reference.get<std::string>().substr(1)));
  }

  const Json& document_;
};

}  // namespace test
