#pragma once

#include <algorithm>
#include <mutex>
#include <vector>

#include "jwks/observer.hpp"

namespace test {

/// Remembers every event.
class RecordingObserver final : public jwks::Observer {
 public:
  void on_event(const jwks::Event& event) override {
    const std::lock_guard lock(mutex_);
    events_.push_back(event);
  }
  [[nodiscard]] std::vector<jwks::Event> events(jwks::EventKind kind) const {
    const std::lock_guard lock(mutex_);
    std::vector<jwks::Event> found;
    std::copy_if(events_.begin(), events_.end(), std::back_inserter(found),
                 [&](const jwks::Event& event) { return event.kind == kind; });
    return found;
  }
  [[nodiscard]] std::size_t count(jwks::EventKind kind) const { return events(kind).size(); }

 private:
  mutable std::mutex mutex_;
  std::vector<jwks::Event> events_;
};

}  // namespace test
