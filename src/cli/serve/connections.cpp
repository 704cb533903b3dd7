#include "cli/serve/connections.hpp"

#include <utility>
#include <vector>

#include "cli/serve/session.hpp"

namespace jwks::cli {

void Connections::enter(const std::shared_ptr<Session>& session) {
  const std::lock_guard lock(mutex_);
  open_.emplace(session.get(), session);
}

void Connections::leave(const Session* session) {
  const std::lock_guard lock(mutex_);
  open_.erase(session);
}

bool Connections::full() const {
  const std::lock_guard lock(mutex_);
  return open_.size() >= most_;
}

void Connections::finish_all() {
  std::vector<std::shared_ptr<Session>> sessions;  // let go of without the lock: that may end them
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [key, session] : open_) {
      if (auto open = session.lock()) sessions.push_back(std::move(open));
    }
  }
  for (const auto& session : sessions) session->finish();
}

}  // namespace jwks::cli
