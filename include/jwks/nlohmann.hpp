#pragma once

// Opt-in: the claims as an nlohmann::json value. Needs nlohmann/json 3.11 or newer in your project;
// nothing else of jwks-cpp does.

#include <nlohmann/json.hpp>

#include "jwks/claims.hpp"

namespace jwks {
inline namespace v0 {

/// Converts the whole Claims Set. The text was checked strictly before, so parsing can't fail but
/// for memory; numbers beyond 64 bits become doubles.
[[nodiscard]] inline nlohmann::json to_nlohmann(const Claims& claims) {
  return nlohmann::json::parse(claims.json());
}

}  // namespace v0
}  // namespace jwks
