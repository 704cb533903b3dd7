#pragma once

// Keys from the files that the command line names.

#include <optional>

#include "cli/options.hpp"
#include "jwks/algorithm.hpp"
#include "jwks/jwk_set.hpp"

namespace jwks::cli {

/// The keys of --jwks, --key or --secret-file; empty after a complaint. A PEM key and a secret
/// serve for those of `algorithms` that they are fit for.
[[nodiscard]] std::optional<JwkSet> load_key_files(const KeyLocation& location,
                                                   AlgorithmSet algorithms);

}  // namespace jwks::cli
