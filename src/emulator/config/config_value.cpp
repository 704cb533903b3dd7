#include "emulator/config/config_value.hpp"

#include <algorithm>
#include <utility>

#include "base/json.hpp"
#include "base/text.hpp"
#include "emulator/json_text.hpp"

namespace jwks {
inline namespace v0 {
namespace emulator {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
constexpr std::size_t kShownCharacters = 60;

ConfigValue from_json(JsonValue value) {
  using Kind = ConfigValue::Kind;
  ConfigValue made;
  switch (value.kind()) {
    case JsonKind::null:
      break;
    case JsonKind::boolean:
      made = {.kind = Kind::boolean, .text = std::string(value.text())};
      break;
    case JsonKind::number:
      made = {.kind = Kind::number, .text = std::string(value.text())};
      break;
    case JsonKind::string:
      made = {.kind = Kind::string, .text = std::string(value.as_string().value_or(""))};
      break;
    case JsonKind::array:
      made.kind = Kind::list;
      for (const JsonValue item : value) made.items.push_back(from_json(item));
      break;
    case JsonKind::object:
      made.kind = Kind::map;
      for (auto member = value.begin(); member != value.end(); ++member) {
        made.names.emplace_back(member.name());
        made.items.push_back(from_json(*member));
      }
      break;
  }
  return made;
}

/// YAML's printable characters (§5.1), as far as ASCII goes.
bool is_text_character(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return (byte >= 0x20 && byte != 0x7F) || c == '\n' || c == '\r' || c == '\t';
}

SeedProblem in_line(std::string_view text, std::string_view::iterator at, std::string message) {
  return {"line " + std::to_string(1 + std::count(text.begin(), at, '\n')), std::move(message)};
}

}  // namespace

std::variant<ConfigValue, SeedProblem> parse_config(std::string_view text) {
  if (text.size() > kMaxConfigBytes) return SeedProblem{"", "must have at most 1 MiB"};
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  if (const auto at = std::find_if_not(text.begin(), text.end(), is_text_character);
      at != text.end()) {
    return in_line(text, at, "has a control character: this is no text");
  }
  if (!is_utf8(text)) return SeedProblem{"", "must be UTF-8"};
  // JSON is YAML, but for what YAML parsers make of it: surrogate pairs and long names. Whatever is
  // wrong with it is left to the YAML parser to say.
  if (const auto document = json::Document::parse(text, {.depth = kMaxConfigDepth})) {
    const JsonValue root = document->root();
    if (root.is_object()) return from_json(root);
  }
  return parse_yaml(text);
}

std::string shown(std::string_view text) {
  return '"' + text::escape(text, kShownCharacters) + '"';
}

std::string shown(const ConfigValue& value) {
  switch (value.kind) {
    case ConfigValue::Kind::null:
      return "nothing";
    case ConfigValue::Kind::list:
      return "a list";
    case ConfigValue::Kind::map:
      return "a map";
    default:
      return value.is_string() ? shown(value.text) : text::escape(value.text, kShownCharacters);
  }
}

std::string member_path(std::string_view path, std::string_view name) {
  std::string joined(path);
  if (!joined.empty()) joined += '.';
  return joined += text::escape(name, kShownCharacters);
}

std::string item_path(std::string_view path, std::size_t index) {
  return std::string(path) + '[' + std::to_string(index) + ']';
}

}  // namespace emulator
}  // namespace v0
}  // namespace jwks
