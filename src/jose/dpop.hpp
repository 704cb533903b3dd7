#pragma once

// One DPoP proof (RFC 9449 §4.3).

#include <chrono>
#include <string>
#include <string_view>

#include "jwks/dpop.hpp"
#include "jwks/result.hpp"

namespace jwks {
inline namespace v0 {
namespace jose {

/// A proof that passed everything but the replay cache.
struct CheckedProof {
  DpopProof proof;
  std::string replay_key;  ///< what the replay cache remembers
  std::chrono::system_clock::time_point expires_at;
};

/// *Failure:* `binding_failed` with its reason.
[[nodiscard]] Result<CheckedProof> check_dpop_proof(const DpopRequest& request,
                                                    std::string_view access_token,
                                                    const DpopOptions& options,
                                                    std::chrono::system_clock::time_point now);

/// Inserts into the cache; a cache that throws is out of memory.
/// *Failure:* `replayed`, `out_of_memory`.
[[nodiscard]] Result<void> remember_once(ReplayCache& cache, std::string_view key,
                                         std::chrono::system_clock::time_point expires_at,
                                         std::chrono::system_clock::time_point now,
                                         std::string_view subject) noexcept;

/// Why these options can't be used; empty if they can.
[[nodiscard]] Result<void> check_options(const DpopOptions& options) noexcept;

}  // namespace jose
}  // namespace v0
}  // namespace jwks
