// A KeySource's key set on its way out of the process and back.
//
// What leaves is the issuer's document and the times of the held set by the wall clock. What comes
// in is judged like a document that the issuer sent, and its times are cut so that it is trusted no
// longer than it was where it came from, nor than this source would trust an answer of the issuer.
// The two clocks are read one after the other, in the order that makes a key set older, not
// younger, should the thread be held up in between.

#include <algorithm>
#include <chrono>
#include <exception>
#include <string>
#include <utility>

#include "source/key_source.hpp"
#include "source/outbox.hpp"
#include "source/snapshot_codec.hpp"

namespace jwks {
inline namespace v0 {
namespace source {
namespace {

using std::chrono::ceil;
using std::chrono::floor;
using std::chrono::milliseconds;

/// Tells whether the text is of the key set that these settings name.
Result<void> check_origin(const StoredSnapshot& stored, std::string_view issuer,
                          std::string_view jwks_uri) {
  if (stored.issuer != issuer)
    return snapshot_rejected("it is of another issuer: " + stored.issuer).about("issuer");
  if (stored.jwks_uri != jwks_uri)
    return snapshot_rejected("it is of another jwks_uri: " + stored.jwks_uri).about("jwks_uri");
  return {};
}

/// How long a stored set may be trusted here, by the wall clock.
struct Trust {
  WallTime fresh_until;
  WallTime stale_until;
};

Result<Trust> trust_in(const StoredSnapshot& stored, const CacheOptions& cache,
                       std::chrono::system_clock::time_point now) {
  // Either this clock was set back or that one ran fast: how old the set is can't be told.
  if (stored.validated_at > floor<milliseconds>(now))
    return snapshot_rejected("by this machine's clock it is from the future").about("validated_at");
  if (stored.fresh_until < stored.validated_at || stored.stale_until < stored.fresh_until)
    return snapshot_rejected("its times contradict each other");
  Trust trust{};
  trust.fresh_until = std::min(stored.fresh_until, stored.validated_at + cache.max_ttl);
  trust.stale_until = std::min(stored.stale_until, trust.fresh_until + cache.max_stale);
  if (floor<milliseconds>(now) >= trust.stale_until)
    return snapshot_rejected("it has expired").about("stale_until");
  return trust;
}

Result<JwkSet> keys_of(const StoredSnapshot& stored) {
  auto keys = JwkSet::parse(*stored.document);
  if (!keys) {
    std::string why = "its document is rejected: ";
    why += keys.error().detail();
    return snapshot_rejected(why).about(keys.error().subject());
  }
  if (keys->keys().empty()) return snapshot_rejected("it holds no usable key");
  return keys;
}

/// Calls the application's store: what it throws is a failure like any other.
template <class Call>
auto guarded(Call call) noexcept -> decltype(call()) {
  try {
    return call();
  } catch (const std::bad_alloc&) {
    return Error(ErrorCode::out_of_memory);
  } catch (const std::exception& e) {
    return Error(ErrorCode::keys_unavailable).because(e.what());
  } catch (...) {
    return Error(ErrorCode::keys_unavailable).because("the snapshot store threw an exception");
  }
}

}  // namespace

// --- Out and in ---

Result<std::string> KeySource::export_snapshot() {
  SnapshotPtr held;
  {
    const std::lock_guard lock(sync_.mutex);
    const SteadyTime at = now();
    const KeySetState state = machine_.state(at);
    if (state == KeySetState::empty || state == KeySetState::expired) return machine_.outage(at);
    held = machine_.held();
  }
  const auto wall = settings_.clock->wall_now();
  const SteadyTime steady = now();
  const auto wall_time = [&](SteadyTime time) {
    return floor<milliseconds>(wall + (time - steady));
  };
  return encode_snapshot({.issuer = settings_.issuer,
                          .jwks_uri = jwks_uri_,
                          .validated_at = wall_time(held->validated_at),
                          .fresh_until = wall_time(held->fresh_until),
                          .stale_until = wall_time(held->stale_until),
                          .etag = held->etag,
                          .last_modified = held->last_modified,
                          .document = held->document});
}

Result<void> KeySource::import_snapshot(std::string_view text) {
  auto stored = decode_snapshot(text);
  if (!stored) return stored.error();
  if (auto checked = check_origin(*stored, settings_.issuer, jwks_uri_); !checked) return checked;
  auto keys = keys_of(*stored);
  if (!keys) return keys.error();
  const auto hash = crypto::sha256(*stored->document);
  if (!hash) return snapshot_rejected("SHA-256 failed");

  const SteadyTime steady = now();
  const auto wall = settings_.clock->wall_now();
  const auto trust = trust_in(*stored, settings_.cache, wall);
  if (!trust) return trust.error();
  const auto steady_time = [&](WallTime time) {
    return steady + (time - ceil<milliseconds>(wall));
  };
  Snapshot snapshot;
  snapshot.keys = std::move(keys).value();
  snapshot.document = std::move(stored->document);
  snapshot.body_hash = *hash;
  snapshot.etag = std::move(stored->etag);
  snapshot.last_modified = std::move(stored->last_modified);
  snapshot.validated_at = steady_time(stored->validated_at);
  snapshot.soft_at = steady;  // the issuer is to be asked now
  snapshot.fresh_until = steady_time(trust->fresh_until);
  snapshot.stale_until = steady_time(trust->stale_until);
  return adopt(std::move(snapshot));
}

// --- The store ---

/// Admits one call of the store at a time. A save that is not admitted is made up for by whoever
/// releases the store.
bool KeySource::take_store() {
  const std::lock_guard lock(sync_.mutex);
  if (machine_.offline() == ErrorReason::forked) return false;
  store_use_.save_wanted = store_use_.busy;
  return !std::exchange(store_use_.busy, true);
}

/// Returns whether a save was wanted meanwhile.
bool KeySource::release_store() {
  const std::lock_guard lock(sync_.mutex);
  store_use_.busy = false;
  return store_use_.save_wanted;
}

void KeySource::load_stored() noexcept {
  if (!take_store()) return;
  const auto keys = guarded([this]() -> Result<std::size_t> {
    const auto text = store_->load(snapshot_name(settings_.issuer, jwks_uri_), stop_.get_token());
    if (!text) return text.error();
    if (!*text) return std::size_t{0};
    if (const auto imported = import_snapshot(**text); !imported) return imported.error();
    return published_.read()->keys.keys().size();
  });
  if (!keys)
    report_store({.kind = EventKind::snapshot_ignored, .error = keys.error()});
  else if (*keys > 0)
    report_store({.kind = EventKind::snapshot_loaded, .keys = *keys});
  if (release_store()) save_stored();
}

void KeySource::save_stored() noexcept {
  while (take_store()) {
    const auto saved = guarded([this]() -> Result<void> {
      const auto text = export_snapshot();
      if (!text) return text.error();
      return store_->save(snapshot_name(settings_.issuer, jwks_uri_), *text,
                          saving_stop_.get_token());
    });
    if (!saved) report_store({.kind = EventKind::snapshot_not_saved, .error = saved.error()});
    if (!release_store()) return;
  }
}

/// What fails because the source was closed is no news.
void KeySource::report_store(Event event) noexcept {
  try {
    Outbox outbox(*this);
    const std::lock_guard lock(sync_.mutex);
    if (!machine_.offline()) outbox.add(std::move(event));
  } catch (...) {
    events_dropped_->fetch_add(1);  // out of memory
  }
}

}  // namespace source
}  // namespace v0
}  // namespace jwks
