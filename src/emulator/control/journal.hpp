#pragma once

// `Journal`: what was asked of the emulator. The last requests in full, all of them by number.

#include <cstddef>
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "jwks/emulator.hpp"

namespace jwks {
inline namespace v0 {
namespace emulator {

/// What to show of a journal.
struct JournalFilter {
  std::string path = "*";              ///< a pattern, as in `Hook`
  std::optional<std::size_t> limit{};  ///< that many of the last ones; empty: all
};

/// *Threading:* every member may be called from any thread.
class Journal {
 public:
  static constexpr std::size_t kMaxEntries = 1000;
  /// Of all entries together: headers can be large. The last entry is kept in any case.
  static constexpr std::size_t kMaxBytes = std::size_t{4} * 1024 * 1024;
  /// Paths counted one by one; a client that invents more of them, or longer ones, is counted in
  /// the total and as `uncounted` only.
  static constexpr std::size_t kMaxPaths = 1000;
  static constexpr std::size_t kMaxPathLength = 2048;

  void record(JournalEntry entry);
  void clear();

  [[nodiscard]] std::size_t count(std::string_view path) const;
  [[nodiscard]] std::vector<JournalEntry> entries() const;  ///< oldest first
  /// Entries, counts per path, the total, and how many requests no path's count has, as a JSON
  /// object. The latter two are of all requests, whatever the filter.
  [[nodiscard]] std::string to_json(const JournalFilter& filter = {}) const;

 private:
  void forget_oldest();  // with mutex_ held

  mutable std::mutex mutex_;
  std::deque<JournalEntry> entries_;                        // guarded by mutex_
  std::size_t bytes_ = 0;                                   // guarded by mutex_; of entries_
  std::map<std::string, std::size_t, std::less<>> counts_;  // guarded by mutex_
  std::size_t total_ = 0;                                   // guarded by mutex_
  std::size_t uncounted_ = 0;                               // guarded by mutex_; not in counts_
};

}  // namespace emulator
}  // namespace v0
}  // namespace jwks
