#include "emulator/control/journal.hpp"

#include <utility>

#include "emulator/json_text.hpp"

namespace jwks {
inline namespace v0 {
namespace emulator {

void Journal::record(JournalEntry entry) {
  const std::lock_guard lock(mutex_);
  ++total_;
  if (const auto at = counts_.find(entry.path); at != counts_.end()) {
    ++at->second;
  } else if (counts_.size() < kMaxPaths) {
    counts_.emplace(entry.path, 1);
  }
  entries_.push_back(std::move(entry));
  if (entries_.size() > kMaxEntries) entries_.pop_front();
}

void Journal::clear() {
  const std::lock_guard lock(mutex_);
  entries_.clear();
  counts_.clear();
  total_ = 0;
}

std::size_t Journal::count(std::string_view path) const {
  const std::lock_guard lock(mutex_);
  const auto at = counts_.find(path);
  return at == counts_.end() ? 0 : at->second;
}

std::vector<JournalEntry> Journal::entries() const {
  const std::lock_guard lock(mutex_);
  return {entries_.begin(), entries_.end()};
}

std::string Journal::to_json() const {
  std::vector<JournalEntry> entries;
  JsonObject counts;
  std::size_t total = 0;
  {
    const std::lock_guard lock(mutex_);
    entries.assign(entries_.begin(), entries_.end());
    for (const auto& [path, count] : counts_) {
      counts.number(path, static_cast<std::int64_t>(count));
    }
    total = total_;
  }
  std::vector<std::string> requests;
  requests.reserve(entries.size());
  for (const JournalEntry& entry : entries) {
    JsonObject headers;
    for (const auto& [name, value] : entry.headers) headers.raw(name, quoted_foreign(value));
    const auto time = std::chrono::floor<std::chrono::milliseconds>(entry.time);
    requests.push_back(JsonObject()
                           .raw("method", quoted_foreign(entry.method))
                           .raw("path", quoted_foreign(entry.path))
                           .raw("query", quoted_foreign(entry.query))
                           .number("status", entry.status)
                           .number("time_ms", time.time_since_epoch().count())
                           .raw("headers", headers.text())
                           .text());
  }
  return JsonObject()
      .number("total", static_cast<std::int64_t>(total))
      .raw("counts", counts.text())
      .raw("requests", array_of(requests))
      .text();
}

}  // namespace emulator
}  // namespace v0
}  // namespace jwks
