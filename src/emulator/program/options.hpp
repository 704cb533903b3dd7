#pragma once

// What the command line and the environment ask of jwks-emulator.

#include <cstdint>
#include <optional>
#include <string>
#include <variant>

#include "jwks/emulator_options.hpp"

namespace jwks {
inline namespace v0 {
namespace emulator {

/// Exit statuses; part of the program's interface.
enum class ExitStatus : int {
  done = 0,     ///< stopped by a signal, or the configuration is valid
  invalid = 1,  ///< the configuration is not, under --validate-config
  failed = 2,   ///< what keeps it from serving
};

/// What is empty was not said, and is left to the configuration file and its defaults.
struct ProgramOptions {
  std::optional<std::uint16_t> port{};
  std::string host{};
  std::string config{};
  bool validate_config = false;
  std::string issuer{};
  std::string signing_key{};  ///< name of a file
  std::string key_id{};
  std::string control_token{};
  std::optional<bool> tls{};
  std::optional<bool> interactive{};
  std::optional<bool> auto_issuers{};
  std::optional<bool> trust_forwarded{};
  bool json = false;
};

/// Reads the command line, and for what it does not say the environment (`JWKS_EMULATOR_PORT` for
/// --port, and so on; an empty variable is none). Answers --help and --version, and says on
/// standard error what is wrong; then there is nothing left to do but to exit.
[[nodiscard]] std::variant<ProgramOptions, ExitStatus> parse_options(int argc, char** argv);

/// Lets the options win over what a file has said.
void apply(const ProgramOptions& said, EmulatorOptions& options);

}  // namespace emulator
}  // namespace v0
}  // namespace jwks
