// YAML into `ConfigValue`, by the parser's events and not by its tree: a tree would have followed
// every alias of a bomb, and every bracket of a million, before anybody could say stop.

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <array>
#include <map>
#include <sstream>
#include <utility>

#include "base/text.hpp"
#include "emulator/config/config_value.hpp"

namespace jwks {
inline namespace v0 {
namespace emulator {
namespace {

using Kind = ConfigValue::Kind;

/// What stops the parser. Its message is ours, and fit to be shown.
struct Refusal {
  int line;
  std::string message;
};

template <std::size_t kSize>
bool is_among(std::string_view text, const std::array<std::string_view, kSize>& all) {
  return std::find(all.begin(), all.end(), text) != all.end();
}

bool all_of(std::string_view text, bool (*is)(char)) {
  return !text.empty() && std::all_of(text.begin(), text.end(), is);
}

std::string_view without_digits(std::string_view text) {
  const auto end = std::find_if_not(text.begin(), text.end(), text::is_digit);
  return text.substr(static_cast<std::size_t>(end - text.begin()));
}

/// The numbers of the core schema: [-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?, 0o7, 0xF.
bool is_number(std::string_view text) {
  constexpr std::array<std::string_view, 3> kInfinite{".inf", ".Inf", ".INF"};
  constexpr std::array<std::string_view, 3> kNoNumber{".nan", ".NaN", ".NAN"};
  if (is_among(text, kNoNumber)) return true;
  if (text.starts_with("0x")) return all_of(text.substr(2), text::is_hex_digit);
  if (text.starts_with("0o")) {
    return all_of(text.substr(2), [](char c) { return c >= '0' && c <= '7'; });
  }
  if (text.starts_with('-') || text.starts_with('+')) text.remove_prefix(1);
  if (is_among(text, kInfinite)) return true;
  std::string_view rest = without_digits(text);
  std::size_t digits = text.size() - rest.size();
  if (rest.starts_with('.')) {
    const std::string_view fraction = rest.substr(1);
    rest = without_digits(fraction);
    digits += fraction.size() - rest.size();
  }
  if (digits == 0) return false;
  if (rest.empty()) return true;
  if (text::to_lower(rest.front()) != 'e') return false;
  rest.remove_prefix(1);
  if (rest.starts_with('-') || rest.starts_with('+')) rest.remove_prefix(1);
  return all_of(rest, text::is_digit);
}

/// What a scalar without quotes and tag is (YAML 1.2 §10.3.2).
Kind kind_of_plain(std::string_view text) {
  constexpr std::array<std::string_view, 5> kNulls{"", "~", "null", "Null", "NULL"};
  constexpr std::array<std::string_view, 6> kBooleans{"true",  "True",  "TRUE",
                                                      "false", "False", "FALSE"};
  if (is_among(text, kNulls)) return Kind::null;
  if (is_among(text, kBooleans)) return Kind::boolean;
  return is_number(text) ? Kind::number : Kind::string;
}

/// `text` of a boolean in JSON's spelling.
ConfigValue scalar(Kind kind, const std::string& text) {
  ConfigValue made{.kind = kind, .text = text};
  if (kind == Kind::boolean) {
    std::transform(text.begin(), text.end(), made.text.begin(), text::to_lower);
  }
  return made;
}

/// A long text counts as several values: one alias can repeat a megabyte.
std::size_t size_of(std::string_view text) { return 1 + text.size() / 64; }

std::size_t size_of(const ConfigValue& value) {
  std::size_t size = size_of(value.text);
  for (const std::string& name : value.names) size += size_of(name);
  for (const ConfigValue& item : value.items) size += size_of(item);
  return size;
}

std::size_t depth_of(const ConfigValue& value) {
  std::size_t depth = 0;
  for (const ConfigValue& item : value.items) depth = std::max(depth, depth_of(item));
  return depth + (value.is_map() || value.is_list() ? 1 : 0);
}

class Builder final : public YAML::EventHandler {
 public:
  ConfigValue take() { return std::move(root_); }

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (++documents_ > 1) refuse(mark, "a second document begins: there may be one only");
  }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override { add(mark, anchor, {}); }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& text) override {
    if (tag == "?") return add(mark, anchor, scalar(kind_of_plain(text), text));
    if (tag != "!" && tag != "tag:yaml.org,2002:str") refuse_tag(mark, tag);
    add(mark, anchor, scalar(Kind::string, text));
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const auto at = anchored_.find(anchor);
    if (at == anchored_.end()) refuse(mark, "an alias refers to what it is a part of");
    if (open_.size() + depth_of(at->second) > kMaxConfigDepth) refuse_depth(mark);
    count(mark, size_of(at->second));
    put(mark, at->second);
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value /*style*/) override {
    if (tag != "?" && tag != "!" && tag != "tag:yaml.org,2002:seq") refuse_tag(mark, tag);
    open(mark, anchor, Kind::list);
  }
  void OnSequenceEnd() override { close(); }

  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value /*style*/) override {
    if (tag != "?" && tag != "!" && tag != "tag:yaml.org,2002:map") refuse_tag(mark, tag);
    open(mark, anchor, Kind::map);
  }
  void OnMapEnd() override { close(); }

 private:
  /// A list or map whose end has not been seen.
  struct Open {
    YAML::Mark mark;
    YAML::anchor_t anchor;
    ConfigValue value;
  };

  [[noreturn]] static void refuse(const YAML::Mark& mark, std::string message) {
    throw Refusal{mark.line + 1, std::move(message)};
  }
  [[noreturn]] static void refuse_depth(const YAML::Mark& mark) {
    refuse(mark, "is nested more than " + std::to_string(kMaxConfigDepth) + " levels deep");
  }
  [[noreturn]] static void refuse_tag(const YAML::Mark& mark, std::string_view tag) {
    refuse(mark, "has the tag " + shown(tag) + ", but only !!str, !!seq and !!map are known");
  }

  void count(const YAML::Mark& mark, std::size_t values) {
    values_ += values;
    if (values_ > kMaxConfigValues) {
      refuse(mark, "more than " + std::to_string(kMaxConfigValues) +
                       " values, those that aliases repeat included");
    }
  }

  void add(const YAML::Mark& mark, YAML::anchor_t anchor, ConfigValue value) {
    count(mark, size_of(value.text));
    finish(mark, anchor, std::move(value));
  }

  void open(const YAML::Mark& mark, YAML::anchor_t anchor, Kind kind) {
    if (open_.size() >= kMaxConfigDepth) refuse_depth(mark);
    count(mark, 1);
    open_.push_back({mark, anchor, {.kind = kind}});
  }

  void close() {
    Open done = std::move(open_.back());
    open_.pop_back();
    finish(done.mark, done.anchor, std::move(done.value));
  }

  void finish(const YAML::Mark& mark, YAML::anchor_t anchor, ConfigValue value) {
    if (anchor != 0) {
      count(mark, size_of(value));  // it is kept twice
      anchored_[anchor] = value;
    }
    put(mark, std::move(value));
  }

  /// Where the value belongs: in a map names and values take turns.
  void put(const YAML::Mark& mark, ConfigValue value) {
    if (open_.empty()) {
      root_ = std::move(value);
      return;
    }
    ConfigValue& parent = open_.back().value;
    if (!parent.is_map() || parent.names.size() > parent.items.size()) {
      parent.items.push_back(std::move(value));
      return;
    }
    if (value.is_map() || value.is_list()) {
      refuse(mark, "the name of a member must be a string, is " + shown(value));
    }
    if (value.text == "<<") {
      refuse(mark, "\"<<\" is a merge key of YAML 1.1: write the members out");
    }
    parent.names.push_back(std::move(value.text));
  }

  ConfigValue root_;
  std::vector<Open> open_;
  std::map<YAML::anchor_t, ConfigValue> anchored_;
  std::size_t values_ = 0;
  int documents_ = 0;
};

}  // namespace

std::variant<ConfigValue, SeedProblem> parse_yaml(std::string_view text) {
  try {
    std::istringstream stream{std::string(text)};
    YAML::Parser parser(stream);
    Builder builder;
    while (parser.HandleNextDocument(builder)) {
    }
    return builder.take();
  } catch (const Refusal& refusal) {
    return SeedProblem{"line " + std::to_string(refusal.line), refusal.message};
  } catch (const YAML::Exception& error) {
    const std::string line =
        error.mark.is_null() ? "" : "line " + std::to_string(error.mark.line + 1);
    return SeedProblem{line, "not YAML: " + text::escape(error.msg, 120)};
  }
}

}  // namespace emulator
}  // namespace v0
}  // namespace jwks
