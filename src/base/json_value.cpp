#include "jwks/json_value.hpp"

#include <charconv>
#if !defined(__cpp_lib_to_chars)
#include <locale>
#include <sstream>
#include <string>
#endif

#include "base/json.hpp"

namespace jwks {
inline namespace v0 {

JsonKind JsonValue::kind() const noexcept {
  return static_cast<JsonKind>(document_->node(node_).kind);
}

std::optional<std::string_view> JsonValue::as_string() const noexcept {
  if (kind() != JsonKind::string) return std::nullopt;
  return document_->string_at(node_);
}

std::optional<std::string_view> JsonValue::number_text() const noexcept {
  if (kind() != JsonKind::number) return std::nullopt;
  return text();
}

std::optional<std::int64_t> JsonValue::as_integer() const noexcept {
  const auto digits = number_text();
  if (!digits) return std::nullopt;
  std::int64_t value = 0;
  const char* const end = digits->data() + digits->size();
  const auto [stop, error] = std::from_chars(digits->data(), end, value);
  if (error != std::errc{} || stop != end) return std::nullopt;
  return value;
}

std::optional<double> JsonValue::as_double() const noexcept {
  const auto digits = number_text();
  if (!digits) return std::nullopt;
  double value = 0;
#if defined(__cpp_lib_to_chars)
  const auto [stop, error] =
      std::from_chars(digits->data(), digits->data() + digits->size(), value);
  if (error != std::errc{}) return std::nullopt;
#else  // libc++ before version 20
  try {
    std::istringstream in{std::string(*digits)};
    in.imbue(std::locale::classic());
    if (!(in >> value)) return std::nullopt;
  } catch (...) {
    return std::nullopt;
  }
#endif
  return value;
}

std::optional<bool> JsonValue::as_boolean() const noexcept {
  if (kind() != JsonKind::boolean) return std::nullopt;
  return text() == "true";
}

std::size_t JsonValue::size() const noexcept {
  const JsonKind k = kind();
  return k == JsonKind::object || k == JsonKind::array ? document_->node(node_).size : 0;
}

std::optional<JsonValue> JsonValue::find(std::string_view name) const noexcept {
  if (!is_object()) return std::nullopt;
  for (auto it = begin(), last = end(); it != last; ++it) {
    if (it.name() == name) return *it;
  }
  return std::nullopt;
}

JsonValue::Iterator JsonValue::begin() const noexcept {
  if (size() == 0) return end();
  return {document_, node_ + 1, is_object()};
}

JsonValue::Iterator JsonValue::end() const noexcept {
  return {document_, document_->node(node_).next, is_object()};
}

std::string_view JsonValue::text() const noexcept {
  const json::Node& node = document_->node(node_);
  // A string's place is that of its characters; its text has the quotes.
  const std::uint32_t quote = kind() == JsonKind::string ? 1 : 0;
  return document_->text().substr(node.begin - quote, node.end - node.begin + 2 * quote);
}

std::string_view JsonValue::Iterator::name() const noexcept {
  return named_ ? document_->string_at(node_) : std::string_view{};
}

JsonValue JsonValue::Iterator::operator*() const noexcept {
  return {document_, named_ ? node_ + 1 : node_};
}

JsonValue::Iterator& JsonValue::Iterator::operator++() noexcept {
  node_ = document_->node(named_ ? node_ + 1 : node_).next;
  return *this;
}

}  // namespace v0
}  // namespace jwks
