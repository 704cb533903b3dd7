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

inline constexpr std::size_t kMaxProofIdBytes = 256;  ///< of the "jti" of a proof

/// A proof that passed everything but the replay cache.
struct CheckedProof {
  DpopProof proof;
  std::string replay_key;        ///< what the replay cache remembers
  NumericDate acceptable_until;  ///< the last moment at which "iat" lets it pass
};

/// *Failure:* `binding_failed` with its reason.
[[nodiscard]] Result<CheckedProof> check_dpop_proof(const DpopRequest& request,
                                                    std::string_view access_token,
                                                    const DpopOptions& options,
                                                    std::chrono::system_clock::time_point now);

/// Accepts the proof for once. *Failure:* `replayed`, `out_of_memory`.
[[nodiscard]] Result<void> remember_proof(const CheckedProof& proof, const DpopOptions& options,
                                          std::chrono::system_clock::time_point now) noexcept;

/// Why these options can't be used; empty if they can. *Failure:* `bad_config`.
[[nodiscard]] Result<void> check_options(const DpopOptions& options) noexcept;

}  // namespace jose
}  // namespace v0
}  // namespace jwks
