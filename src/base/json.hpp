#pragma once

// The only door to a JSON parser: a strict, one-pass reader of RFC 8259 text.
//
// It checks the grammar, UTF-8, nesting depth, member counts and duplicate member names (compared
// after their escapes are resolved) and refuses everything else, a byte order mark and a lone
// surrogate escape included. The result is an index into the text: 16 bytes per value, no tree, no
// conversion of numbers. The text must outlive the Document.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <memory_resource>
#include <string>
#include <string_view>

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

/// Size of the block that the index of `text` takes: 16 bytes for each value it can hold.
[[nodiscard]] JWKS_INTERNAL std::size_t index_bytes(std::string_view text) noexcept;

class JWKS_INTERNAL Document {
 public:
  /// Parses `text`. Memory for the index comes from `memory`: one block of `index_bytes(text)`,
  /// aligned as Node is. Strings with escapes take more, for their resolved copies.
  /// *Failure:* `bad_json` or `duplicate_member` (detail: what and at which byte), `too_large`.
  [[nodiscard]] static Result<Document> parse(
      std::string_view text, Limits limits = {},
      std::pmr::memory_resource* memory = std::pmr::get_default_resource());
  /// The same for a caller who knows `index_bytes(text)` already. Fewer are too few: `too_large`.
  [[nodiscard]] static Result<Document> parse(std::string_view text, Limits limits,
                                              std::pmr::memory_resource* memory,
                                              std::size_t bytes_of_index);

  [[nodiscard]] JsonValue root() const noexcept { return {this, 0}; }

  // For JsonValue.
  [[nodiscard]] const Node& node(std::uint32_t index) const noexcept { return nodes_[index]; }
  [[nodiscard]] std::string_view text() const noexcept { return text_; }
  [[nodiscard]] std::string_view string_at(std::uint32_t index) const noexcept {
    const Node& string = nodes_[index];
    if (string.escaped != 0) return escaped_string_at(string);
    return {text_.data() + string.begin, string.end - string.begin};
  }

 private:
  friend class Scanner;
  struct FreeNodes {
    std::pmr::memory_resource* memory;
    std::size_t bytes;
    void operator()(Node* nodes) const noexcept { memory->deallocate(nodes, bytes, alignof(Node)); }
  };
  Document(std::string_view text, std::pmr::memory_resource* memory, std::size_t bytes);
  [[nodiscard]] std::string_view escaped_string_at(const Node& node) const noexcept;

  std::string_view text_;
  std::unique_ptr<Node[], FreeNodes> nodes_;
  std::pmr::string unescaped_;
};

/// Parses a document whose top level must be an object.
[[nodiscard]] JWKS_INTERNAL Result<Document> parse_object(
    std::string_view text, Limits limits = {},
    std::pmr::memory_resource* memory = std::pmr::get_default_resource());
[[nodiscard]] JWKS_INTERNAL Result<Document> parse_object(std::string_view text, Limits limits,
                                                          std::pmr::memory_resource* memory,
                                                          std::size_t bytes_of_index);

}  // namespace json
}  // namespace v0
}  // namespace jwks
