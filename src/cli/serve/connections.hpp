#pragma once

// `Connections`: those that are open, so that their number is bounded and all can be ended.
//
// Threading: every member may be called from any thread.

#include <cstddef>
#include <map>
#include <memory>
#include <mutex>

namespace jwks::cli {

class Session;

class Connections {
 public:
  /// More than `most` are not accepted: they wait in the backlog until one leaves.
  explicit Connections(std::size_t most) noexcept : most_(most) {}

  void enter(const std::shared_ptr<Session>& session);
  void leave(const Session* session);
  [[nodiscard]] bool full() const;
  /// Ends each one as `Session::finish` does.
  void finish_all();

 private:
  const std::size_t most_;
  mutable std::mutex mutex_{};
  std::map<const Session*, std::weak_ptr<Session>> open_{};
};

}  // namespace jwks::cli
