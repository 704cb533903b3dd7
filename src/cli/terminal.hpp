#pragma once

// Input and output that several commands share. Whatever comes from a token, a key set or the
// network is shown in printable ASCII, so that it can't drive the terminal.

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "jwks/error.hpp"

namespace jwks::cli {

/// The content of a file; empty if it can't be read or is larger than `max_bytes`, which is said on
/// standard error.
[[nodiscard]] std::optional<std::string> read_file(const std::string& path, std::size_t max_bytes);

/// Without spaces, tabs and line ends around it.
[[nodiscard]] std::string_view without_white_space_around(std::string_view text);

/// Standard input without white space at its ends; empty if it can't be read or is larger than
/// `max_bytes`, which is said on standard error.
[[nodiscard]] std::optional<std::string> read_standard_input(std::size_t max_bytes);

/// `read_file`, or standard input for the path "-".
[[nodiscard]] std::optional<std::string> read_input(const std::string& path, std::size_t max_bytes);

/// Strict JSON text on one line, with every character beyond printable ASCII as \uXXXX: the same
/// value.
[[nodiscard]] std::string ascii_json(std::string_view json);

/// A text as a JSON string in ASCII, with its quotes.
[[nodiscard]] std::string json_string(std::string_view text);

/// A time as 2026-01-31T23:59:59Z.
[[nodiscard]] std::string utc_text(std::chrono::system_clock::time_point time);
/// The same, also beyond the year 2262, where the system's clock ends.
[[nodiscard]] std::string utc_text(std::chrono::sys_seconds time);

/// What a file is called in a complaint.
[[nodiscard]] std::string shown_path(const std::string& path);

/// Says on standard error what is wrong.
void complain(std::string_view what);
void complain(const Error& error);
/// The same about a file.
void complain(const std::string& path, const Error& error);
/// Says on standard error what somebody should look at, although the command goes on.
void warn(std::string_view what);

/// Writes out what was printed. Returns false, after a complaint, if standard output could not take
/// all of it: on a full disk, say.
[[nodiscard]] bool flush_output();

/// Tells whether a terminal reads this standard stream (1 or 2) and understands escape sequences.
[[nodiscard]] bool is_terminal(int descriptor);

/// Marks what is printed, by its meaning. Without colours every text stays as it is.
class Colours {
 public:
  explicit Colours(bool on) noexcept : on_(on) {}
  /// On if standard output is a terminal that has them, and NO_COLOR (https://no-color.org) is
  /// unset or empty.
  [[nodiscard]] static Colours of_standard_output();

  [[nodiscard]] std::string good(std::string_view text) const { return in("32", text); }
  [[nodiscard]] std::string bad(std::string_view text) const { return in("31", text); }
  [[nodiscard]] std::string warning(std::string_view text) const { return in("33", text); }
  [[nodiscard]] std::string heading(std::string_view text) const { return in("1", text); }
  [[nodiscard]] std::string faint(std::string_view text) const { return in("2", text); }

 private:
  [[nodiscard]] std::string in(std::string_view code, std::string_view text) const;
  bool on_;
};

}  // namespace jwks::cli
