#pragma once

// Counts answers, from any thread and without a lock.

#include <array>
#include <atomic>
#include <cstdint>

#include "jwks/stats.hpp"
#include "jwks/verified_token.hpp"

namespace jwks {
inline namespace v0 {
namespace verifier {

class ResultCounters {
 public:
  void count(const Result<VerifiedToken>& result) noexcept;
  void count_token_cache_hit() noexcept { token_cache_hits_.fetch_add(1, kRelaxed); }
  /// Fills in accepted, refused, unavailable, by_code and token_cache_hits.
  void report(Stats& stats) const;

 private:
  static constexpr auto kRelaxed = std::memory_order_relaxed;
  using Counter = std::atomic<std::uint64_t>;
  // TODO(step 3, part D): by code
  Counter accepted_{0};
  Counter refused_{0};
  Counter unavailable_{0};
  Counter token_cache_hits_{0};
};

}  // namespace verifier
}  // namespace v0
}  // namespace jwks
