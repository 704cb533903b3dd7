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

#include "jwks/emulator.hpp"

namespace jwks {
inline namespace v0 {
namespace emulator {

struct Organization {
  std::string name;
  std::string id;  ///< generated where the file has none; the "org_id" of tokens
};

struct Config {
  std::vector<Organization> organizations{};
  std::vector<Application> applications{};  ///< `organization` is resolved to the id
};

struct ConfigFinding {
  std::string path{};  ///< for example "connectApplications[2].scopes[0]"; empty: the whole text
  std::string message{};
};

struct LoadedConfig {
  Config config{};
  std::vector<ConfigFinding> problems{};
  std::vector<ConfigFinding> warnings{};
};

/// Reads a configuration. Never fails otherwise than by `problems`.
[[nodiscard]] LoadedConfig load_config(std::string_view text);

/// `finding` as one line.
[[nodiscard]] std::string to_string(const ConfigFinding& finding);

}  // namespace emulator
}  // namespace v0
}  // namespace jwks
