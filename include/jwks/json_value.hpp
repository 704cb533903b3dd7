#pragma once

// `JsonValue`: a read-only view of one value of a parsed, strictly checked JSON document.
//
// It is a pointer and an index: cheap to copy, and valid as long as the object it came from (a
// `VerifiedToken`) or any copy of that object lives. Asking for another kind than the value has
// gives an empty optional, never a conversion and never a throw. Numbers keep their text, so that
// nothing is rounded on the way.

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <optional>
#include <string_view>
#include <utility>

#include "jwks/export.hpp"

namespace jwks {
inline namespace v0 {

namespace json {
class Document;
}

enum class JsonKind : std::uint8_t { object, array, string, number, boolean, null };

class JWKS_API JsonValue {
 public:
  JsonValue(const json::Document* document, std::uint32_t node) noexcept
      : document_(document), node_(node) {}

  [[nodiscard]] JsonKind kind() const noexcept;
  [[nodiscard]] bool is_object() const noexcept { return kind() == JsonKind::object; }
  [[nodiscard]] bool is_array() const noexcept { return kind() == JsonKind::array; }
  [[nodiscard]] bool is_string() const noexcept { return kind() == JsonKind::string; }

  /// The string with its escapes resolved; UTF-8, may hold NUL.
  [[nodiscard]] std::optional<std::string_view> as_string() const noexcept;
  /// The number's text as it stood in the document.
  [[nodiscard]] std::optional<std::string_view> number_text() const noexcept;
  /// The number if it is an integer without fraction or exponent and fits 64 bits.
  [[nodiscard]] std::optional<std::int64_t> as_integer() const noexcept;
  /// The nearest double; empty if the number overflows it.
  [[nodiscard]] std::optional<double> as_double() const noexcept;
  [[nodiscard]] std::optional<bool> as_boolean() const noexcept;

  /// Number of array items or object members; 0 for all others.
  [[nodiscard]] std::size_t size() const noexcept;
  /// The member of an object with exactly this (decoded) name. Linear in the number of members.
  [[nodiscard]] std::optional<JsonValue> find(std::string_view name) const noexcept;

  /// Walks the items of an array, or the members of an object (then `name()` is the member's name).
  class JWKS_API Iterator {
   public:
    using value_type = JsonValue;
    using reference = JsonValue;
    using pointer = void;
    using difference_type = std::ptrdiff_t;
    using iterator_category = std::input_iterator_tag;
    using iterator_concept = std::forward_iterator_tag;

    Iterator() noexcept = default;
    Iterator(const json::Document* document, std::uint32_t node, bool named) noexcept
        : document_(document), node_(node), named_(named) {}
    [[nodiscard]] std::string_view name() const noexcept;
    JsonValue operator*() const noexcept;
    Iterator& operator++() noexcept;
    Iterator operator++(int) noexcept {
      const Iterator before = *this;
      ++*this;
      return before;
    }
    friend bool operator==(const Iterator& a, const Iterator& b) noexcept {
      return a.node_ == b.node_;
    }

   private:
    const json::Document* document_ = nullptr;
    std::uint32_t node_ = 0;
    bool named_ = false;
  };
  [[nodiscard]] Iterator begin() const noexcept;
  [[nodiscard]] Iterator end() const noexcept;

  /// The value's text as it stood in the document.
  [[nodiscard]] std::string_view text() const noexcept;

 private:
  const json::Document* document_;
  std::uint32_t node_;
};

}  // namespace v0
}  // namespace jwks
