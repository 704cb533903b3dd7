#include "base/json.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <span>

#include "base/json_bytes.hpp"
#include "base/json_names.hpp"
#include "base/text.hpp"
#include "base/utf8.hpp"

namespace jwks {
inline namespace v0 {
namespace json {
namespace {

using text::is_digit;

int hex_value(char c) noexcept {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

// Each function that reads a piece of the grammar takes the place where the piece begins and gives
// the place behind it, or null once the text is refused. So the place stays in a register.
class Scanner {
 public:
  Scanner(Document& document, Limits limits) noexcept
      : begin_(document.text_.data()),
        end_(begin_ + document.text_.size()),
        nodes_(document.nodes_.get()),
        max_nodes_(static_cast<std::uint32_t>(document.nodes_.get_deleter().bytes / sizeof(Node))),
        max_depth_(std::min(limits.depth, kMaxDepth)),
        max_members_(std::min(limits.members, kMaxMembers)),
        document_(document) {}

  Result<void> run() {
    const char* at = value(skip_white_space(begin_), 0);
    if (at != nullptr) {
      at = skip_white_space(at);
      if (at == end_) return {};
      fail(at, "text after the value");
    }
    std::array<char, 96> detail{};
    const std::size_t size = describe(detail);
    return Error(code_).because({detail.data(), size});
  }

 private:
  const char* value(const char* at, unsigned depth) {
    switch (peek(at)) {
      case '"':
        return string(at);
      case '{':
        return object(at, depth);
      case '[':
        return array(at, depth);
      case 't':
        return literal(at, "true", JsonKind::boolean);
      case 'f':
        return literal(at, "false", JsonKind::boolean);
      case 'n':
        return literal(at, "null", JsonKind::null);
      default:
        return number(at);
    }
  }

  const char* object(const char* at, unsigned depth) {
    if (depth >= max_depth_) return fail(at, "nested too deeply");
    const std::uint32_t self = count_;
    if (!add(JsonKind::object, at, at)) return nullptr;
    NameFilter filter;
    bool maybe_twice = false;
    std::uint32_t members = 0;
    at = skip_white_space(at + 1);
    if (peek(at) != '}') {
      for (;; ++at) {
        if (++members > max_members_) return fail(at, "too many members", ErrorCode::too_large);
        at = skip_white_space(at);
        if (peek(at) != '"') return fail(at, "a member name is expected");
        at = string(at);
        if (at == nullptr) return nullptr;
        maybe_twice |= !filter.add(document_.string_at(count_ - 1));
        at = skip_white_space(at);
        if (peek(at) != ':') return fail(at, "':' is expected");
        at = value(skip_white_space(at + 1), depth + 1);
        if (at == nullptr) return nullptr;
        at = skip_white_space(at);
        if (peek(at) != ',') break;
      }
      if (peek(at) != '}') return fail(at, "',' or '}' is expected");
    }
    close(self, ++at, members);
    if (maybe_twice && !names_are_unique(self, members)) {
      return fail(at, "a member name occurs twice", ErrorCode::duplicate_member);
    }
    return at;
  }

  const char* array(const char* at, unsigned depth) {
    if (depth >= max_depth_) return fail(at, "nested too deeply");
    const std::uint32_t self = count_;
    if (!add(JsonKind::array, at, at)) return nullptr;
    std::uint32_t items = 0;
    at = skip_white_space(at + 1);
    if (peek(at) != ']') {
      for (;; ++at) {
        at = value(skip_white_space(at), depth + 1);
        if (at == nullptr) return nullptr;
        ++items;
        at = skip_white_space(at);
        if (peek(at) != ',') break;
      }
      if (peek(at) != ']') return fail(at, "',' or ']' is expected");
    }
    close(self, ++at, items);
    return at;
  }

  const char* string(const char* at) {
    const char* const begin = at + 1;
    at = skip_unescaped(begin);
    if (at == nullptr) return nullptr;
    if (*at == '\\') return escaped_string(begin, at);
    return add(JsonKind::string, begin, at) != nullptr ? at + 1 : nullptr;
  }

  /// Goes on with a string from its first escape, and keeps a resolved copy behind its length.
  const char* escaped_string(const char* begin, const char* at) {
    std::pmr::string& out = document_.unescaped_;
    const std::size_t place = out.size();
    out.append(sizeof(std::uint32_t), '\0');
    out.append(begin, at);
    while (*at == '\\') {
      const char* const plain = escape(at + 1, out);
      if (plain == nullptr) return nullptr;
      at = skip_unescaped(plain);
      if (at == nullptr) return nullptr;
      out.append(plain, at);
    }
    const auto size = static_cast<std::uint32_t>(out.size() - place - sizeof(std::uint32_t));
    std::memcpy(out.data() + place, &size, sizeof size);
    Node* const node = add(JsonKind::string, begin, at);
    if (node == nullptr) return nullptr;
    node->escaped = 1;
    node->size = static_cast<std::uint32_t>(place) & 0x0FFFFFFF;
    return at + 1;
  }

  /// Steps over the characters of a string up to the quote or the backslash that is next.
  const char* skip_unescaped(const char* at) {
    for (;;) {
      at = find_special(at, end_);
      if (at == end_) return fail(at, "a string does not end");
      if (*at == '"' || *at == '\\') return at;
      if (static_cast<unsigned char>(*at) < 0x20) {
        return fail(at, "a control character in a string");
      }
      const std::size_t size = utf8::sequence_size({at, end_});
      if (size == 0) return fail(at, "not UTF-8");
      at += size;
    }
  }

  /// Reads an escape from behind its backslash.
  const char* escape(const char* at, std::pmr::string& out) {
    const char c = peek(at);
    if (c == 'u') return unicode_escape(at + 1, out);
    constexpr std::string_view kShort = "\"\\/bfnrt";
    constexpr std::string_view kMeaning = "\"\\/\b\f\n\r\t";
    const std::size_t which = kShort.find(c);
    if (which == std::string_view::npos) return fail(at, "an escape is unknown");
    out.push_back(kMeaning[which]);
    return at + 1;
  }

  const char* unicode_escape(const char* at, std::pmr::string& out) {
    std::uint32_t unit = 0;
    at = four_hex_digits(at, unit);
    if (at == nullptr) return nullptr;
    if (unit >= 0xDC00 && unit <= 0xDFFF) return fail(at, "a lone surrogate");
    if (unit >= 0xD800 && unit <= 0xDBFF) {
      std::uint32_t low = 0;
      if (peek(at) != '\\') return fail(at, "a lone surrogate");
      if (peek(++at) != 'u') return fail(at, "a lone surrogate");
      at = four_hex_digits(at + 1, low);
      if (at == nullptr) return nullptr;
      if (low < 0xDC00 || low > 0xDFFF) return fail(at, "a lone surrogate");
      unit = 0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00);
    }
    utf8::append(out, unit);
    return at;
  }

  const char* four_hex_digits(const char* at, std::uint32_t& unit) {
    for (int i = 0; i < 4; ++i, ++at) {
      const int digit = hex_value(peek(at));
      if (digit < 0) return fail(at, "\\u needs four hexadecimal digits");
      unit = unit << 4 | static_cast<std::uint32_t>(digit);
    }
    return at;
  }

  // RFC 8259 §6. The text is kept; whoever wants the value converts it.
  const char* number(const char* at) {
    const char* const begin = at;
    if (peek(at) == '-') ++at;
    if (peek(at) == '0') {
      ++at;
    } else {
      at = digits(at, "a value is expected");
      if (at == nullptr) return nullptr;
    }
    if (peek(at) == '.') {
      at = digits(at + 1, "a digit is expected");
      if (at == nullptr) return nullptr;
    }
    if (peek(at) == 'e' || peek(at) == 'E') {
      ++at;
      if (peek(at) == '+' || peek(at) == '-') ++at;
      at = digits(at, "a digit is expected");
      if (at == nullptr) return nullptr;
    }
    return add(JsonKind::number, begin, at) != nullptr ? at : nullptr;
  }

  /// At least one.
  const char* digits(const char* at, std::string_view what_is_missing) {
    const char* const begin = at;
    while (at != end_ && is_digit(*at)) ++at;
    return at != begin ? at : fail(at, what_is_missing);
  }

  const char* literal(const char* at, std::string_view word, JsonKind kind) {
    if (!std::string_view(at, end_).starts_with(word)) return fail(at, "a value is expected");
    const char* const behind = at + word.size();
    return add(kind, at, behind) != nullptr ? behind : nullptr;
  }

  /// Sorts, so that no choice of names can make this quadratic.
  [[nodiscard]] bool names_are_unique(std::uint32_t object, std::uint32_t members) const noexcept {
    std::array<std::string_view, kMaxMembers> names;
    std::uint32_t name = object + 1;
    const auto end = names.begin() + members;
    for (auto it = names.begin(); it != end; ++it) {
      *it = document_.string_at(name);
      name = nodes_[name + 1].next;
    }
    std::sort(names.begin(), end);
    return std::adjacent_find(names.begin(), end) == end;
  }

  /// Adds a value that has no parts (so far). Null if the index is full, which it never is when its
  /// size was that of `index_bytes`.
  Node* add(JsonKind kind, const char* begin, const char* end) {
    if (count_ == max_nodes_) {
      fail(begin, "no room in the index", ErrorCode::too_large);
      return nullptr;
    }
    Node& node = nodes_[count_++];
    node = {place(begin), place(end), count_, static_cast<std::uint32_t>(kind) & 7U, 0, 0};
    return &node;
  }

  void close(std::uint32_t self, const char* end, std::uint32_t size) noexcept {
    Node& node = nodes_[self];
    node.end = place(end);
    node.next = count_;
    node.size = size & 0x0FFFFFFF;
  }

  [[nodiscard]] std::uint32_t place(const char* at) const noexcept {
    return static_cast<std::uint32_t>(at - begin_);
  }

  /// The character here; NUL at the end, which no rule of the grammar takes.
  [[nodiscard]] char peek(const char* at) const noexcept { return at != end_ ? *at : '\0'; }

  [[nodiscard]] const char* skip_white_space(const char* at) const noexcept {
    // There is none in most tokens.
    if (at == end_ || static_cast<unsigned char>(*at) > ' ') return at;
    while (at != end_ && (*at == ' ' || *at == '\n' || *at == '\r' || *at == '\t')) ++at;
    return at;
  }

  std::nullptr_t fail(const char* at, std::string_view what,
                      ErrorCode code = ErrorCode::bad_json) noexcept {
    failed_at_ = at;
    what_ = what;
    code_ = code;
    return nullptr;
  }

  /// "<what> at byte <n>", without allocating.
  std::size_t describe(std::span<char> out) const noexcept {
    std::size_t size = 0;
    const auto put = [&](std::string_view text) {
      const std::size_t count = std::min(text.size(), out.size() - size);
      std::copy_n(text.begin(), count, out.begin() + static_cast<std::ptrdiff_t>(size));
      size += count;
    };
    std::array<char, 10> number{};
    std::size_t begin = number.size();
    std::uint32_t rest = place(failed_at_);
    do {
      number[--begin] = static_cast<char>('0' + rest % 10);
      rest /= 10;
    } while (rest != 0);
    put(what_);
    put(" at byte ");
    put({number.data() + begin, number.size() - begin});
    return size;
  }

  const char* const begin_;
  const char* const end_;
  Node* const nodes_;
  const std::uint32_t max_nodes_;
  const unsigned max_depth_;
  const unsigned max_members_;
  Document& document_;
  std::uint32_t count_ = 0;
  const char* failed_at_ = nullptr;
  std::string_view what_;
  ErrorCode code_ = ErrorCode::bad_json;
};

Document::Document(std::string_view text, std::pmr::memory_resource* memory, std::size_t bytes)
    : text_(text),
      nodes_(static_cast<Node*>(memory->allocate(bytes, alignof(Node))), {memory, bytes}),
      unescaped_(memory) {}

std::string_view Document::escaped_string_at(const Node& node) const noexcept {
  std::uint32_t size = 0;
  std::memcpy(&size, unescaped_.data() + node.size, sizeof size);
  return {unescaped_.data() + node.size + sizeof size, size};
}

std::size_t index_bytes(std::string_view text) noexcept {
  return count_values(text) * sizeof(Node);
}

Result<Document> Document::parse(std::string_view text, Limits limits,
                                 std::pmr::memory_resource* memory, std::size_t bytes_of_index) {
  // Places are 28 bits wide; resolved strings with their lengths must fit as well.
  if (text.size() >= (std::size_t{1} << 25)) {
    return Error(ErrorCode::too_large).because("JSON text");
  }
  Document document(text, memory, bytes_of_index);
  if (const auto scanned = Scanner(document, limits).run(); !scanned) return scanned.error();
  return document;
}

Result<Document> Document::parse(std::string_view text, Limits limits,
                                 std::pmr::memory_resource* memory) {
  return parse(text, limits, memory, index_bytes(text));
}

Result<Document> parse_object(std::string_view text, Limits limits,
                              std::pmr::memory_resource* memory, std::size_t bytes_of_index) {
  auto document = Document::parse(text, limits, memory, bytes_of_index);
  if (document && !document->root().is_object()) {
    return Error(ErrorCode::bad_json).because("the top level is not an object");
  }
  return document;
}

Result<Document> parse_object(std::string_view text, Limits limits,
                              std::pmr::memory_resource* memory) {
  return parse_object(text, limits, memory, index_bytes(text));
}

}  // namespace json
}  // namespace v0
}  // namespace jwks
