#pragma once

// What is verified: tokens as access tokens of a service look, and the keys for them.

#include <chrono>
#include <string>
#include <vector>

#include "jwks/algorithm.hpp"
#include "jwks/jwk_set.hpp"
#include "jwks/policy.hpp"

namespace bench {

inline constexpr int kTokensPerAlgorithm = 8;  // so that no cache sees the same bytes every time

/// Tokens with a header of 3 members and a payload of 451 characters, one key, and a policy that
/// checks signature, issuer, audience and expiry.
struct Samples {
  jwks::Algorithm algorithm;
  std::vector<std::string> tokens;
  std::string document;  ///< of the keys
  jwks::JwkSet keys;
  jwks::ValidationPolicy policy;
  std::chrono::system_clock::time_point now;
};

/// Ends the program with a message if it can't.
Samples make_samples(jwks::Algorithm algorithm);

}  // namespace bench
