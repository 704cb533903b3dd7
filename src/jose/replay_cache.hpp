#pragma once

// What the core does with a replay cache: making its keys, and asking it.

#include <chrono>
#include <initializer_list>
#include <string>
#include <string_view>

#include "jwks/claims.hpp"
#include "jwks/replay_cache.hpp"
#include "jwks/result.hpp"

namespace jwks {
inline namespace v0 {
namespace jose {

/// The SHA-256 of the parts, each with its length in front, so that no two lists of parts are one.
/// The first part names the kind of thing that is remembered. *Failure:* `out_of_memory`.
[[nodiscard]] JWKS_INTERNAL Result<std::string> replay_key(
    std::initializer_list<std::string_view> parts);

/// Remembers `key` until `last` and a few seconds more: verifications that run side by side don't
/// agree on what time it is, and an entry must outlive the slowest of them. A cache that throws is
/// out of memory. *Failure:* `replayed` about "jti" with this reason, `out_of_memory`.
[[nodiscard]] JWKS_INTERNAL Result<void> remember_once(
    ReplayCache& cache, std::string_view key, NumericDate last,
    std::chrono::system_clock::time_point now, ErrorReason reason = ErrorReason::none) noexcept;

}  // namespace jose
}  // namespace v0
}  // namespace jwks
