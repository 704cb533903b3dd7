#pragma once

// The blocks of a configuration, each into its options. What makes no sense only together with the
// rest (names that refer to nothing, or are taken) is left to `problems_of` (seed.hpp).
//
// The n-th item of a block becomes the n-th of its options, also if something is wrong with it:
// paths of problems agree.

#include <filesystem>
#include <vector>

#include "emulator/config/map_reader.hpp"
#include "jwks/emulator_options.hpp"

namespace jwks {
inline namespace v0 {
namespace emulator {

/// organizations, connectApplications, apiKeys, users.
void read_directory(MapReader& root, EmulatorOptions& options);

/// `keys` and `algorithms` of the root issuer or a further one. Files are relative to `directory`.
[[nodiscard]] std::vector<KeyOptions> read_keys(MapReader& issuer,
                                                const std::filesystem::path& directory);
/// issuers.
void read_issuers(MapReader& root, const std::filesystem::path& directory,
                  EmulatorOptions& options);

/// faults, errorHooks.
void read_failures(MapReader& root, EmulatorOptions& options);

}  // namespace emulator
}  // namespace v0
}  // namespace jwks
