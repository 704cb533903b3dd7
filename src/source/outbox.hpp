#pragma once

// Inside of KeySource: how its events leave it.

#include <utility>
#include <vector>

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
      for (Event& event : events_)
        Scheduler::instance().post(source_.observer_, source_.events_dropped_, std::move(event));
    } catch (...) {
      source_.events_dropped_->fetch_add(1);  // out of memory
    }
    events_.clear();
  }

  void add(Event event) {
    if (!source_.observer_) return;
    event.source = source_.name_;
    events_.push_back(std::move(event));
  }
  /// Call with the lock held.
  void add_state_change(SteadyTime now) {
    const auto change = source_.machine_.observe(now);
    if (!change) return;
    source_.stale_reported_ = false;
    add({.kind = EventKind::state_changed, .from = change->first, .to = change->second});
  }

 private:
  KeySource& source_;
  std::vector<Event> events_;
};

}  // namespace source
}  // namespace v0
}  // namespace jwks
