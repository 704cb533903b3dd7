#pragma once

// What can be wrong with options, whoever wrote them: `Emulator::start` refuses the first problem,
// `jwks-emulator --validate-config` prints all of them. Paths are those of a configuration file
// ("connectApplications[2].organization").

#include <string>
#include <vector>

#include "jwks/emulator_options.hpp"

namespace jwks {
inline namespace v0 {
namespace emulator {

struct SeedProblem {
  std::string path;     ///< empty: the whole
  std::string message;  ///< what is wrong, with the value unless it is a secret; escaped
};

/// Everything that keeps `options` from being served, in the order of the options. Empty: nothing.
/// Touches neither network nor disk.
[[nodiscard]] std::vector<SeedProblem> problems_of(const EmulatorOptions& options);

}  // namespace emulator
}  // namespace v0
}  // namespace jwks
