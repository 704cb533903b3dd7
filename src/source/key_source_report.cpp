// What a KeySource says about itself.

#include <algorithm>
#include <chrono>

#include "base/text.hpp"
#include "source/key_source.hpp"

namespace jwks {
inline namespace v0 {
namespace source {

using std::chrono::milliseconds;

Health KeySource::health() {
  Health health;
  SnapshotPtr held;
  {
    const std::lock_guard lock(sync_.mutex);
    const SteadyTime at = now();
    held = machine_.held();
    health.state = machine_.state(at);
    health.last_error = machine_.last_error();
    if (const auto next = machine_.next_attempt(at))
      health.next_attempt_in =
          std::chrono::ceil<milliseconds>(std::max(SteadyClock::duration(0), *next - at));
    if (held)
      health.key_age = std::chrono::floor<std::chrono::seconds>(
          std::max(SteadyClock::duration(0), at - held->validated_at));
  }
  if (!held) return health;
  health.generation = held->generation;
  for (const Jwk& key : held->keys.keys()) health.kids.push_back(text::escape(key.key_id(), 64));
  return health;
}

void KeySource::report(Stats& stats) {
  counters_.report(stats);
  stats.events_dropped = events_dropped_->load();
  SnapshotPtr held;
  {
    const std::lock_guard lock(sync_.mutex);
    const SteadyTime at = now();
    held = machine_.held();
    stats.waiters = *waiters_;
    stats.consecutive_failures = machine_.consecutive_failures();
    stats.bucket_tokens = machine_.bucket_tokens(at);
    stats.negative_entries = machine_.negative_entries(at);
  }
  if (!held) return;
  for (const SkippedKey& skipped : held->keys.skipped())
    stats.skipped_keys.push_back(skipped.reason);
}

}  // namespace source
}  // namespace v0
}  // namespace jwks
