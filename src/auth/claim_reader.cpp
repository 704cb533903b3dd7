#include "auth/claim_reader.hpp"

#include <algorithm>
#include <utility>

namespace jwks {
inline namespace v0 {
namespace auth {
namespace {

Error bad_name(std::string_view why) noexcept { return Error(ErrorCode::bad_config).because(why); }

Error invalid(std::string_view name, std::string_view why) noexcept {
  return Error(ErrorCode::invalid_claim).about(name).because(why);
}

/// Takes the first character off a text in UTF-8, which must not be empty. Of what is no UTF-8 a
/// byte counts as a character that is neither blank nor a control.
char32_t take_character(std::string_view& text) noexcept {
  constexpr char32_t kReplacement = 0xFFFD;
  const auto byte = [&text](std::size_t i) {
    return static_cast<char32_t>(static_cast<unsigned char>(text[i]));
  };
  const char32_t first = byte(0);
  const std::size_t bytes = first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
  char32_t character = bytes == 1 ? first : first & (0x7FU >> bytes);
  bool good = (first < 0x80 || first >= 0xC0) && bytes <= text.size();
  for (std::size_t i = 1; good && i < bytes; ++i) {
    good = (byte(i) & 0xC0U) == 0x80;
    character = character << 6U | (byte(i) & 0x3FU);
  }
  text.remove_prefix(good ? bytes : 1);
  return good ? character : kReplacement;
}

constexpr bool is_within(char32_t c, char32_t first, char32_t last) noexcept {
  return first <= c && c <= last;
}

/// C0, DEL and C1; the separators of lines and paragraphs; and what makes the text after it run the
/// other way, so that a log shows another one than it holds.
constexpr bool is_control(char32_t c) noexcept {
  return c < 0x20 || is_within(c, 0x7F, 0x9F) || is_within(c, 0x2028, 0x202E) ||
         is_within(c, 0x2066, 0x2069);
}

/// What shows nothing: white space of ASCII and of Unicode, and characters without a width.
constexpr bool is_invisible(char32_t c) noexcept {
  return is_within(c, 0x09, 0x0D) || c == 0x20 || c == 0x85 || c == 0xA0 || c == 0xAD ||
         c == 0x1680 || c == 0x180E || is_within(c, 0x2000, 0x200F) ||
         is_within(c, 0x2028, 0x202F) || is_within(c, 0x205F, 0x206F) || c == 0x3000 || c == 0xFEFF;
}

bool has_control_character(std::string_view text) noexcept {
  while (!text.empty())
    if (is_control(take_character(text))) return true;
  return false;
}

Result<std::vector<std::string>> split(std::string_view name) {
  std::vector<std::string> steps(1);
  for (std::size_t i = 0; i < name.size(); ++i) {
    const bool escape = name[i] == '\\';
    if (escape && !name.substr(i + 1).starts_with('.'))
      return bad_name("a backslash stands before a dot only");
    if (escape) {
      ++i;
    } else if (name[i] == '.') {
      steps.emplace_back();
      continue;
    }
    steps.back() += name[i];
  }
  return steps;
}

/// What a list claim holds, as far as it was read.
class ItemList {
 public:
  explicit ItemList(std::string_view claim_name) noexcept : name_(claim_name) {}

  Result<void> add_all(JsonValue string_or_array, ListForm form) {
    if (string_or_array.is_array()) return add_items(string_or_array, form);
    const auto text = checked_text(string_or_array, name_);
    if (!text) return text.error();
    return form == ListForm::words ? add_words(*text) : add(*text);
  }
  std::vector<std::string> take() noexcept { return std::move(items_); }

 private:
  Result<void> add_items(JsonValue array, ListForm form) {
    for (const JsonValue item : array) {
      const auto text = checked_text(item, name_);
      if (!text) return text.error();
      // Such an item would be two words wherever the list is written as one text.
      if (form == ListForm::words && text->find(' ') != std::string_view::npos)
        return invalid(name_, "an item with a space");
      if (const auto added = add(*text); !added) return added;
    }
    return {};
  }
  Result<void> add_words(std::string_view text) {
    while (!text.empty()) {
      const std::size_t end = std::min(text.find(' '), text.size());
      if (end > 0) {
        if (const auto added = add(text.substr(0, end)); !added) return added;
      }
      text.remove_prefix(std::min(end + 1, text.size()));
    }
    return {};
  }
  Result<void> add(std::string_view item) {
    if (is_blank(item)) return invalid(name_, "a blank item");
    if (std::ranges::find(items_, item) != items_.end()) return {};
    if (items_.size() == kMaxListItems) return invalid(name_, "more than 256 items");
    items_.emplace_back(item);
    return {};
  }

  std::string_view name_;
  std::vector<std::string> items_;
};

}  // namespace

Result<ClaimPath> ClaimPath::parse(std::string name) {
  const bool literal = name.find("://") != std::string::npos;
  auto steps = literal ? Result<std::vector<std::string>>(std::vector{name}) : split(name);
  if (!steps) return steps.error();
  if (std::ranges::any_of(*steps, [](const std::string& step) { return is_blank(step); }))
    return bad_name("an empty name of a claim, or an empty step in one");
  return ClaimPath(std::move(name), std::move(*steps));
}

Result<std::optional<JsonValue>> ClaimPath::find(JsonValue claims) const noexcept {
  std::optional<JsonValue> found = claims;
  for (const std::string& step : steps_) {
    if (!found->is_object()) return invalid(name_, "a member on the way to it is not an object");
    found = found->find(step);
    if (!found || found->kind() == JsonKind::null) return std::optional<JsonValue>();
  }
  return found;
}

std::optional<JsonValue> ClaimPath::find_beside(JsonValue claims,
                                                std::string_view member) const noexcept {
  std::optional<JsonValue> object = claims;
  for (std::size_t i = 0; object && i + 1 < steps_.size(); ++i) object = object->find(steps_[i]);
  return object ? object->find(member) : std::nullopt;
}

bool is_blank(std::string_view text) noexcept {
  while (!text.empty())
    if (!is_invisible(take_character(text))) return false;
  return true;
}

Result<std::string_view> checked_text(JsonValue claim, std::string_view name) noexcept {
  const auto text = claim.as_string();
  if (!text) return invalid(name, "not a string");
  if (has_control_character(*text)) return invalid(name, "a control character in it");
  return *text;
}

namespace {

bool is_blank_text(JsonValue value) noexcept {
  const auto text = value.as_string();
  return text && is_blank(*text);
}

struct Found {
  const ClaimPath* path;
  JsonValue value;
};

/// The first claim that is there, and not blank.
Result<std::optional<Found>> find_first(JsonValue claims, const ClaimPaths& paths) noexcept {
  for (const ClaimPath& path : paths) {
    const auto claim = path.find(claims);
    if (!claim) return claim.error();
    if (claim->has_value() && !is_blank_text(**claim)) return std::optional(Found{&path, **claim});
  }
  return std::optional<Found>();
}

}  // namespace

Result<ClaimText> read_text(JsonValue claims, const ClaimPaths& paths) noexcept {
  const auto found = find_first(claims, paths);
  if (!found) return found.error();
  if (!found->has_value()) return ClaimText{};
  const ClaimPath* const path = (*found)->path;
  const auto text = checked_text((*found)->value, path->name());
  if (!text) return text.error();
  return ClaimText{*text, path};
}

Result<std::vector<std::string>> read_list(JsonValue claims, const ClaimPaths& paths,
                                           ListForm form) {
  const auto found = find_first(claims, paths);
  if (!found) return found.error();
  if (!found->has_value()) return std::vector<std::string>();
  ItemList list((*found)->path->name());
  const auto read = list.add_all((*found)->value, form);
  if (!read) return read.error();
  return list.take();
}

}  // namespace auth
}  // namespace v0
}  // namespace jwks
