#pragma once

// `Journal`: what was asked of the emulator. The last requests in full, all of them by number.

#include <cstddef>
#include <deque>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "jwks/emulator.hpp"

namespace jwks {
inline namespace v0 {
namespace emulator {

/// *Threading:* every member may be called from any thread.
class Journal {
 public:
  static constexpr std::size_t kMaxEntries = 1000;
  /// Paths counted one by one; a client that invents more of them is counted in the total only.
  static constexpr std::size_t kMaxPaths = 1000;

  void record(JournalEntry entry);
  void clear();

  [[nodiscard]] std::size_t count(std::string_view path) const;
  [[nodiscard]] std::vector<JournalEntry> entries() const;  ///< oldest first
  /// Entries, counts per path and the total as a JSON object.
  [[nodiscard]] std::string to_json() const;

 private:
  mutable std::mutex mutex_;
  std::deque<JournalEntry> entries_;                        // guarded by mutex_
  std::map<std::string, std::size_t, std::less<>> counts_;  // guarded by mutex_
  std::size_t total_ = 0;                                   // guarded by mutex_
};

}  // namespace emulator
}  // namespace v0
}  // namespace jwks
