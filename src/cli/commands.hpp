#pragma once

// The commands. Each prints its result to standard output, complaints about its own input to
// standard error, and returns the exit status.

#include "cli/arguments.hpp"

namespace jwks::cli {

[[nodiscard]] Status run_verify(const VerifyArguments& arguments);
[[nodiscard]] Status run_keys(const KeysArguments& arguments);

}  // namespace jwks::cli
