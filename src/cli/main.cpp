// The program `jwks`.

#include <exception>
#include <variant>

#include "cli/arguments.hpp"
#include "cli/commands.hpp"
#include "cli/terminal.hpp"

namespace {

jwks::cli::Status run(int argc, char** argv) {
  using namespace jwks::cli;  // NOLINT(google-build-using-namespace)
  const Parsed parsed = parse_arguments(argc, argv);
  if (const Status* status = std::get_if<Status>(&parsed)) return *status;
  const Command& command = std::get<Command>(parsed);
  if (const auto* verify = std::get_if<VerifyArguments>(&command)) return run_verify(*verify);
  return run_keys(std::get<KeysArguments>(command));
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return static_cast<int>(run(argc, argv));
  } catch (const std::exception& error) {
    jwks::cli::complain(error.what());
    return static_cast<int>(jwks::cli::Status::usage);
  }
}
