#pragma once

// Environment variables for a test, and an issuer on a scripted network that answers any URL.

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "jwks/auth_environment.hpp"
#include "support/catch.hpp"
#include "support/issuer_fixture.hpp"

namespace environment {

using jwks::Algorithm;
using jwks::authenticator_from_env;
using jwks::AuthEnvironment;
using jwks::ConfiguredAuthenticator;
using jwks::ErrorCode;
using jwks::Result;
using test::Issuer;
using test::key_a;

using Map = std::map<std::string, std::string>;

inline const std::string kSecret = "0123456789abcdef0123456789abcdef";

inline const test::SigningKey& rsa() {
  static const test::SigningKey made =
      test::SigningKey::generate(Algorithm::rs256, "static").value();
  return made;
}
inline test::TokenBuilder hmac_token() {
  return test::lasting_token(key_a()).sign_hmac(256, kSecret);
}
inline std::string rsa_pem() {
  return jwks::Jwk::parse(rsa().public_jwk()).value().to_pem().value();
}

/// Variables, and an issuer on a scripted network that answers any URL.
struct World {
  Issuer issuer{};
  Map variables{};

  [[nodiscard]] AuthEnvironment environment(const std::string& prefix = "") const {
    AuthEnvironment made;
    made.prefix = prefix;
    made.variable = [all = variables](const std::string& name) -> std::optional<std::string> {
      const auto found = all.find(name);
      if (found == all.end()) return std::nullopt;
      return found->second;
    };
    made.fetcher = issuer.fetcher;
    made.clock = issuer.clock;
    made.observer = issuer.observer;
    return made;
  }
  [[nodiscard]] Result<ConfiguredAuthenticator> configure(const std::string& prefix = "") const {
    return authenticator_from_env(environment(prefix));
  }
};

inline Result<ConfiguredAuthenticator> configure(Map variables) {
  return World{.variables = std::move(variables)}.configure();
}

inline std::string mode_of(const Result<ConfiguredAuthenticator>& made) {
  if (!made) return made.error().message();
  return std::string(made->authenticator->mode());
}
inline std::string mode_of(Map variables) { return mode_of(configure(std::move(variables))); }

/// The variable that an error names; its detail must say something.
inline std::string fault_of(const Result<ConfiguredAuthenticator>& made) {
  if (made) return "accepted";
  CHECK(made.error().code() == ErrorCode::bad_config);
  CHECK_FALSE(made.error().detail().empty());
  return std::string(made.error().subject());
}
inline std::string fault_of(Map variables) { return fault_of(configure(std::move(variables))); }

inline std::string answer(const ConfiguredAuthenticator& made, const std::string& token) {
  const auto principal = made.authenticator->authenticate(token);
  if (principal) return principal->user_id;
  return std::string(to_string(principal.error().code())) + " " +
         std::string(principal.error().subject());
}

inline bool has_note(const ConfiguredAuthenticator& made, std::string_view with) {
  return std::ranges::any_of(
      made.notes, [with](const std::string& note) { return note.find(with) != std::string::npos; });
}
inline std::ptrdiff_t warnings_of(const ConfiguredAuthenticator& made) {
  return std::ranges::count_if(
      made.notes, [](const std::string& note) { return note.starts_with("WARNING: "); });
}

/// Where the keys were asked for.
inline std::string fetched_url(const World& world, const ConfiguredAuthenticator& made) {
  made.authenticator->warm_up(std::chrono::seconds(5)).value();
  return world.issuer.fetcher->requests().front().url;
}

inline std::string token_without(const char* claim) {
  return test::lasting_token(key_a()).claim(claim, "").build().value();
}

}  // namespace environment
