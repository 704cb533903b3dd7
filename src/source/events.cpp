#include "source/events.hpp"

#include <algorithm>
#include <chrono>
#include <string>

#include "base/text.hpp"

namespace jwks {
inline namespace v0 {
namespace source {
namespace {

constexpr std::size_t kShownKid = 64;

bool holds(const JwkSet& keys, const Jwk& wanted) {
  return std::any_of(keys.keys().begin(), keys.keys().end(), [&](const Jwk& key) {
    return key.key_id() == wanted.key_id() && key.thumbprint() == wanted.thumbprint();
  });
}

/// The kids of those keys of `keys` that `other` doesn't have.
std::vector<std::string> difference(const JwkSet& keys, const JwkSet& other) {
  std::vector<std::string> kids;
  for (const Jwk& key : keys.keys())
    if (!holds(other, key)) kids.push_back(text::escape(key.key_id(), kShownKid));
  return kids;
}

}  // namespace

std::vector<Event> tell(const Flight& flight, const FlightResult& result, const SnapshotPtr& before,
                        SteadyTime now) {
  std::vector<Event> events;
  Event outcome{
      .kind = result.error ? EventKind::fetch_failed : EventKind::fetch_succeeded,
      .cause = flight.cause,
      .status = result.status,
      .changed = result.keys.has_value(),
      .bytes = result.bytes,
      .duration = std::chrono::duration_cast<std::chrono::milliseconds>(now - flight.started_at),
      .error = result.error};
  const JwkSet* const now_held =
      result.keys ? &*result.keys : (flight.held ? &flight.held->keys : nullptr);
  if (now_held != nullptr) {
    outcome.keys = now_held->keys().size();
    outcome.skipped = now_held->skipped().size();
  }
  events.push_back(outcome);

  if (result.error && result.error->reason() != ErrorReason::fetch_failed)
    events.push_back({.kind = EventKind::document_rejected,
                      .cause = flight.cause,
                      .status = result.status,
                      .bytes = result.bytes,
                      .error = result.error});
  if (!result.keys) return events;

  const JwkSet held = before ? before->keys : JwkSet();
  Event change{.kind = EventKind::keys_changed,
               .cause = flight.cause,
               .keys = result.keys->keys().size(),
               .added = difference(*result.keys, held),
               .removed = difference(held, *result.keys)};
  if (!change.added.empty() || !change.removed.empty()) events.push_back(std::move(change));
  for (const SkippedKey& skipped : result.keys->skipped())
    events.push_back({.kind = EventKind::key_skipped,
                      .key_id = skipped.key_id,
                      .error = Error(ErrorCode::key_rejected, skipped.reason)});
  return events;
}

}  // namespace source
}  // namespace v0
}  // namespace jwks
