#pragma once

// The strict JSON reader again, as plainly as it can be written: one character at a time, strings
// and sets of the standard library, no index. It is what the fast one in src/base is held to: for
// every text both must give the same outcome, down to the byte at which it goes wrong.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <set>
#include <string>
#include <string_view>

#include "base/json.hpp"

namespace test {

/// One value as text: its kind, how it was written, what a string means, how many parts it has.
inline void dump(jwks::JsonValue value, std::string& out) {
  switch (value.kind()) {
    case jwks::JsonKind::object:
      out += '{';
      for (auto it = value.begin(); it != value.end(); ++it) {
        out.append(std::to_string(it.name().size())).append(":").append(it.name()).append("=");
        dump(*it, out);
      }
      out.append("}").append(std::to_string(value.size()));
      break;
    case jwks::JsonKind::array:
      out += '[';
      for (const jwks::JsonValue item : value) dump(item, out);
      out.append("]").append(std::to_string(value.size()));
      break;
    case jwks::JsonKind::string:
      out.append("s").append(std::to_string(value.as_string()->size())).append(":");
      out.append(*value.as_string());
      break;
    case jwks::JsonKind::number:
      out += 'n';
      break;
    case jwks::JsonKind::boolean:
      out += value.as_boolean().value() ? 't' : 'f';
      break;
    case jwks::JsonKind::null:
      out += 'z';
      break;
  }
  out.append("<").append(value.text()).append(">");
}

/// What the library makes of the text: a dump of everything in it, or the error's message.
inline std::string json_outcome(std::string_view text, jwks::json::Limits limits = {}) {
  const auto document = jwks::json::Document::parse(text, limits);
  if (!document) return document.error().message();
  std::string out;
  dump(document->root(), out);
  return out;
}

class ReferenceJson {
 public:
  /// The same, by this reader.
  static std::string outcome(std::string_view text, jwks::json::Limits limits = {}) {
    if (text.size() >= kTooLarge) {
      return jwks::Error(jwks::ErrorCode::too_large).because("JSON text").message();
    }
    try {
      ReferenceJson reader(text, limits);
      reader.skip_white_space();
      std::string out = reader.value(0);
      reader.skip_white_space();
      if (!reader.at_end()) reader.fail("text after the value");
      return out;
    } catch (const Refused& refused) {
      return jwks::Error(refused.code).because(refused.detail).message();
    }
  }

 private:
  struct Refused {
    jwks::ErrorCode code;
    std::string detail;
  };
  static constexpr std::size_t kTooLarge = std::size_t{1} << 25;

  ReferenceJson(std::string_view text, jwks::json::Limits limits) : text_(text), limits_(limits) {
    limits_.depth = std::min(limits_.depth, jwks::json::kMaxDepth);
    limits_.members = std::min(limits_.members, jwks::json::kMaxMembers);
  }

  std::string value(unsigned depth) {
    const std::size_t begin = pos_;
    std::string out;
    if (next_is('{')) {
      out = object(depth);
    } else if (next_is('[')) {
      out = array(depth);
    } else if (next_is('"')) {
      const std::string meaning = string();
      out = "s" + std::to_string(meaning.size()) + ":" + meaning;
    } else if (next_is('t')) {
      out = word("true", "t");
    } else if (next_is('f')) {
      out = word("false", "f");
    } else if (next_is('n')) {
      out = word("null", "z");
    } else {
      out = number();
    }
    return out.append("<").append(text_.substr(begin, pos_ - begin)).append(">");
  }

  std::string object(unsigned depth) {
    if (depth >= limits_.depth) fail("nested too deeply");
    ++pos_;
    std::set<std::string> names;
    std::string out = "{";
    unsigned members = 0;
    bool twice = false;
    skip_white_space();
    if (!take('}')) {
      do {
        if (++members > limits_.members) fail("too many members", jwks::ErrorCode::too_large);
        skip_white_space();
        if (!next_is('"')) fail("a member name is expected");
        const std::string name = string();
        twice = !names.insert(name).second || twice;
        skip_white_space();
        if (!take(':')) fail("':' is expected");
        skip_white_space();
        out.append(std::to_string(name.size())).append(":").append(name).append("=");
        out += value(depth + 1);
        skip_white_space();
      } while (take(','));
      if (!take('}')) fail("',' or '}' is expected");
    }
    if (twice) fail("a member name occurs twice", jwks::ErrorCode::duplicate_member);
    return out + "}" + std::to_string(members);
  }

  std::string array(unsigned depth) {
    if (depth >= limits_.depth) fail("nested too deeply");
    ++pos_;
    std::string out = "[";
    std::size_t items = 0;
    skip_white_space();
    if (!take(']')) {
      do {
        skip_white_space();
        out += value(depth + 1);
        ++items;
        skip_white_space();
      } while (take(','));
      if (!take(']')) fail("',' or ']' is expected");
    }
    return out + "]" + std::to_string(items);
  }

