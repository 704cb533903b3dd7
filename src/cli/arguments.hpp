#pragma once

// What the command line asks for, checked as far as that goes without looking anywhere.

#include <chrono>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "jwks/algorithm.hpp"

namespace jwks::cli {

/// Exit statuses; part of the program's interface.
enum class Status : int {
  accepted = 0,
  rejected = 1,     ///< the token is refused; of `keys`: no key is usable
  usage = 2,        ///< a bad option, file or value
  unavailable = 3,  ///< the keys can't be had, so nobody can tell
};

/// Where keys come from. The first that is set counts: `jwks_file`, `pem_file`, `jwks_uri`, and
/// else discovery at `issuer`.
struct KeyLocation {
  std::string issuer{};
  std::string jwks_uri{};
  std::string jwks_file{};
  std::string pem_file{};
  std::string ca_file{};
  bool allow_loopback_http = false;
};

struct VerifyArguments {
  std::string token = "-";  ///< "-": standard input
  KeyLocation keys{};
  std::vector<std::string> audiences{};
  bool any_issuer = false;
  bool any_audience = false;
  std::vector<Algorithm> algorithms{};  ///< empty: the default allow-list
  std::chrono::seconds clock_skew{60};
  std::optional<std::chrono::sys_seconds> now{};
  bool json = false;
};

struct KeysArguments {
  KeyLocation keys{};
};

using Command = std::variant<VerifyArguments, KeysArguments>;

/// Either a command to run, or that there is nothing left to do (help was shown, or why the command
/// line is wrong) and the status to exit with.
using Parsed = std::variant<Command, Status>;

[[nodiscard]] Parsed parse_arguments(int argc, char** argv);

}  // namespace jwks::cli
