#pragma once

// What is verified: tokens as access tokens of a service look, and the keys for them.

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "jwks/algorithm.hpp"
#include "jwks/jwk_set.hpp"
#include "jwks/policy.hpp"

namespace bench {

inline constexpr int kTokensPerAlgorithm = 8;  // so that no cache sees the same bytes every time
inline constexpr std::string_view kIssuer = "https://issuer.example.com";
inline constexpr std::string_view kAudience = "orders-api";

/// Tokens with a header of 3 members and a payload of 451 characters, one key, and a policy that
/// checks signature, issuer, audience and expiry.
struct Samples {
  jwks::Algorithm algorithm;
  std::vector<std::string> tokens;
  std::string document;  ///< of the keys; none for HMAC
  std::string secret;    ///< of HMAC
  jwks::JwkSet keys;
  jwks::ValidationPolicy policy;
  std::chrono::system_clock::time_point now;

  [[nodiscard]] const std::string& token(int number) const {
    return tokens[static_cast<unsigned>(number) % kTokensPerAlgorithm];
  }
  [[nodiscard]] bool is_hmac() const noexcept { return !secret.empty(); }
};

/// A token that is refused before a key is used.
struct RefusedToken {
  std::string what;
  std::string token;
};

/// Ends the program with a message if it can't.
Samples make_samples(jwks::Algorithm algorithm);

/// One of each way to be refused for what it looks like; that they are is checked.
std::vector<RefusedToken> make_refused_tokens(const Samples& samples);

}  // namespace bench
