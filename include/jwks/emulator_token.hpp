#pragma once

// `TokenRequest`: a token to mint, sensible or not.
//
// The emulator signs whatever it is asked to: that is how a test gets an expired token, one that is
// signed by another key, or one whose header lies about the algorithm.

#include <chrono>
#include <optional>
#include <string>

#include "jwks/algorithm.hpp"
#include "jwks/emulator_options.hpp"

namespace jwks {
inline namespace v0 {
namespace emulator {

/// What `issue` signs. Values are put into the token as they are, sensible or not.
struct TokenRequest {
  std::string subject = "user";
  std::string audience{};  ///< empty: no "aud"
  std::optional<Algorithm> algorithm{};
  std::optional<std::chrono::seconds> expires_in{};  ///< may be negative; empty: token_lifetime
  /// Claims and header parameters to add or replace, as name and JSON text; an empty text removes.
  JsonMembers claims{};
  JsonMembers header{};
  std::string issuer{};  ///< name of a further issuer; empty: the root
};

}  // namespace emulator
}  // namespace v0
}  // namespace jwks
