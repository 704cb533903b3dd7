#pragma once

// What the command line of `jwks serve-auth` says, and the authenticator that it asks for.

#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "cli/serve/server.hpp"
#include "cli/token_rules.hpp"
#include "jwks/authenticator.hpp"
#include "jwks/principal.hpp"

namespace jwks::cli {

struct ServeOptions {
  // Where, and how.
  std::string listen = "127.0.0.1:9180";
  std::string status{};  ///< empty: none
  unsigned threads = 2;
  unsigned first_request_ms = 10'000;
  std::string realm{};
  std::string ext_authz_prefix = "/ext_authz";
  std::string audit{};  ///< a file, or "-"; empty: none

  // What vouches for tokens: the environment, or keys that the rules name.
  bool from_env = false;
  std::string env_prefix{};
  TokenRules rules{};

  // Who it is.
  std::vector<std::string> claims{};  ///< FIELD=NAME[,NAME]
  std::vector<std::string> required_fields{};
  std::vector<std::string> role_order{};
};

void add_options(CLI::App& command, ServeOptions& options);

// What the command line gets wrong these throw as CLI::ParseError.

/// Addresses are "host:port", "[v6]:port".
[[nodiscard]] ServerOptions server_options(const ServeOptions& options);
[[nodiscard]] PrincipalMapper mapper_of(const ServeOptions& options);
/// Says what is worth knowing about it on standard error. Null after a complaint about keys or the
/// environment.
[[nodiscard]] AuthenticatorPtr authenticator_of(const ServeOptions& options,
                                                const PrincipalMapper& mapper);

}  // namespace jwks::cli
