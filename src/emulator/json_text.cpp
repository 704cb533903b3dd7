#include "emulator/json_text.hpp"

#include <algorithm>
#include <map>

#include "base/json.hpp"
#include "base/text.hpp"

namespace jwks {
inline namespace v0 {
namespace emulator {

std::string json_quoted(std::string_view text) {
  std::string json;
  text::append_json_string(json, text);
  return json;
}

std::string quoted_foreign(std::string_view bytes) {
  const bool plain = std::all_of(bytes.begin(), bytes.end(),
                                 [](char c) { return static_cast<unsigned char>(c) < 0x80; });
  // What is no ASCII may be no UTF-8 either, and would make the whole document unreadable.
  return plain ? json_quoted(bytes) : json_quoted(text::escape(bytes, bytes.size() * 4));
}

std::string string_array(std::span<const std::string> items) {
  std::string json = "[";
  for (const std::string& item : items) {
    if (json.size() > 1) json += ',';
    text::append_json_string(json, item);
  }
  return json + ']';
}

bool is_utf8(std::string_view text) {
  const std::string quoted = json_quoted(text);
  return json::Document::parse(quoted).has_value();
}

std::string array_of(std::span<const std::string> json_texts) {
  std::string json = "[";
  for (const std::string& item : json_texts) {
    if (json.size() > 1) json += ',';
    json += item;
  }
  return json + ']';
}

std::string fields_object(std::span<const std::pair<std::string, std::string>> fields) {
  std::map<std::string_view, std::string> joined;
  for (const auto& [name, value] : fields) {
    const auto [at, is_new] = joined.emplace(name, value);
    if (!is_new) at->second.append(", ").append(value);
  }
  JsonObject object;
  for (const auto& [name, value] : joined) object.raw(name, quoted_foreign(value));
  return object.text();
}

JsonObject& JsonObject::raw(std::string_view name, std::string_view json) {
  members_ += members_.empty() ? '{' : ',';
  text::append_json_string(members_, name);
  members_ += ':';
  members_ += json;
  return *this;
}

}  // namespace emulator
}  // namespace v0
}  // namespace jwks
