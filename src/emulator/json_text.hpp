#pragma once

// Writing JSON: enough to answer requests and to assemble tokens, defective ones included. What is
// written is not checked; reading is the business of base/json.

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace jwks {
inline namespace v0 {
namespace emulator {

/// `text` as a JSON string, quotes included.
[[nodiscard]] std::string json_quoted(std::string_view text);

/// Bytes from a client as a JSON string: escaped to ASCII unless they are plain.
[[nodiscard]] std::string quoted_foreign(std::string_view bytes);

/// A JSON array of strings.
[[nodiscard]] std::string string_array(std::span<const std::string> items);
/// A JSON array of these JSON texts.
[[nodiscard]] std::string array_of(std::span<const std::string> json_texts);

/// A JSON array of what `json_of` writes of each item.
template <class Items, class ToJson>
[[nodiscard]] std::string array_of(const Items& items, ToJson json_of) {
  std::vector<std::string> texts;
  texts.reserve(items.size());
  for (const auto& each : items) texts.push_back(json_of(each));
  return array_of(std::span<const std::string>(texts));
}

/// Asks the strict parser: but for control characters, UTF-8 is what can be a JSON string.
[[nodiscard]] bool is_utf8(std::string_view text);

/// Header fields as a JSON object. The values of a repeated name are joined (RFC 9110 §5.3).
[[nodiscard]] std::string fields_object(
    std::span<const std::pair<std::string, std::string>> fields);

/// An object in the making. Members appear in the order of the calls, duplicates too.
class JsonObject {
 public:
  JsonObject& raw(std::string_view name, std::string_view json);
  JsonObject& string(std::string_view name, std::string_view value) {
    return raw(name, json_quoted(value));
  }
  JsonObject& number(std::string_view name, std::int64_t value) {
    return raw(name, std::to_string(value));
  }
  [[nodiscard]] std::string text() const { return members_.empty() ? "{}" : members_ + '}'; }

 private:
  std::string members_;
};

}  // namespace emulator
}  // namespace v0
}  // namespace jwks
