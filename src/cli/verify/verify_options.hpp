#pragma once

// The options of `jwks verify`.

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "cli/options.hpp"
#include "cli/token_input.hpp"
#include "jwks/jwks_verifier.hpp"
#include "jwks/policy.hpp"

namespace jwks::cli {

struct VerifyArguments {
  TokenInput input{};  ///< with `batch` its token is the file of lines
  KeyLocation keys{};
  /// As the options say. An issuer or an audience that no option names is not checked, but where a
  /// line of the batch names it.
  ValidationOptions validation{};
  std::optional<std::chrono::sys_seconds> now{};
  bool json = false;
  bool batch = false;
  unsigned jobs = 1;  ///< threads of `batch`
};

/// The profile that --profile calls so.
[[nodiscard]] std::optional<TokenProfile> profile_from_name(std::string_view name) noexcept;

/// Tells whether the keys come from a file.
[[nodiscard]] bool has_local_keys(const KeyLocation& keys) noexcept;

/// Adds the options. What is returned checks what they say together and fills in the rest; it
/// throws CLI::ParseError.
[[nodiscard]] std::function<void()> add_verify_options(
    CLI::App& command, const std::shared_ptr<VerifyArguments>& arguments);

/// For a verifier whose keys are not local.
[[nodiscard]] VerifierOptions network_options(const VerifyArguments& arguments,
                                              std::shared_ptr<Clock> clock);

/// What is wrong with an option, with the name it has on the command line.
[[nodiscard]] std::string option_fault(const Error& error);

}  // namespace jwks::cli
