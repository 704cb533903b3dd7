#pragma once

// The seed configuration of the emulator program: YAML or JSON.
//
// Nothing is fixed up and nothing stops at the first fault: `load_config` reads the whole text and
// lists every problem with its path and value, and warns about what it does not use. A
// configuration with a problem is not to be served. Secrets are in no message.
//
// The format is that of examples/emulator.yaml. Blocks that the WorkOS emulator has too
// (organizations, connectApplications, apiKeys, users, errorHooks) are written as there, so that an
// existing file can be used; what is ours is in snake_case, with the names of `EmulatorOptions`.
//
// This is no part of jwks::emulator, so that who tests with the library needs no YAML parser.

#include <filesystem>
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

/// Reads a configuration into `defaults`. Files of keys that it names are read too, relative to
/// `directory`. Never fails otherwise than by `problems`.
[[nodiscard]] LoadedConfig load_config(std::string_view text,
                                       const std::filesystem::path& directory = {},
                                       EmulatorOptions defaults = {});

/// `problem` as one line.
[[nodiscard]] std::string to_string(const SeedProblem& problem);

}  // namespace emulator
}  // namespace v0
}  // namespace jwks
