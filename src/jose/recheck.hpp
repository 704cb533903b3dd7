#pragma once

// A token whose signature held a moment ago, checked for everything else once more.

#include <chrono>
#include <string_view>

#include "jwks/policy.hpp"
#include "jwks/presentation.hpp"
#include "jwks/result.hpp"
#include "jwks/verified_token.hpp"

namespace jwks {
inline namespace v0 {
namespace jose {

/// Runs the steps of `verify` that may end in another way the next time: what depends on the time,
/// on the presentation, and on the application (validators, replay cache). `token` must have been
/// made from `text` under this very policy. *Failure:* the code that `verify` would give.
[[nodiscard]] JWKS_INTERNAL Result<void> recheck(const VerifiedToken& token, std::string_view text,
                                                 const ValidationPolicy& policy,
                                                 std::chrono::system_clock::time_point now,
                                                 const Presentation& presentation) noexcept;

}  // namespace jose
}  // namespace v0
}  // namespace jwks
