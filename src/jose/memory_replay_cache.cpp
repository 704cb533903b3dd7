// The replay cache in memory: a tree per shard, and a queue of what expires next.
//
// Room is one number for all shards, so that filling the cache takes as many entries as it holds,
// wherever they fall. Expired entries go a few at a time, with each insertion into their shard, and
// when the cache is full; what has not expired never goes. A tree and not a hash table, because who
// chooses what is hashed could search for colliding slots, and a tree has none.

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>
#include <map>
#include <mutex>
#include <new>
#include <queue>
#include <utility>
#include <vector>

#include "jwks/replay_cache.hpp"

namespace jwks {
inline namespace v0 {
namespace {

using Time = ReplayCache::Time;
using Key = std::array<char, ReplayCache::kKeyBytes>;

constexpr std::size_t kMaxCapacity = 100'000'000;
constexpr std::size_t kShards = 16;
/// More than one, so that a cache which has grown shrinks again; few, so that no one waits long.
constexpr std::size_t kEvictionsPerInsertion = 4;

/// The entries that may still be made.
class Room {
 public:
  explicit Room(std::size_t entries) noexcept : left_(entries) {}
  [[nodiscard]] bool take() noexcept {
    std::size_t left = left_.load(std::memory_order_relaxed);
    while (left > 0) {
      if (left_.compare_exchange_weak(left, left - 1, std::memory_order_relaxed)) return true;
    }
    return false;
  }
  void give_back(std::size_t entries) noexcept {
    left_.fetch_add(entries, std::memory_order_relaxed);
  }

 private:
  std::atomic<std::size_t> left_;
};

/// A part of the entries, with a lock of its own.
class Shard {
 public:
  enum class Answer : std::uint8_t { inserted, present, full };

  Answer insert(const Key& key, Time expires_at, Time now, Room& room) {
    const std::lock_guard lock(mutex_);
    if (const auto found = entries_.find(key); found != entries_.end()) {
      if (found->second > now) return Answer::present;
      found->second = std::max(found->second, expires_at);  // `evict` moves it in the queue
      return Answer::inserted;
    }
    if (!room.take()) return Answer::full;
    auto entry = entries_.end();
    try {
      entry = entries_.emplace(key, expires_at).first;
      queue_.push({expires_at, entry});
      return Answer::inserted;
    } catch (const std::bad_alloc&) {
      if (entry != entries_.end()) entries_.erase(entry);
      room.give_back(1);
      return Answer::full;
    }
  }

  /// Drops up to `limit` expired entries; tells whether there was one.
  bool evict(Time now, std::size_t limit, Room& room) {
    const std::lock_guard lock(mutex_);
    std::size_t evicted = 0;
    while (evicted < limit && !queue_.empty() && queue_.top().expires_at <= now) {
      const auto entry = queue_.top().entry;
      queue_.pop();
      if (entry->second > now) {
        queue_.push({entry->second, entry});  // into the memory of what was popped
        continue;
      }
      entries_.erase(entry);
      ++evicted;
    }
    room.give_back(evicted);
    return evicted > 0;
  }

 private:
  using Entries = std::map<Key, Time>;
  struct Expiry {
    Time expires_at;
    Entries::iterator entry;
  };
  struct Later {
    bool operator()(const Expiry& a, const Expiry& b) const noexcept {
      return a.expires_at > b.expires_at;
    }
  };

  std::mutex mutex_;
  Entries entries_;
  /// One element for each entry; it may say less than the entry's own time, never more.
  std::priority_queue<Expiry, std::vector<Expiry>, Later> queue_;
};

class MemoryReplayCache final : public ReplayCache {
 public:
  explicit MemoryReplayCache(std::size_t capacity) noexcept : room_(capacity) {}

  Result<bool> insert(std::string_view key, Time expires_at, Time now) override {
    if (key.size() != kKeyBytes) return Error(ErrorCode::bad_config).about("key");
    Key digest;
    std::ranges::copy(key, digest.begin());
    Shard& shard = shards_[static_cast<unsigned char>(digest[0]) % kShards];
    shard.evict(now, kEvictionsPerInsertion, room_);
    do {
      switch (shard.insert(digest, expires_at, now, room_)) {
        case Shard::Answer::inserted:
          return true;
        case Shard::Answer::present:
          return false;
        case Shard::Answer::full:
          break;
      }
    } while (make_room(now));  // others may take what it makes: then it is made again
    return Error(ErrorCode::out_of_memory, ErrorReason::replay_cache_full);
  }

 private:
  bool make_room(Time now) {
    return std::ranges::any_of(
        shards_, [&](Shard& shard) { return shard.evict(now, kEvictionsPerInsertion, room_); });
  }

  Room room_;
  std::array<Shard, kShards> shards_;
};

}  // namespace

Result<std::shared_ptr<ReplayCache>> make_memory_replay_cache(std::size_t capacity) {
  if (capacity < 1 || capacity > kMaxCapacity) {
    return Error(ErrorCode::bad_config).about("capacity").because("not from 1 to 100 million");
  }
  try {
    return std::shared_ptr<ReplayCache>(std::make_shared<MemoryReplayCache>(capacity));
  } catch (const std::bad_alloc&) {
    return Error(ErrorCode::out_of_memory);
  }
}

}  // namespace v0
}  // namespace jwks
