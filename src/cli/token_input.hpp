#pragma once

// Where `inspect` and `verify` get their token: standard input, a file, or the command line, where
// the shell's history and every process of the machine can read it.

#include <optional>
#include <string>

namespace CLI {  // NOLINT(readability-identifier-naming): a third party's
class App;
}

namespace jwks::cli {

struct TokenInput {
  std::string token = "-";  ///< "-": standard input
  std::string file{};       ///< if it is set, it counts
};

/// The positional TOKEN, and --token-file.
void add_token_input(CLI::App& command, TokenInput& input);

/// The token, without white space at its ends; empty after a complaint.
[[nodiscard]] std::optional<std::string> read_token(const TokenInput& input);

/// Says what is waited for if a person has to type it.
void announce_standard_input(const std::string& what);

}  // namespace jwks::cli
