#include "cli/terminal.hpp"

#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <iostream>
#include <istream>
#include <system_error>

#include "base/text.hpp"

namespace jwks::cli {
namespace {

/// Up to `max_bytes` + 1. Empty if reading fails: errno says why, which a stream would not.
std::optional<std::string> read_descriptor(int descriptor, std::size_t max_bytes) {
  std::string text(max_bytes + 1, '\0');
  std::size_t size = 0;
  while (size < text.size()) {
    const ssize_t count = ::read(descriptor, &text[size], text.size() - size);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return std::nullopt;
    if (count == 0) break;
    size += static_cast<std::size_t>(count);
  }
  text.resize(size);
  return text;
}

std::string read_at_most(std::istream& stream, std::size_t max_bytes) {
  std::string text(max_bytes, '\0');
  stream.read(text.data(), static_cast<std::streamsize>(max_bytes));
  text.resize(static_cast<std::size_t>(stream.gcount()));
  return text;
}

void append_code_unit(std::string& out, std::uint32_t unit) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  out += "\\u";
  for (int shift = 12; shift >= 0; shift -= 4) out += kDigits[(unit >> shift) & 0xF];
}

void append_escaped(std::string& out, std::uint32_t code_point) {
  if (code_point < 0x10000) {
    append_code_unit(out, code_point);
    return;
  }
  append_code_unit(out, 0xD800 + ((code_point - 0x10000) >> 10));
  append_code_unit(out, 0xDC00 + ((code_point - 0x10000) & 0x3FF));
}

/// Length and value bits of a UTF-8 sequence, by its first byte.
std::size_t sequence_length(unsigned char first) {
  if (first < 0x80) return 1;
  if (first < 0xE0) return 2;
  return first < 0xF0 ? 3 : 4;
}

}  // namespace

std::optional<std::string> read_file(const std::string& path, std::size_t max_bytes) {
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  std::string content = file ? read_at_most(file, max_bytes + 1) : std::string();
  if (!file.is_open() || file.bad()) {
    complain("can't read " + text::escape(path) + ": " +
             std::generic_category().message(errno != 0 ? errno : EIO));
    return std::nullopt;
  }
  if (content.size() > max_bytes) {
    complain(text::escape(path) + " is larger than " + std::to_string(max_bytes) + " bytes");
    return std::nullopt;
  }
  return content;
}

std::optional<std::string> read_standard_input(std::size_t max_bytes) {
  auto read = read_descriptor(STDIN_FILENO, max_bytes);
  if (!read) {
    complain("can't read standard input: " + std::generic_category().message(errno));
    return std::nullopt;
  }
  if (read->size() > max_bytes) {
    complain("standard input is larger than " + std::to_string(max_bytes) + " bytes");
    return std::nullopt;
  }
  return std::string(without_white_space_around(*read));
}

std::string_view without_white_space_around(std::string_view text) {
  constexpr std::string_view kWhiteSpace = " \t\r\n";
  const std::size_t first = text.find_first_not_of(kWhiteSpace);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kWhiteSpace) - first + 1);
}

std::optional<std::string> read_input(const std::string& path, std::size_t max_bytes) {
  if (path != "-") return read_file(path, max_bytes);
  return read_standard_input(max_bytes);
}

std::string ascii_json(std::string_view json) {
  std::string out;
  out.reserve(json.size());
  for (std::size_t i = 0; i < json.size();) {
    const auto first = static_cast<unsigned char>(json[i]);
    const std::size_t length = sequence_length(first);
    if (length == 1) {
      if (first == 0x7F) {
        append_code_unit(out, first);
      } else {
        out += first < ' ' ? ' ' : json[i];  // RFC 8259 §7: only white space, between tokens
      }
      ++i;
      continue;
    }
    std::uint32_t code_point = first & (0xFFU >> (length + 1));
    for (std::size_t k = 1; k < length && i + k < json.size(); ++k) {
      code_point = (code_point << 6) | (static_cast<unsigned char>(json[i + k]) & 0x3FU);
    }
    append_escaped(out, code_point);
    i += length;
  }
  return out;
}

std::string json_string(std::string_view text) {
  std::string quoted;
  text::append_json_string(quoted, text);
  return ascii_json(quoted);
}

std::string utc_text(std::chrono::system_clock::time_point time) {
  return utc_text(std::chrono::floor<std::chrono::seconds>(time));
}

std::string utc_text(std::chrono::sys_seconds time) {
  const std::time_t seconds = time.time_since_epoch().count();
  std::tm parts{};
  char text[40];
  if (gmtime_r(&seconds, &parts) == nullptr ||
      std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts) == 0) {
    return std::to_string(seconds);  // a year that the calendar does not have
  }
  return text;
}

std::string shown_path(const std::string& path) {
  return path == "-" ? "standard input" : text::escape(path);
}

void complain(std::string_view what) { std::cerr << "jwks: " << what << '\n'; }

void complain(const Error& error) { complain(error.message()); }

void complain(const std::string& path, const Error& error) {
  complain(shown_path(path) + ": " + error.message());
}

void warn(std::string_view what) { std::cerr << "jwks: warning: " << what << '\n'; }

bool flush_output() {
  if (std::cout) errno = 0;  // else it may still say why
  std::cout.flush();
  if (std::cout) return true;
  complain("can't write to standard output: " +
           std::generic_category().message(errno != 0 ? errno : EIO));
  return false;
}

bool is_terminal(int descriptor) {
  const char* const kind = std::getenv("TERM");
  return isatty(descriptor) == 1 && kind != nullptr && std::string_view(kind) != "dumb";
}

Colours Colours::of_standard_output() {
  const char* const unwanted = std::getenv("NO_COLOR");
  return Colours(is_terminal(STDOUT_FILENO) && (unwanted == nullptr || *unwanted == '\0'));
}

std::string Colours::in(std::string_view code, std::string_view text) const {
  if (!on_) return std::string(text);
  return "\x1b[" + std::string(code) + 'm' + std::string(text) + "\x1b[0m";
}

}  // namespace jwks::cli
