#pragma once

// `jwks verify --batch`: JSON Lines in, one line of JSON out for each, in their order.
//
// Blocks of lines are judged by several threads. A line is answered as soon as no more input is at
// hand, so that the program can sit in a pipe; memory is bounded by the blocks that are being
// judged.

#include "cli/command.hpp"
#include "cli/verify/verify_options.hpp"

namespace jwks::cli {

/// `accepted` if every token was, `unavailable` if one could not be judged for lack of keys, else
/// `rejected`; `usage` if input or output fail.
[[nodiscard]] Status run_batch(const VerifyArguments& arguments);

}  // namespace jwks::cli
