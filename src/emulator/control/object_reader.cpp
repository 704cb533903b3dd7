#include "emulator/control/object_reader.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "base/text.hpp"
#include "emulator/json_text.hpp"

namespace jwks {
inline namespace v0 {
namespace emulator {
namespace {

/// What can be a point in time or between two, in seconds: some 285 years.
constexpr double kMostSeconds = 9e9;

}  // namespace

HttpResponse bad_request(const std::vector<FieldProblem>& problems) {
  std::vector<std::string> errors;
  errors.reserve(problems.size());
  for (const FieldProblem& each : problems) {
    errors.push_back(
        JsonObject().string("field", each.field).string("message", each.message).text());
  }
  const FieldProblem first = problems.empty() ? FieldProblem{} : problems.front();
  const std::string message =
      first.field.empty() ? first.message : first.field + ": " + first.message;
  return json_response(400, JsonObject()
                                .string("error", "invalid_request")
                                .string("message", message)
                                .raw("errors", array_of(errors))
                                .text());
}

HttpResponse bad_request(const Error& error) {
  if (error.code() != ErrorCode::bad_config) return bad_request({{"", error.message()}});
  return bad_request({{std::string(error.subject()), std::string(error.detail())}});
}

std::optional<JsonValue> ObjectReader::any(std::string_view name) {
  asked_.push_back(name);
  return object_.find(name);
}

std::optional<std::string> ObjectReader::string(std::string_view name) {
  const auto value = any(name);
  if (!value) return std::nullopt;
  const auto text = value->as_string();
  if (!text) refuse(name, "must be a string");
  return text ? std::optional<std::string>(*text) : std::nullopt;
}

std::optional<bool> ObjectReader::boolean(std::string_view name) {
  const auto value = any(name);
  if (!value) return std::nullopt;
  const auto truth = value->as_boolean();
  if (!truth) refuse(name, "must be true or false");
  return truth;
}

std::optional<std::int64_t> ObjectReader::integer(std::string_view name) {
  const auto value = any(name);
  if (!value) return std::nullopt;
  const auto number = value->as_integer();
  if (!number) refuse(name, "must be an integer");
  return number;
}

std::optional<std::uint64_t> ObjectReader::count(std::string_view name) {
  const auto number = integer(name);
  if (!number) return std::nullopt;
  if (*number < 0) refuse(name, "must not be negative");
  return *number < 0 ? std::nullopt : std::optional(static_cast<std::uint64_t>(*number));
}

std::optional<double> ObjectReader::number(std::string_view name) {
  const auto value = any(name);
  if (!value) return std::nullopt;
  const auto number = value->as_double();
  if (!number) refuse(name, "must be a number");
  return number;
}

std::optional<std::chrono::milliseconds> ObjectReader::seconds(std::string_view name) {
  const auto value = any(name);
  if (!value) return std::nullopt;
  const auto number = value->as_double();
  if (!number || std::abs(*number) > kMostSeconds) {
    refuse(name, "must be a number of seconds");
    return std::nullopt;
  }
  return std::chrono::milliseconds(std::llround(*number * 1000));
}

std::vector<std::pair<std::string, std::string>> ObjectReader::strings(std::string_view name) {
  std::vector<std::pair<std::string, std::string>> read;
  const auto value = any(name);
  if (!value) return read;
  if (!value->is_object()) refuse(name, "must be an object of strings");
  if (!value->is_object()) return read;
  for (auto member = value->begin(); member != value->end(); ++member) {
    const auto text = (*member).as_string();
    if (!text) refuse(name, "must be an object of strings");
    read.emplace_back(member.name(), text.value_or(""));
  }
  return read;
}

std::optional<ObjectReader> ObjectReader::object(std::string_view name) {
  const auto value = any(name);
  if (!value) return std::nullopt;
  if (!value->is_object()) {
    refuse(name, "must be an object");
    return std::nullopt;
  }
  return ObjectReader(*value, problems_, path_ + std::string(name) + '.');
}

void ObjectReader::refuse(std::string_view name, std::string_view why) {
  problems_.push_back({path_ + std::string(name), std::string(why)});
}

bool ObjectReader::finish() {
  for (auto member = object_.begin(); member != object_.end(); ++member) {
    if (std::find(asked_.begin(), asked_.end(), member.name()) != asked_.end()) continue;
    refuse(text::escape(member.name(), 60), "is not a member of this request");
  }
  return problems_.empty();
}

std::string seconds_text(std::chrono::milliseconds milliseconds) {
  const auto count = milliseconds.count();
  std::string text = count < 0 ? "-" : "";
  text += std::to_string(std::abs(count / 1000));
  if (count % 1000 == 0) return text;
  std::string fraction = std::to_string(std::abs(count % 1000));
  fraction.insert(0, 3 - fraction.size(), '0');
  while (fraction.ends_with('0')) fraction.pop_back();
  return text + '.' + fraction;
}

}  // namespace emulator
}  // namespace v0
}  // namespace jwks
