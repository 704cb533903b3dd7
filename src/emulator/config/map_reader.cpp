#include "emulator/config/map_reader.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <set>

#include "base/json.hpp"
#include "emulator/json_text.hpp"

namespace jwks {
inline namespace v0 {
namespace emulator {
namespace {

constexpr std::int64_t kCentury = 100LL * 366 * 24 * 3600;

std::string joined(std::span<const std::string_view> names) {
  std::string text;
  for (const std::string_view name : names) {
    if (!text.empty()) text += ", ";
    text += name;
  }
  return text;
}

/// A decimal integer, as long as it fits.
std::optional<std::int64_t> integer_of(const ConfigValue& value) {
  if (value.kind != ConfigValue::Kind::number) return std::nullopt;
  std::int64_t number = 0;
  const char* const end = value.text.data() + value.text.size();
  const auto [stop, problem] = std::from_chars(value.text.data(), end, number);
  if (problem != std::errc() || stop != end) return std::nullopt;
  return number;
}

/// A number as in JSON.
std::optional<double> number_of(const ConfigValue& value) {
  if (value.kind != ConfigValue::Kind::number) return std::nullopt;
  const auto document = json::Document::parse(value.text);
  return document ? document->root().as_double() : std::nullopt;
}

}  // namespace

MapReader::MapReader(const ConfigValue& map, std::string path, Findings& findings)
    : map_(map), path_(std::move(path)), findings_(findings) {
  std::set<std::string_view> seen;
  for (const std::string& name : map_.names) {
    if (!seen.insert(name).second) problem(name, "is there twice");
  }
}

const ConfigValue* MapReader::find(std::string_view name) {
  if (std::find(asked_.begin(), asked_.end(), name) == asked_.end()) asked_.push_back(name);
  const auto at = std::find(map_.names.begin(), map_.names.end(), name);
  if (at == map_.names.end()) return nullptr;
  const ConfigValue& value = map_.items[static_cast<std::size_t>(at - map_.names.begin())];
  return value.is_null() ? nullptr : &value;
}

void MapReader::refuse(std::string_view name, std::string_view wanted, const ConfigValue& is,
                       Value value) const {
  std::string message = "must be " + std::string(wanted);
  if (value == Value::open) message += ", is " + shown(is);
  problem(name, std::move(message));
}

std::optional<std::string> MapReader::text(std::string_view name) {
  const ConfigValue* const value = find(name);
  if (value == nullptr) return std::nullopt;
  if (value->is_string()) return value->text;
  refuse(name, "a string", *value);
  return std::nullopt;
}

std::string MapReader::string(std::string_view name, Value kind) {
  const ConfigValue* const value = find(name);
  if (value == nullptr) return {};
  if (!value->is_string()) {
    refuse(name, "a string", *value, kind);
    return {};
  }
  if (value->text.empty()) problem(name, "must not be empty");
  return value->text;
}

std::string MapReader::required_string(std::string_view name) {
  if (!has(name)) problem(name, "is required");
  return string(name);
}

bool MapReader::boolean(std::string_view name) {
  const ConfigValue* const value = find(name);
  if (value == nullptr) return false;
  if (value->kind == ConfigValue::Kind::boolean) return value->text == "true";
  refuse(name, "true or false", *value);
  return false;
}

std::optional<std::int64_t> MapReader::integer(std::string_view name, std::int64_t min,
                                               std::int64_t max) {
  const ConfigValue* const value = find(name);
  if (value == nullptr) return std::nullopt;
  const auto number = integer_of(*value);
  if (number && *number >= min && *number <= max) return number;
  refuse(name, "an integer from " + std::to_string(min) + " to " + std::to_string(max), *value);
  return std::nullopt;
}

std::optional<double> MapReader::number(std::string_view name) {
  const ConfigValue* const value = find(name);
  if (value == nullptr) return std::nullopt;
  if (const auto number = number_of(*value)) return number;
  refuse(name, "a number", *value);
  return std::nullopt;
}

std::optional<std::chrono::seconds> MapReader::seconds(std::string_view name) {
  const ConfigValue* const value = find(name);
  if (value == nullptr) return std::nullopt;
  const auto number = integer_of(*value);
  if (number && *number >= -kCentury && *number <= kCentury) return std::chrono::seconds(*number);
  refuse(name, "a number of seconds", *value);
  return std::nullopt;
}

std::optional<std::chrono::milliseconds> MapReader::milliseconds(std::string_view name) {
  const ConfigValue* const value = find(name);
  if (value == nullptr) return std::nullopt;
  const auto number = number_of(*value);
  if (number && std::abs(*number) <= static_cast<double>(kCentury)) {
    return std::chrono::round<std::chrono::milliseconds>(std::chrono::duration<double>(*number));
  }
  refuse(name, "a number of seconds", *value);
  return std::nullopt;
}

const std::vector<ConfigValue>* MapReader::list(std::string_view name) {
  const ConfigValue* const value = find(name);
  if (value == nullptr) return nullptr;
  if (value->is_list()) return &value->items;
  refuse(name, "a list", *value);
  return nullptr;
}

std::vector<std::string> MapReader::strings(std::string_view name) {
  std::vector<std::string> read;
  each_string(name, [&](const std::string& path, const std::string& text) {
    if (text.empty()) findings_.problem(path, "must not be empty");
    read.push_back(text);
  });
  return read;
}

StringMap MapReader::string_map(std::string_view name) {
  const ConfigValue* const value = find(name);
  if (value == nullptr) return {};
  if (!value->is_map()) {
    refuse(name, "a map of strings", *value);
    return {};
  }
  MapReader members(*value, path_of(name), findings_);
  StringMap read;
  for (const std::string& each : value->names) {
    if (auto text = members.text(each)) read.emplace_back(each, std::move(*text));
  }
  return read;
}

JsonMembers MapReader::json_members(std::string_view name) {
  const ConfigValue* const value = find(name);
  if (value == nullptr) return {};
  if (!value->is_map()) {
    refuse(name, "a map", *value);
    return {};
  }
  const MapReader members(*value, path_of(name), findings_);
  JsonMembers read;
  for (std::size_t i = 0; i < value->names.size(); ++i) {
    read.emplace_back(value->names[i],
                      to_json(value->items[i], members.path_of(value->names[i]), findings_));
  }
  return read;
}

void MapReader::refuse_name(std::string path, std::string_view name,
                            std::span<const std::string_view> all) const {
  findings_.problem(std::move(path), "must be one of " + joined(all) + "; is " + shown(name));
}

void MapReader::finish(NotEmulated not_emulated) {
  const auto is_in = [](std::string_view name, std::span<const std::string_view> names) {
    return std::find(names.begin(), names.end(), name) != names.end();
  };
  std::set<std::string_view> warned;
  for (const std::string& name : map_.names) {
    if (is_in(name, asked_) || !warned.insert(name).second) continue;
    if (is_in(name, not_emulated)) {
      findings_.warning(path_of(name), "is not emulated, and ignored");
    } else {
      findings_.warning(path_of(name), "is unknown, and ignored; known are: " + joined(asked_));
    }
  }
}

std::string to_json(const ConfigValue& value, const std::string& path, Findings& findings) {
  switch (value.kind) {
    case ConfigValue::Kind::null:
      return "null";
    case ConfigValue::Kind::boolean:
      return value.text;
    case ConfigValue::Kind::string:
      return json_quoted(value.text);
    case ConfigValue::Kind::number:
      if (!number_of(value)) {
        findings.problem(path, "must be a number as in JSON, is " + shown(value));
      }
      return value.text;
    case ConfigValue::Kind::list: {
      std::vector<std::string> items;
      items.reserve(value.items.size());
      for (std::size_t i = 0; i < value.items.size(); ++i) {
        items.push_back(to_json(value.items[i], item_path(path, i), findings));
      }
      return array_of(items);
    }
    case ConfigValue::Kind::map:
      break;
  }
  const MapReader members(value, path, findings);
  JsonObject object;
  for (std::size_t i = 0; i < value.names.size(); ++i) {
    object.raw(value.names[i], to_json(value.items[i], members.path_of(value.names[i]), findings));
  }
  return object.text();
}

}  // namespace emulator
}  // namespace v0
}  // namespace jwks
