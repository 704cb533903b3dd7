#include "verifier/result_counters.hpp"

namespace jwks {
inline namespace v0 {
namespace verifier {

void ResultCounters::count(const Result<VerifiedToken>& result) noexcept {
  Counter& counter = result                                                    ? accepted_
                     : result.error().category() == ErrorCategory::unavailable ? unavailable_
                                                                               : refused_;
  counter.fetch_add(1, kRelaxed);
}

void ResultCounters::report(Stats& stats) const {
  stats.accepted = accepted_.load(kRelaxed);
  stats.refused = refused_.load(kRelaxed);
  stats.unavailable = unavailable_.load(kRelaxed);
  stats.token_cache_hits = token_cache_hits_.load(kRelaxed);
}

}  // namespace verifier
}  // namespace v0
}  // namespace jwks
