// The program `jwks`.

#include <CLI/CLI.hpp>
#include <csignal>
#include <exception>
#include <sstream>
#include <string>
#include <vector>

#include "base/text.hpp"
#include "cli/command.hpp"
#include "cli/terminal.hpp"
#include "jwks/version.hpp"

namespace jwks::cli {
namespace {

constexpr const char* kDescription =
    "Verifies JSON Web Tokens as the library jwks-cpp does.\n\n"
    "Exit status: 0 accepted, 1 rejected, 2 wrong usage, 3 keys unavailable.";

/// An argument may hold anything, and where it should not be it is a token, most likely: nothing
/// long is repeated, and nothing that could drive the terminal.
std::string shown(const std::string& message) {
  constexpr std::size_t kLongWord = 100;
  std::istringstream words(message);
  std::string out;
  for (std::string word; words >> word;) {
    if (!out.empty()) out += ' ';
    out += text::escape(word, word.size() > kLongWord ? 20 : kLongWord * 4);
  }
  return out;
}

std::string complaint_of(const CLI::App* /*app*/, const CLI::Error& error) {
  return shown(error.what()) + "\nRun with --help for more information.\n";
}

Status run(int argc, char** argv) {
  CLI::App app(kDescription, "jwks");
  app.set_version_flag("--version", "jwks " JWKS_VERSION_STRING);
  app.require_subcommand(1);
  app.failure_message(complaint_of);
  const std::vector<Command> commands{add_inspect(app), add_verify(app), add_keys(app),
                                      add_key(app), add_serve_auth(app)};
  try {
    app.parse(argc, argv);
    for (const Command& command : commands)
      if (command.options->parsed()) return command.run();
    return Status::usage;  // not reached: one is required
  } catch (const CLI::ParseError& error) {
    if (app.get_subcommands().empty() && !app.remaining().empty()) {
      app.exit(CLI::ExtrasError(app.remaining()));
      return Status::usage;
    }
    return app.exit(error) == 0 ? Status::accepted : Status::usage;
  }
}

/// A result that could not be printed is none. Of wrong usage there is nothing to print.
Status finish(Status status) {
  return status == Status::usage || flush_output() ? status : Status::usage;
}

}  // namespace
}  // namespace jwks::cli

int main(int argc, char** argv) {
  // Who stops reading what is printed gets an error out of us instead of our end.
  std::signal(SIGPIPE, SIG_IGN);
  try {
    return static_cast<int>(jwks::cli::finish(jwks::cli::run(argc, argv)));
  } catch (const std::exception& error) {
    jwks::cli::complain(error.what());
    return static_cast<int>(jwks::cli::Status::usage);
  }
}
