#include "verifier/result_counters.hpp"

#include <algorithm>

namespace jwks {
inline namespace v0 {
namespace verifier {
namespace {

using source::Counter;

constexpr auto kRelaxed = std::memory_order_relaxed;

/// Every code, ascending; its place here is its place among the counters.
constexpr std::array kAllCodes{ErrorCode::too_large,        ErrorCode::not_three_segments,
                               ErrorCode::bad_base64url,    ErrorCode::bad_json,
                               ErrorCode::duplicate_member, ErrorCode::invalid_header,
                               ErrorCode::crit_unsupported, ErrorCode::alg_not_allowed,
                               ErrorCode::alg_mismatch,     ErrorCode::unknown_key,
                               ErrorCode::key_ambiguous,    ErrorCode::key_rejected,
                               ErrorCode::bad_signature,    ErrorCode::expired,
                               ErrorCode::not_yet_valid,    ErrorCode::issued_in_future,
                               ErrorCode::too_old,          ErrorCode::wrong_issuer,
                               ErrorCode::wrong_audience,   ErrorCode::wrong_type,
                               ErrorCode::missing_claim,    ErrorCode::invalid_claim,
                               ErrorCode::wrong_azp,        ErrorCode::wrong_nonce,
                               ErrorCode::wrong_hash,       ErrorCode::insufficient_scope,
                               ErrorCode::binding_failed,   ErrorCode::replayed,
                               ErrorCode::custom,           ErrorCode::keys_unavailable,
                               ErrorCode::out_of_memory,    ErrorCode::bad_config};
static_assert(std::is_sorted(kAllCodes.begin(), kAllCodes.end()));

/// A validator of the application may answer with a number that is no code of ours: `custom`.
std::size_t index_of(ErrorCode code) noexcept {
  auto found = std::lower_bound(kAllCodes.begin(), kAllCodes.end(), code);
  if (found == kAllCodes.end() || *found != code)
    found = std::find(kAllCodes.begin(), kAllCodes.end(), ErrorCode::custom);
  return static_cast<std::size_t>(found - kAllCodes.begin());
}

}  // namespace

void ResultCounters::count(const Result<VerifiedToken>& result) noexcept {
  if (!result) return count_refusal(result.error());
  slots_.mine().accepted.fetch_add(1, kRelaxed);
}

void ResultCounters::count_refusal(const Error& error) noexcept {
  static_assert(kAllCodes.size() == kCodes);
  slots_.mine().refusals[index_of(error.code())].fetch_add(1, kRelaxed);
}

void ResultCounters::report(Stats& stats) const {
  stats.accepted = slots_.sum([](const Slot& slot) -> const Counter& { return slot.accepted; });
  stats.token_cache_hits =
      slots_.sum([](const Slot& slot) -> const Counter& { return slot.token_cache_hits; });
  // Both sums come from the same reading, so that they agree whoever goes on counting.
  stats.refused = 0;
  stats.unavailable = 0;
  stats.by_code.clear();
  for (std::size_t i = 0; i < kCodes; ++i) {
    const std::uint64_t count =
        slots_.sum([i](const Slot& slot) -> const Counter& { return slot.refusals[i]; });
    if (count == 0) continue;
    stats.by_code.push_back({.code = kAllCodes[i], .count = count});
    const bool unavailable = Error(kAllCodes[i]).category() == ErrorCategory::unavailable;
    (unavailable ? stats.unavailable : stats.refused) += count;
  }
}

}  // namespace verifier
}  // namespace v0
}  // namespace jwks
