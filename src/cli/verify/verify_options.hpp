#pragma once

// The options of `jwks verify`.

#include <chrono>
#include <functional>
#include <memory>
#include <optional>

#include "cli/token_input.hpp"
#include "cli/token_rules.hpp"

namespace jwks::cli {

struct VerifyArguments {
  TokenInput input{};  ///< with `batch` its token is the file of lines
  /// An issuer or an audience that no option names is not checked, but where a line of the batch
  /// names it.
  TokenRules rules{};
  std::optional<std::chrono::sys_seconds> now{};
  bool json = false;
  bool batch = false;
  unsigned jobs = 1;  ///< threads of `batch`
};

/// Adds the options. What is returned checks what they say together and fills in the rest; it
/// throws CLI::ParseError.
[[nodiscard]] std::function<void()> add_verify_options(
    CLI::App& command, const std::shared_ptr<VerifyArguments>& arguments);

}  // namespace jwks::cli
