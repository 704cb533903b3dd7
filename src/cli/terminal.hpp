#pragma once

// Input and output that several commands share. Whatever comes from a token, a key set or the
// network is shown in printable ASCII, so that it can't drive the terminal.

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "jwks/error.hpp"

namespace jwks::cli {

/// The content of a file; empty if it can't be read or is larger than `max_bytes`, which is said on
/// standard error.
[[nodiscard]] std::optional<std::string> read_file(const std::string& path, std::size_t max_bytes);

/// Standard input up to `max_bytes` + 1, without white space at its ends.
[[nodiscard]] std::string read_standard_input(std::size_t max_bytes);

/// Strict JSON text on one line, with every character beyond printable ASCII as \uXXXX: the same
/// value.
[[nodiscard]] std::string ascii_json(std::string_view json);

/// A text as a JSON string in ASCII, with its quotes.
[[nodiscard]] std::string json_string(std::string_view text);

/// Says on standard error what is wrong.
void complain(std::string_view what);
void complain(const Error& error);

}  // namespace jwks::cli
