#include "emulator/management/endpoints.hpp"

#include <utility>

#include "base/text.hpp"
#include "emulator/json_text.hpp"
#include "emulator/time_text.hpp"

namespace jwks {
inline namespace v0 {
namespace emulator {
namespace {

/// The name of a field of the options in this API.
std::string_view api_name(std::string_view field) {
  if (field == "organization") return "organization_id";
  if (field == "is_public") return "uses_pkce";
  return field;
}

}  // namespace

HttpResponse management_error(int status, std::string_view code, std::string_view message) {
  return json_response(status, JsonObject().string("message", message).string("code", code).text());
}

HttpResponse not_found(std::string_view what) {
  return management_error(404, "not_found", std::string(what) + " not found");
}

HttpResponse unprocessable(const Problems& problems) {
  std::vector<std::string> errors;
  for (const MemberProblem& each : problems) {
    errors.push_back(JsonObject()
                         .string("field", api_name(each.field))
                         .string("code", each.code)
                         .string("message", each.message)
                         .text());
  }
  return json_response(422, JsonObject()
                                .string("message", "Validation failed")
                                .string("code", "unprocessable_entity")
                                .raw("errors", array_of(errors))
                                .text());
}

HttpResponse deleted(bool done, std::string_view what) {
  return done ? HttpResponse{.status = 204} : not_found(what);
}

std::optional<JsonValue> MemberReader::find(std::string_view name) const {
  const auto value = object_.find(name);
  return value && value->kind() != JsonKind::null ? value : std::nullopt;
}

bool MemberReader::is_null(std::string_view name) const {
  const auto value = object_.find(name);
  return value && value->kind() == JsonKind::null;
}

void MemberReader::refuse(std::string field, std::string_view message, std::string_view code) {
  problems_.push_back({std::move(field), std::string(message), code});
}

std::optional<std::string> MemberReader::string(std::string_view name) {
  const auto value = find(name);
  if (!value) return std::nullopt;
  const auto text = value->as_string();
  if (!text) {
    refuse(std::string(name), "must be a string");
    return std::nullopt;
  }
  return std::string(*text);
}

std::string MemberReader::required_string(std::string_view name) {
  if (!find(name)) refuse(std::string(name), "is required", "required");
  return string(name).value_or("");
}

std::optional<bool> MemberReader::boolean(std::string_view name) {
  const auto value = find(name);
  if (!value) return std::nullopt;
  if (!value->as_boolean()) refuse(std::string(name), "must be true or false");
  return value->as_boolean();
}

std::optional<std::vector<std::string>> MemberReader::strings(std::string_view name) {
  return strings_or_objects(name, {});
}

std::optional<std::vector<std::string>> MemberReader::strings_or_objects(std::string_view name,
                                                                         std::string_view key) {
  const auto value = find(name);
  if (!value) return std::nullopt;
  if (!value->is_array()) {
    refuse(std::string(name), "must be an array");
    return std::nullopt;
  }
  std::vector<std::string> items;
  for (const JsonValue each : *value) {
    const auto inner = each.is_object() && !key.empty() ? each.find(key) : std::optional(each);
    const auto text = inner ? inner->as_string() : std::nullopt;
    if (!text) refuse(at_index(name, items.size()), "must be a string");
    items.emplace_back(text.value_or(""));
  }
  return items;
}

std::optional<StringMap> MemberReader::string_map(std::string_view name) {
  const auto value = find(name);
  if (!value) return std::nullopt;
  if (!value->is_object()) {
    refuse(std::string(name), "must be an object");
    return std::nullopt;
  }
  StringMap map;
  for (auto member = value->begin(); member != value->end(); ++member) {
    const auto text = (*member).as_string();
    if (!text) {
      refuse(std::string(name) + '.' + text::escape(member.name(), 60), "must be a string");
    }
    map.emplace_back(member.name(), text.value_or(""));
  }
  return map;
}

std::optional<Time> MemberReader::date_time(std::string_view name) {
  const auto text = string(name);
  if (!text) return std::nullopt;
  const auto time = parse_date_time(*text);
  if (!time) refuse(std::string(name), with_value("must be a date and time of RFC 3339", *text));
  return time;
}

}  // namespace emulator
}  // namespace v0
}  // namespace jwks
