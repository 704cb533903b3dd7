#include "emulator/control/journal.hpp"

#include <algorithm>
#include <utility>

#include "base/text.hpp"
#include "emulator/control/pattern.hpp"
#include "emulator/json_text.hpp"
#include "emulator/time_text.hpp"

namespace jwks {
inline namespace v0 {
namespace emulator {
namespace {

std::size_t size_of(const JournalEntry& entry) noexcept {
  std::size_t size = sizeof(entry) + entry.method.size() + entry.path.size() + entry.query.size();
  for (const auto& each : entry.headers) {
    size += sizeof(each) + each.first.size() + each.second.size();
  }
  return size;
}

std::string to_json(const JournalEntry& entry) {
  const auto time = std::chrono::floor<std::chrono::milliseconds>(entry.time);
  return JsonObject()
      .raw("method", quoted_foreign(entry.method))
      .raw("path", quoted_foreign(entry.path))
      .raw("query", quoted_foreign(entry.query))
      .number("status", entry.status)
      .string("time", utc_text(entry.time))
      .number("time_ms", time.time_since_epoch().count())
      .raw("headers", fields_object(entry.headers))
      .text();
}

}  // namespace

void Journal::record(JournalEntry entry) {
  const std::lock_guard lock(mutex_);
  ++total_;
  if (const auto at = counts_.find(entry.path); at != counts_.end()) {
    ++at->second;
  } else if (counts_.size() < kMaxPaths && entry.path.size() <= kMaxPathLength) {
    counts_.emplace(entry.path, 1);
  } else {
    ++uncounted_;
  }
  bytes_ += size_of(entry);
  entries_.push_back(std::move(entry));
  while (entries_.size() > kMaxEntries || (bytes_ > kMaxBytes && entries_.size() > 1)) {
    forget_oldest();
  }
}

void Journal::forget_oldest() {
  bytes_ -= size_of(entries_.front());
  entries_.pop_front();
}

void Journal::clear() {
  const std::lock_guard lock(mutex_);
  entries_.clear();
  bytes_ = 0;
  counts_.clear();
  total_ = 0;
  uncounted_ = 0;
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

std::string Journal::to_json(const JournalFilter& filter) const {
  std::vector<JournalEntry> entries;
  JsonObject counts;
  std::size_t total = 0;
  std::size_t uncounted = 0;
  {
    const std::lock_guard lock(mutex_);
    std::copy_if(entries_.begin(), entries_.end(), std::back_inserter(entries),
                 [&](const JournalEntry& each) { return matches_path(filter.path, each.path); });
    for (const auto& [path, count] : counts_) {
      if (!matches_path(filter.path, path)) continue;
      // Always escaped: a name must be UTF-8, and no two paths may come out the same.
      counts.number(text::escape(path, path.size() * 4), static_cast<std::int64_t>(count));
    }
    total = total_;
    uncounted = uncounted_;
  }
  const std::size_t shown = std::min(entries.size(), filter.limit.value_or(entries.size()));
  std::vector<std::string> requests;
  requests.reserve(shown);
  std::transform(entries.end() - static_cast<std::ptrdiff_t>(shown), entries.end(),
                 std::back_inserter(requests),
                 [](const JournalEntry& each) { return emulator::to_json(each); });
  return JsonObject()
      .number("total", static_cast<std::int64_t>(total))
      .number("uncounted", static_cast<std::int64_t>(uncounted))
      .raw("counts", counts.text())
      .raw("requests", array_of(requests))
      .text();
}

}  // namespace emulator
}  // namespace v0
}  // namespace jwks
