#pragma once

// Tokens that were verified before (TokenCacheOptions). It remembers that a signature held under
// one generation of a key set, nothing else: whoever takes a token out checks the rest again
// (jose/recheck.hpp).
//
// *Threading:* any number of threads; sharded, and no lock is held while a token is checked.

#include <cstdint>
#include <optional>
#include <string_view>

#include "jwks/clock.hpp"
#include "jwks/jwks_verifier.hpp"
#include "jwks/stats.hpp"
#include "jwks/verified_token.hpp"
#include "source/siphash.hpp"

namespace jwks {
inline namespace v0 {
namespace verifier {

class TokenCache {
 public:
  TokenCache(const TokenCacheOptions& options, source::SipHashKey hash_key)
      : options_(options), hash_key_(hash_key) {}

  /// The token with exactly this text, if its signature held under this generation.
  [[nodiscard]] std::optional<VerifiedToken> find(std::string_view text, std::uint64_t generation,
                                                  SteadyTime now) noexcept;
  /// Remembers a token that was accepted, for min(5 minutes, until its "exp"); drops others if need
  /// be. Out of memory, it remembers nothing.
  void insert(std::string_view text, const VerifiedToken& token, std::uint64_t generation,
              std::chrono::system_clock::time_point wall_now, SteadyTime now) noexcept;
  void clear() noexcept;

  /// Fills in token_cache_entries and token_cache_bytes.
  void report(Stats& stats) const noexcept;

 private:
  // TODO(step 3, part E)
  const TokenCacheOptions options_;
  const source::SipHashKey hash_key_;
};

}  // namespace verifier
}  // namespace v0
}  // namespace jwks
