#pragma once

// The options that say which keys a token is checked with and what else it has to satisfy: those of
// `jwks verify`, and of `jwks serve-auth`.

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/options.hpp"
#include "jwks/jwks_verifier.hpp"
#include "jwks/policy.hpp"

namespace jwks::cli {

struct TokenRules {
  KeyLocation keys{};
  /// As the options say, once `complete` has been called.
  ValidationOptions validation{};

  // Texts and numbers that become other types then.
  std::vector<std::string> algorithms{};
  std::string profile = "jwt";
  std::int64_t clock_skew = 60;    ///< seconds
  std::int64_t max_token_age = 0;  ///< seconds; 0: any
};

/// Adds the options. Returns the group of those that say where the keys are: at most one of them.
CLI::Option_group& add_token_rules(CLI::App& command, TokenRules& rules);

/// Fills in what the options say. Throws CLI::ParseError for what contradicts itself, and for
/// discovery without an issuer.
void complete(TokenRules& rules);

/// Has the library check the rest, before anything is done. Throws CLI::ParseError.
void check_policy(const ValidationOptions& validation);

/// The profile that --profile calls so.
[[nodiscard]] std::optional<TokenProfile> profile_from_name(std::string_view name) noexcept;

/// Tells whether the keys come from a file.
[[nodiscard]] bool has_local_keys(const KeyLocation& keys) noexcept;
/// Tells whether they have to be found at the issuer.
[[nodiscard]] bool has_to_discover(const KeyLocation& keys) noexcept;

/// For a verifier whose keys are not local. A null clock is the library's own.
[[nodiscard]] VerifierOptions network_options(const TokenRules& rules,
                                              std::shared_ptr<Clock> clock = {});

/// What is wrong with an option, with the name it has on the command line.
[[nodiscard]] std::string option_fault(const Error& error);

}  // namespace jwks::cli
