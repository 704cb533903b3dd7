#include "base/json.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <span>

#include "base/text.hpp"

namespace jwks {
inline namespace v0 {
namespace json {
namespace {

// A string's bytes that need a closer look: its end, an escape, a control character, non-ASCII.
constexpr std::array<bool, 256> make_special() {
  std::array<bool, 256> table{};
  for (std::size_t c = 0; c < table.size(); ++c) table[c] = c < 0x20 || c >= 0x80;
  table['"'] = true;
  table['\\'] = true;
  return table;
}
constexpr auto kSpecial = make_special();

using text::is_digit;

int hex_value(char c) noexcept {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

/// Length of the well-formed UTF-8 sequence (RFC 3629 §4) at the start of `text`; 0 if it is none.
std::size_t utf8_sequence(std::string_view text) noexcept {
  const auto at = [text](std::size_t i) -> unsigned {
    return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U;
  };
  const auto tail = [&at](std::size_t i) { return at(i) >= 0x80 && at(i) <= 0xBF; };
  const unsigned lead = at(0);
  if (lead >= 0xC2 && lead <= 0xDF) return tail(1) ? 2 : 0;
  if (lead >= 0xE0 && lead <= 0xEF) {
    const unsigned low = lead == 0xE0 ? 0xA0 : 0x80;   // no overlong form
    const unsigned high = lead == 0xED ? 0x9F : 0xBF;  // no surrogate
    return at(1) >= low && at(1) <= high && tail(2) ? 3 : 0;
  }
  if (lead >= 0xF0 && lead <= 0xF4) {
    const unsigned low = lead == 0xF0 ? 0x90 : 0x80;
    const unsigned high = lead == 0xF4 ? 0x8F : 0xBF;  // nothing above U+10FFFF
    return at(1) >= low && at(1) <= high && tail(2) && tail(3) ? 4 : 0;
  }
  return 0;
}

void append_utf8(std::pmr::string& out, std::uint32_t code_point) {
  const auto put = [&out](std::uint32_t byte) { out.push_back(static_cast<char>(byte)); };
  if (code_point < 0x80) {
    put(code_point);
  } else if (code_point < 0x800) {
    put(0xC0 | code_point >> 6);
    put(0x80 | (code_point & 0x3F));
  } else if (code_point < 0x10000) {
    put(0xE0 | code_point >> 12);
    put(0x80 | (code_point >> 6 & 0x3F));
    put(0x80 | (code_point & 0x3F));
  } else {
    put(0xF0 | code_point >> 18);
    put(0x80 | (code_point >> 12 & 0x3F));
    put(0x80 | (code_point >> 6 & 0x3F));
    put(0x80 | (code_point & 0x3F));
  }
}

/// An upper bound of the values in `text`: every value but the first follows one of these.
std::size_t count_values(std::string_view text) noexcept {
  std::size_t count = 1;
  for (const char c : text)
    count += static_cast<std::size_t>(c == ',' || c == ':' || c == '[' || c == '{');
  return count;
}

}  // namespace

class Scanner {
 public:
  Scanner(Document& document, Limits limits) noexcept
      : document_(document),
        text_(document.text_),
        max_depth_(std::min(limits.depth, kMaxDepth)),
        max_members_(std::min(limits.members, kMaxMembers)) {}

  Result<void> run() {
    document_.nodes_.reserve(count_values(text_));
    skip_white_space();
    if (value(0)) {
      skip_white_space();
      if (pos_ == text_.size()) return {};
      fail("text after the value");
    }
    std::array<char, 96> detail{};
    const std::size_t size = describe(detail);
    return Error(code_).because({detail.data(), size});
  }

 private:
  bool value(unsigned depth) {
    switch (peek()) {
      case '{':
        return object(depth);
      case '[':
        return array(depth);
      case '"':
        return string();
      case 't':
        return literal("true", JsonKind::boolean);
      case 'f':
        return literal("false", JsonKind::boolean);
      case 'n':
        return literal("null", JsonKind::null);
      default:
        return number();
    }
  }

  bool object(unsigned depth) {
    if (depth >= max_depth_) return fail("nested too deeply");
    const std::uint32_t self = open(JsonKind::object);
    std::uint32_t members = 0;
    skip_white_space();
    if (!take('}')) {
      do {
        if (++members > max_members_) return fail("too many members", ErrorCode::too_large);
        skip_white_space();
        if (peek() != '"') return fail("a member name is expected");
        if (!string()) return false;
        skip_white_space();
        if (!take(':')) return fail("':' is expected");
        skip_white_space();
        if (!value(depth + 1)) return false;
        skip_white_space();
      } while (take(','));
      if (!take('}')) return fail("',' or '}' is expected");
    }
    close(self, members);
    return names_are_unique(self, members) ||
           fail("a member name occurs twice", ErrorCode::duplicate_member);
  }

  bool array(unsigned depth) {
    if (depth >= max_depth_) return fail("nested too deeply");
    const std::uint32_t self = open(JsonKind::array);
    std::uint32_t items = 0;
    skip_white_space();
    if (!take(']')) {
      do {
        skip_white_space();
        if (!value(depth + 1)) return false;
        ++items;
        skip_white_space();
      } while (take(','));
      if (!take(']')) return fail("',' or ']' is expected");
    }
    close(self, items);
    return true;
  }

  bool string() {
    const std::uint32_t begin = ++pos_;
    while (pos_ < text_.size()) {
      const auto c = static_cast<unsigned char>(text_[pos_]);
      if (!kSpecial[c]) {
        ++pos_;
      } else if (c == '"') {
        add(JsonKind::string, begin, pos_++);
        return true;
      } else if (c == '\\') {
        return escaped_string(begin);
      } else if (!utf8()) {
        return false;
      }
    }
    return fail("a string does not end");
  }

  /// Goes on with a string from its first escape, and keeps a resolved copy behind its length.
  bool escaped_string(std::uint32_t begin) {
    std::pmr::string& out = document_.unescaped_;
    const std::size_t place = out.size();
    out.append(sizeof(std::uint32_t), '\0');
    out.append(text_.substr(begin, pos_ - begin));
    while (pos_ < text_.size()) {
      const char c = text_[pos_];
      if (!kSpecial[static_cast<unsigned char>(c)]) {
        out.push_back(c);
        ++pos_;
      } else if (c == '"') {
        const auto size = static_cast<std::uint32_t>(out.size() - place - sizeof(std::uint32_t));
        std::memcpy(out.data() + place, &size, sizeof size);
        Node& node = add(JsonKind::string, begin, pos_++);
        node.escaped = 1;
        node.size = static_cast<std::uint32_t>(place) & 0x0FFFFFFF;
        return true;
      } else if (c == '\\') {
        if (!escape(out)) return false;
      } else {
        const std::uint32_t start = pos_;
        if (!utf8()) return false;
        out.append(text_.substr(start, pos_ - start));
      }
    }
    return fail("a string does not end");
  }

  bool escape(std::pmr::string& out) {
    ++pos_;
    const char c = peek();
    if (c == 'u') {
      ++pos_;
      return unicode_escape(out);
    }
    constexpr std::string_view kShort = "\"\\/bfnrt";
    constexpr std::string_view kMeaning = "\"\\/\b\f\n\r\t";
    const std::size_t which = c == '\0' ? std::string_view::npos : kShort.find(c);
    if (which == std::string_view::npos) return fail("an escape is unknown");
    out.push_back(kMeaning[which]);
    ++pos_;
    return true;
  }

  bool unicode_escape(std::pmr::string& out) {
    std::uint32_t unit = 0;
    if (!four_hex_digits(unit)) return false;
    if (unit >= 0xDC00 && unit <= 0xDFFF) return fail("a lone surrogate");
    if (unit >= 0xD800 && unit <= 0xDBFF) {
      std::uint32_t low = 0;
      if (!take('\\') || !take('u')) return fail("a lone surrogate");
      if (!four_hex_digits(low)) return false;
      if (low < 0xDC00 || low > 0xDFFF) return fail("a lone surrogate");
      unit = 0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00);
    }
    append_utf8(out, unit);
    return true;
  }

  bool four_hex_digits(std::uint32_t& unit) {
    for (int i = 0; i < 4; ++i, ++pos_) {
      const int digit = hex_value(peek());
      if (digit < 0) return fail("\\u needs four hexadecimal digits");
      unit = unit << 4 | static_cast<std::uint32_t>(digit);
    }
    return true;
  }

  /// Steps over one multi-byte character; the byte here is a control character or above 0x7F.
  bool utf8() {
    if (static_cast<unsigned char>(text_[pos_]) < 0x20)
      return fail("a control character in a string");
    const std::size_t size = utf8_sequence(text_.substr(pos_));
    if (size == 0) return fail("not UTF-8");
    pos_ += static_cast<std::uint32_t>(size);
    return true;
  }

  // RFC 8259 §6. The text is kept; whoever wants the value converts it.
  bool number() {
    const std::uint32_t begin = pos_;
    take('-');
    if (!take('0') && !digits()) return fail("a value is expected");
    if (take('.') && !digits()) return fail("a digit is expected");
    if (take('e') || take('E')) {
      if (!take('+')) take('-');
      if (!digits()) return fail("a digit is expected");
    }
    add(JsonKind::number, begin, pos_);
    return true;
  }

  bool digits() noexcept {
    const std::uint32_t begin = pos_;
    while (is_digit(peek())) ++pos_;
    return pos_ != begin;
  }

  bool literal(std::string_view word, JsonKind kind) {
    if (text_.substr(pos_, word.size()) != word) return fail("a value is expected");
    add(kind, pos_, pos_ + static_cast<std::uint32_t>(word.size()));
    pos_ += static_cast<std::uint32_t>(word.size());
    return true;
  }

  [[nodiscard]] bool names_are_unique(std::uint32_t object, std::uint32_t members) const noexcept {
    if (members < 2) return true;
    if (members > kFewMembers) return sorted_names_are_unique(object, members);
    std::array<std::string_view, kFewMembers> names;
    std::uint32_t name = object + 1;
    for (auto end = names.begin(); end != names.begin() + members; ++end) {
      *end = document_.string_at(name);
      if (std::find(names.begin(), end, *end) != end) return false;
      name = document_.nodes_[name + 1].next;
    }
    return true;
  }

  /// Sorts, so that no choice of names can make this quadratic.
  [[nodiscard]] bool sorted_names_are_unique(std::uint32_t object,
                                             std::uint32_t members) const noexcept {
    std::array<std::string_view, kMaxMembers> names;
    std::uint32_t name = object + 1;
    const auto end = names.begin() + members;
    for (auto it = names.begin(); it != end; ++it) {
      *it = document_.string_at(name);
      name = document_.nodes_[name + 1].next;
    }
    std::sort(names.begin(), end);
    return std::adjacent_find(names.begin(), end) == end;
  }

  std::uint32_t open(JsonKind kind) {
    add(kind, pos_, pos_);
    ++pos_;
    return static_cast<std::uint32_t>(document_.nodes_.size() - 1);
  }

  void close(std::uint32_t self, std::uint32_t size) noexcept {
    Node& node = document_.nodes_[self];
    node.end = pos_;
    node.next = static_cast<std::uint32_t>(document_.nodes_.size());
    node.size = size & 0x0FFFFFFF;
  }

  Node& add(JsonKind kind, std::uint32_t begin, std::uint32_t end) {
    const auto next = static_cast<std::uint32_t>(document_.nodes_.size() + 1);
    return document_.nodes_.emplace_back(
        Node{begin, end, next, static_cast<std::uint32_t>(kind) & 7U, 0, 0});
  }

  /// The character here; NUL at the end, which no rule of the grammar takes.
  [[nodiscard]] char peek() const noexcept { return pos_ < text_.size() ? text_[pos_] : '\0'; }

  bool take(char c) noexcept {
    if (pos_ >= text_.size() || text_[pos_] != c) return false;
    ++pos_;
    return true;
  }

  void skip_white_space() noexcept {
    while (pos_ < text_.size() && (text_[pos_] == ' ' || text_[pos_] == '\n' ||
                                   text_[pos_] == '\r' || text_[pos_] == '\t')) {
      ++pos_;
    }
  }

  bool fail(std::string_view what, ErrorCode code = ErrorCode::bad_json) noexcept {
    what_ = what;
    code_ = code;
    return false;
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
    std::uint32_t rest = pos_;
    do {
      number[--begin] = static_cast<char>('0' + rest % 10);
      rest /= 10;
    } while (rest != 0);
    put(what_);
    put(" at byte ");
    put({number.data() + begin, number.size() - begin});
    return size;
  }

  static constexpr std::uint32_t kFewMembers = 16;

  Document& document_;
  std::string_view text_;
  unsigned max_depth_;
  unsigned max_members_;
  std::uint32_t pos_ = 0;
  std::string_view what_;
  ErrorCode code_ = ErrorCode::bad_json;
};

std::string_view Document::string_at(std::uint32_t index) const noexcept {
  const Node& node = nodes_[index];
  if (node.escaped == 0) return text_.substr(node.begin, node.end - node.begin);
  std::uint32_t size = 0;
  std::memcpy(&size, unescaped_.data() + node.size, sizeof size);
  return std::string_view(unescaped_).substr(node.size + sizeof size, size);
}

Result<Document> Document::parse(std::string_view text, Limits limits,
                                 std::pmr::memory_resource* memory) {
  // Places are 28 bits wide; resolved strings with their lengths must fit as well.
  if (text.size() >= (std::size_t{1} << 25))
    return Error(ErrorCode::too_large).because("JSON text");
  Document document(text, memory);
  if (const auto scanned = Scanner(document, limits).run(); !scanned) return scanned.error();
  return document;
}

Result<Document> parse_object(std::string_view text, Limits limits,
                              std::pmr::memory_resource* memory) {
  auto document = Document::parse(text, limits, memory);
  if (document && !document->root().is_object()) {
    return Error(ErrorCode::bad_json).because("the top level is not an object");
  }
  return document;
}

std::size_t index_bytes(std::string_view text) noexcept {
  return count_values(text) * sizeof(Node);
}

}  // namespace json
}  // namespace v0
}  // namespace jwks
