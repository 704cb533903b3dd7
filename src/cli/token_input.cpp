#include "cli/token_input.hpp"

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <iostream>

#include "cli/terminal.hpp"
#include "jwks/verify.hpp"

namespace jwks::cli {
namespace {

constexpr std::size_t kMaxFileBytes = std::size_t{1024} * 1024;

}  // namespace

void add_token_input(CLI::App& command, TokenInput& input) {
  CLI::Option* const token = command.add_option(
      "token", input.token,
      "The token; - (default) reads standard input, which keeps it out of the shell's history and "
      "the list of processes");
  command.add_option("--token-file", input.file, "File with the token")
      ->check(CLI::ExistingFile)
      ->excludes(token);
}

std::optional<std::string> read_token(const TokenInput& input) {
  if (!input.file.empty()) {
    auto content = read_file(input.file, kMaxFileBytes);
    if (!content) return std::nullopt;
    return std::string(without_white_space_around(*content));
  }
  if (input.token == "-") {
    announce_standard_input("the token");
    return read_standard_input(kMaxFileBytes);
  }
  if (is_terminal(STDERR_FILENO)) {
    warn(
        "a token on the command line stays in the shell's history; standard input or --token-file "
        "keeps it out");
  }
  return input.token;
}

void announce_standard_input(const std::string& what) {
  if (isatty(STDIN_FILENO) != 1) return;
  std::cerr << "jwks: reading " << what << " from standard input; Enter and Ctrl-D end it\n";
}

}  // namespace jwks::cli