  std::string string() {
    std::string out;
    ++pos_;
    while (!at_end()) {
      if (take('"')) return out;
      if (next_is('\\')) {
        append_utf8(out, escape());
      } else if (byte(0) < 0x20) {
        fail("a control character in a string");
      } else {
        const std::size_t size = utf8_size();
        if (size == 0) fail("not UTF-8");
        out.append(text_.substr(pos_, size));
        pos_ += size;
      }
    }
    fail("a string does not end");
  }

  std::uint32_t escape() {
    ++pos_;
    if (take('u')) return unicode_escape();
    constexpr std::string_view kShort = "\"\\/bfnrt";
    constexpr std::string_view kMeaning = "\"\\/\b\f\n\r\t";
    const std::size_t which = at_end() ? std::string_view::npos : kShort.find(text_[pos_]);
    if (which == std::string_view::npos) fail("an escape is unknown");
    ++pos_;
    return static_cast<unsigned char>(kMeaning[which]);
  }

  std::uint32_t unicode_escape() {
    const std::uint32_t unit = four_hex_digits();
    if (unit < 0xD800 || unit > 0xDFFF) return unit;
    if (unit > 0xDBFF || !take('\\') || !take('u')) fail("a lone surrogate");
    const std::uint32_t low = four_hex_digits();
    if (low < 0xDC00 || low > 0xDFFF) fail("a lone surrogate");
    return 0x10000 + (unit - 0xD800) * 0x400 + (low - 0xDC00);
  }

  std::uint32_t four_hex_digits() {
    constexpr std::string_view kDigits = "0123456789abcdefABCDEF";
    std::uint32_t unit = 0;
    for (int i = 0; i < 4; ++i, ++pos_) {
      const std::size_t digit = at_end() ? std::string_view::npos : kDigits.find(text_[pos_]);
      if (digit == std::string_view::npos) fail("\\u needs four hexadecimal digits");
      unit = unit * 16 + static_cast<std::uint32_t>(digit < 16 ? digit : digit - 6);
    }
    return unit;
  }

  /// Size of the character here, by decoding it and looking whether it had to be that long.
  std::size_t utf8_size() const {
    const std::uint32_t lead = byte(0);
    if (lead < 0x80) return 1;
    const std::size_t size = lead >= 0xF8   ? 0
                             : lead >= 0xF0 ? 4
                             : lead >= 0xE0 ? 3
                             : lead >= 0xC0 ? 2
                                            : 0;
    if (size == 0) return 0;
    std::uint32_t code_point = lead & (0xFFU >> (size + 1));
    for (std::size_t i = 1; i < size; ++i) {
      if ((byte(i) & 0xC0) != 0x80) return 0;
      code_point = code_point * 64 + (byte(i) & 0x3F);
    }
    if (code_point > 0x10FFFF || (code_point >= 0xD800 && code_point <= 0xDFFF)) return 0;
    std::string shortest;
    append_utf8(shortest, code_point);
    return shortest.size() == size ? size : 0;
  }

  static void append_utf8(std::string& out, std::uint32_t code_point) {
    const auto put = [&out](std::uint32_t value) { out += static_cast<char>(value); };
    if (code_point < 0x80) return put(code_point);
    if (code_point < 0x800) {
      put(0xC0 + code_point / 64);
    } else {
      if (code_point < 0x10000) {
        put(0xE0 + code_point / 4096);
      } else {
        put(0xF0 + code_point / 262144);
        put(0x80 + code_point / 4096 % 64);
      }
      put(0x80 + code_point / 64 % 64);
    }
    put(0x80 + code_point % 64);
  }

  std::string number() {
    take('-');
    if (!take('0') && !digits()) fail("a value is expected");
    if (take('.') && !digits()) fail("a digit is expected");
    if (take('e') || take('E')) {
      if (!take('+')) take('-');
      if (!digits()) fail("a digit is expected");
    }
    return "n";
  }

  bool digits() {
    const std::size_t begin = pos_;
    while (!at_end() && text_[pos_] >= '0' && text_[pos_] <= '9') ++pos_;
    return pos_ != begin;
  }

  std::string word(std::string_view expected, std::string_view kind) {
    if (!text_.substr(pos_).starts_with(expected)) fail("a value is expected");
    pos_ += expected.size();
    return std::string(kind);
  }

  [[nodiscard]] bool at_end() const { return pos_ == text_.size(); }
  [[nodiscard]] bool next_is(char c) const { return !at_end() && text_[pos_] == c; }
  bool take(char c) {
    if (!next_is(c)) return false;
    ++pos_;
    return true;
  }
  /// The byte so far ahead; 0 beyond the end.
  [[nodiscard]] std::uint32_t byte(std::size_t ahead) const {
    return pos_ + ahead < text_.size() ? static_cast<unsigned char>(text_[pos_ + ahead]) : 0;
  }
  void skip_white_space() {
    while (take(' ') || take('\n') || take('\r') || take('\t')) {
    }
  }

  [[noreturn]] void fail(std::string_view what,
                         jwks::ErrorCode code = jwks::ErrorCode::bad_json) const {
    throw Refused{code, std::string(what) + " at byte " + std::to_string(pos_)};
  }

  std::string_view text_;
  jwks::json::Limits limits_;
  std::size_t pos_ = 0;
};

}  // namespace test
