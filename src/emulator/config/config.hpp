#pragma once

// The seed configuration of the emulator program: YAML or JSON (which is YAML).
//
// Nothing is fixed up and nothing stops at the first fault: `load_config` reads the whole text and
// lists every problem with its path and value, and warns about what it does not use. A
// configuration with a problem is not to be served.
//
// This is no part of jwks::emulator, so that who tests with the library needs no YAML parser.

#include <string>
#include <string_view>
#include <vector>

#include "emulator/seed.hpp"
#include "jwks/emulator_options.hpp"

namespace jwks {
inline namespace v0 {
namespace emulator {

struct LoadedConfig {
  EmulatorOptions options{};
  std::vector<SeedProblem> problems{};
  std::vector<SeedProblem> warnings{};
};

/// Reads a configuration. Never fails otherwise than by `problems`.
[[nodiscard]] LoadedConfig load_config(std::string_view text);

/// `problem` as one line.
[[nodiscard]] std::string to_string(const SeedProblem& problem);

}  // namespace emulator
}  // namespace v0
}  // namespace jwks
