#pragma once

// The only door to a JSON parser: a strict, one-pass reader of RFC 8259 text.
//
// It checks the grammar, UTF-8, nesting depth, member counts and duplicate member names (compared
// after their escapes are resolved) and refuses everything else, a byte order mark and a lone
// surrogate escape included. The result is an index into the text: 16 bytes per value, no tree, no
// conversion of numbers. The text must outlive the Document.

#include <cstddef>
#include <cstdint>
#include <memory_resource>
#include <string>
#include <string_view>
#include <vector>

#include "jwks/export.hpp"
#include "jwks/json_value.hpp"
#include "jwks/result.hpp"

namespace jwks {
inline namespace v0 {
namespace json {

struct Limits {
  unsigned depth = 32;     ///< of nested arrays and objects; at most kMaxDepth
  unsigned members = 256;  ///< of one object; at most kMaxMembers
};
inline constexpr unsigned kMaxDepth = 64;
inline constexpr unsigned kMaxMembers = 256;

/// One value. `begin`/`end` delimit its text in the document (a string's without the quotes),
/// `next` is the node after the whole value. An object's children are name, value, name, value, …
struct Node {
  std::uint32_t begin;
  std::uint32_t end;
  std::uint32_t next;
  std::uint32_t kind : 3;
  std::uint32_t escaped : 1;  ///< the string has escapes; resolved it stands in `unescaped_`
  std::uint32_t size : 28;    ///< items or members; of an escaped string, its place there
};
static_assert(sizeof(Node) == 16);

class JWKS_INTERNAL Document {
 public:
  /// Parses `text`. Memory for the index comes from `memory`: one block, 16 bytes for each value.
  /// *Failure:* `bad_json` or `duplicate_member` (detail: what and at which byte), `too_large`.
  [[nodiscard]] static Result<Document> parse(
      std::string_view text, Limits limits = {},
      std::pmr::memory_resource* memory = std::pmr::get_default_resource());

  [[nodiscard]] JsonValue root() const noexcept { return {this, 0}; }

  // For JsonValue.
  [[nodiscard]] const Node& node(std::uint32_t index) const noexcept { return nodes_[index]; }
  [[nodiscard]] std::string_view text() const noexcept { return text_; }
  [[nodiscard]] std::string_view string_at(std::uint32_t index) const noexcept;

 private:
  friend class Scanner;
  explicit Document(std::string_view text, std::pmr::memory_resource* memory)
      : text_(text), nodes_(memory), unescaped_(memory) {}

  std::string_view text_;
  std::pmr::vector<Node> nodes_;
  std::pmr::string unescaped_;
};

/// An upper bound of the bytes that the index of `text` takes.
[[nodiscard]] JWKS_INTERNAL std::size_t index_bytes(std::string_view text) noexcept;

/// Parses a document whose top level must be an object.
[[nodiscard]] JWKS_INTERNAL Result<Document> parse_object(
    std::string_view text, Limits limits = {},
    std::pmr::memory_resource* memory = std::pmr::get_default_resource());

}  // namespace json
}  // namespace v0
}  // namespace jwks
