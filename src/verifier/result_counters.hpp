#pragma once

// Counts answers, from any thread and without a lock; striped, because every verification counts.

#include <array>
#include <cstddef>
#include <cstdint>

#include "jwks/stats.hpp"
#include "jwks/verified_token.hpp"
#include "source/striped.hpp"

namespace jwks {
inline namespace v0 {
namespace verifier {

class ResultCounters {
 public:
  void count(const Result<VerifiedToken>& result) noexcept;
  void count_refusal(const Error& error) noexcept;
  void count_token_cache_hit() noexcept {
    slots_.mine().token_cache_hits.fetch_add(1, std::memory_order_relaxed);
  }
  /// Fills in accepted, refused, unavailable, by_code and token_cache_hits.
  void report(Stats& stats) const;

 private:
  static constexpr std::size_t kCodes = 32;  ///< enumerators of ErrorCode
  struct Slot {
    source::Counter accepted{0};
    source::Counter token_cache_hits{0};
    std::array<source::Counter, kCodes> refusals{};
  };
  source::Striped<Slot> slots_;
};

}  // namespace verifier
}  // namespace v0
}  // namespace jwks
