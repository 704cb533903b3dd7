#pragma once

// `Connections`: those that are open, so that their number is bounded and all can be ended.
//
// Threading: every member may be called from any thread.

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <set>

namespace jwks {
inline namespace v0 {
namespace emulator {

class Session;

class Connections {
 public:
  /// More are not accepted: they wait in the backlog until one leaves.
  static constexpr std::size_t kMost = 1024;
  /// Of those that may last for ever, by a fault. Beyond, the oldest is dropped, or they would fill
  /// the places of all others.
  static constexpr std::size_t kMostLasting = 256;

  /// *Returns* its number here.
  [[nodiscard]] std::uint64_t enter(std::weak_ptr<Session> session);
  void leave(std::uint64_t id);
  /// It may last from now on.
  void last(std::uint64_t id);
  [[nodiscard]] bool full() const;
  /// Ends each one as `Session::finish` does.
  void finish_all();

 private:
  mutable std::mutex mutex_{};
  std::uint64_t next_ = 0;
  std::map<std::uint64_t, std::weak_ptr<Session>> open_{};
  std::set<std::uint64_t> lasting_{};
};

}  // namespace emulator
}  // namespace v0
}  // namespace jwks
