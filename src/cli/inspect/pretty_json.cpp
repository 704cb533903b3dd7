#include "cli/inspect/pretty_json.hpp"

#include "cli/terminal.hpp"

namespace jwks::cli {
namespace {

/// The reader of JSON bounds the depth.
class Printer {
 public:
  explicit Printer(const MemberNote& note) : note_(note) {}

  void print(const JsonValue& value) {
    if (value.size() == 0) {
      out_ += value.is_object() ? "{}" : value.is_array() ? "[]" : ascii_json(value.text());
      return;
    }
    out_ += value.is_object() ? '{' : '[';
    ++depth_;
    for (auto item = value.begin(); item != value.end();) {
      start_line();
      if (value.is_object()) out_ += json_string(item.name()) + ": ";
      print(*item);
      const auto shown = item++;
      if (item != value.end()) out_ += ',';
      if (depth_ == 1 && note_) append_note(note_(shown.name(), *shown));
    }
    --depth_;
    start_line();
    out_ += value.is_object() ? '}' : ']';
  }

  [[nodiscard]] const std::string& text() const noexcept { return out_; }

 private:
  void start_line() { out_.append("\n").append(2 * depth_, ' '); }
  void append_note(const std::string& note) {
    if (!note.empty()) out_ += "  // " + note;
  }

  const MemberNote& note_;
  std::string out_;
  std::size_t depth_ = 0;
};

}  // namespace

std::string pretty_json(const JsonValue& value, const MemberNote& note) {
  Printer printer(note);
  printer.print(value);
  return printer.text();
}

}  // namespace jwks::cli
