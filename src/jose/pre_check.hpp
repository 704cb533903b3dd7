#pragma once

// What may be known of a token before a key for it is at hand.
//
// A token whose key is not in the set may cause a fetch, so it must first look as if it could pass:
// these checks only ever reject. Nothing read here may be returned or logged; after the fetch the
// token goes through `verify` from the start.

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "jwks/policy.hpp"
#include "jwks/result.hpp"
#include "jwks/verify.hpp"

namespace jwks {
inline namespace v0 {
namespace jose {

/// What a fetch may be asked for. Raw attacker input: for comparing and hashing only.
struct KeyHint {
  bool has_key_id = false;
  std::string key_id{};
  Algorithm algorithm{};
};

/// Checks size, segments, header, typ, alg, kid length, and the unverified claims but for scopes.
/// *Failure:* the code that `verify` would give.
[[nodiscard]] JWKS_INTERNAL Result<KeyHint> pre_check(
    std::string_view token, const ValidationPolicy& policy,
    std::chrono::system_clock::time_point now) noexcept;

/// `verify`. A token whose key is not in `keys` has been decoded by then, so what `pre_check` says
/// of it costs less here: it goes into `hint`, which is left empty otherwise. Null: nobody asks.
[[nodiscard]] JWKS_INTERNAL Result<VerifiedToken> verify_or_pre_check(
    std::string_view token, const JwkSet& keys, const ValidationPolicy& policy,
    std::chrono::system_clock::time_point now, const Presentation& presentation,
    std::optional<Result<KeyHint>>* hint) noexcept;

}  // namespace jose
}  // namespace v0
}  // namespace jwks
