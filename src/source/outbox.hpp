#pragma once

// Inside of KeySource: how its events leave it.

#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "base/text.hpp"
#include "source/key_source.hpp"

namespace jwks {
inline namespace v0 {
namespace source {

/// Events collected under the lock and sent after its release: declare it before the lock.
class KeySource::Outbox {
 public:
  explicit Outbox(KeySource& source) noexcept : source_(source) {}
  Outbox(const Outbox&) = delete;
  Outbox& operator=(const Outbox&) = delete;
  ~Outbox() { flush(); }

  void flush() noexcept {
    try {
      let_go_.reserve(let_go_.size() + events_.size());
      for (Event& event : events_)
        let_go_.push_back(Scheduler::instance().post(source_.observer_, source_.events_dropped_,
                                                     std::move(event)));
    } catch (...) {
      source_.events_dropped_->fetch_add(1);  // out of memory
    }
    events_.clear();
  }

  /// Out of memory, the event is dropped and counted.
  void add(Event event) noexcept {
    if (!source_.observer_) return;
    try {
      event.source = source_.name_;
      events_.push_back(std::move(event));
    } catch (...) {
      source_.events_dropped_->fetch_add(1);
    }
  }
  /// Call these with the lock held.
  void add_state_change(SteadyTime now) noexcept {
    const auto change = source_.machine_.observe(now);
    if (!change) return;
    source_.stale_reported_ = false;
    source_.suppressions_reported_.clear();
    add({.kind = EventKind::state_changed, .from = change->first, .to = change->second});
  }
  /// Once per reason until a flight ends or the state changes: a stranger can cause any number of
  /// these, and the queue is shared with events of other issuers. The counters count them all.
  void add_suppressed(const Error& error, std::string_view key_id) noexcept {
    const ErrorReason reason = error.reason();
    if (reason != ErrorReason::negative && reason != ErrorReason::rate_limited &&
        reason != ErrorReason::backing_off)
      return;
    try {
      if (!source_.suppressions_reported_.insert(reason).second) return;
      add({.kind = EventKind::refresh_suppressed,
           .key_id = text::escape(key_id, 64),
           .error = error});
    } catch (...) {
      source_.events_dropped_->fetch_add(1);
    }
  }
  /// Once after each change of state.
  void add_stale_use(const KeysInHand& keys) noexcept {
    if (keys.stale && !std::exchange(source_.stale_reported_, true))
      add({.kind = EventKind::stale_served, .key_age = keys.age});
  }

 private:
  KeySource& source_;
  std::vector<Event> events_;
  std::vector<std::shared_ptr<Observer>> let_go_;  ///< of dropped events: may end with this object
};

}  // namespace source
}  // namespace v0
}  // namespace jwks
