#include "emulator/http/connections.hpp"

#include <utility>
#include <vector>

#include "emulator/http/session.hpp"

namespace jwks {
inline namespace v0 {
namespace emulator {

std::uint64_t Connections::enter(std::weak_ptr<Session> session) {
  const std::lock_guard lock(mutex_);
  open_.emplace(++next_, std::move(session));
  return next_;
}

void Connections::leave(std::uint64_t id) {
  const std::lock_guard lock(mutex_);
  lasting_.erase(id);
  open_.erase(id);
}

void Connections::last(std::uint64_t id) {
  std::shared_ptr<Session> oldest;  // let go of without the lock: that may end it
  {
    const std::lock_guard lock(mutex_);
    lasting_.insert(id);
    if (lasting_.size() <= kMostLasting) return;
    oldest = open_[*lasting_.begin()].lock();
    lasting_.erase(lasting_.begin());
  }
  if (oldest) oldest->abort();
}

bool Connections::full() const {
  const std::lock_guard lock(mutex_);
  return open_.size() >= kMost;
}

void Connections::finish_all() {
  std::vector<std::shared_ptr<Session>> sessions;  // let go of without the lock: that may end them
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [id, session] : open_) {
      if (auto open = session.lock()) sessions.push_back(std::move(open));
    }
  }
  for (const auto& session : sessions) session->finish();
}

}  // namespace emulator
}  // namespace v0
}  // namespace jwks
