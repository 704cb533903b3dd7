#include "verifier/token_cache.hpp"

#include <algorithm>
#include <bit>
#include <memory>
#include <mutex>
#include <new>
#include <shared_mutex>
#include <utility>

#include "jose/token_state.hpp"

namespace jwks {
inline namespace v0 {
namespace verifier {
namespace {

using std::chrono::seconds;

/// More would not help: a lock is held for some 100 ns.
constexpr std::size_t kMaxShards = 16;
/// A shard has room for this much, or there are fewer of them: split too far, some would be full
/// while others are empty.
constexpr std::size_t kEntriesOfShard = 64;
constexpr std::size_t kBytesOfShard = std::size_t{256} * 1024;
/// How many entries may stay for having been used while one goes: the lock is held meanwhile, some
/// microseconds.
constexpr int kSecondChances = 64;

std::size_t shards_for(const TokenCacheOptions& options) noexcept {
  const std::size_t shards =
      std::min(options.max_entries / kEntriesOfShard, options.max_bytes / kBytesOfShard);
  return std::bit_floor(std::clamp<std::size_t>(shards, 1, kMaxShards));
}

/// The end of a token is its signature, which no two good tokens have in common: it spreads them as
/// well as the whole text would, at a fraction of the cost. What else has that end is told apart by
/// the comparison.
constexpr std::size_t kHashedEnd = 32;

std::string_view end_of(std::string_view text) noexcept {
  return text.substr(text.size() - std::min(text.size(), kHashedEnd));
}

/// What an entry costs beside its texts: the nodes of list and index, a place in the index's table,
/// the token's state with its reference counts, and what malloc adds to each of these.
constexpr std::size_t kOverhead = 256;

/// How long a token is remembered: not after its "exp". (For the `clock_skew` after it, which is
/// rare, it is verified in full again.)
seconds life_of(const VerifiedToken& token, std::chrono::system_clock::time_point now) noexcept {
  const auto exp = token.claims().expires_at();
  if (!exp) return TokenCache::kMaxAge;
  const seconds left = exp->floor() - std::chrono::ceil<seconds>(now);
  return std::min<seconds>(left, TokenCache::kMaxAge);
}

}  // namespace

TokenCache::TokenCache(const TokenCacheOptions& options, source::SipHashKey hash_key)
    : hash_key_(hash_key),
      shards_(shards_for(options)),
      max_entries_(options.max_entries / shards_.size()),
      max_bytes_(options.max_bytes / shards_.size()) {
  source::register_for_fork(*this);
}

TokenCache::~TokenCache() { source::unregister_for_fork(*this); }

std::uint64_t TokenCache::hash_of(std::string_view text) const noexcept {
  return source::siphash(hash_key_, end_of(text));
}

TokenCache::Entry::Entry(std::uint64_t hashed, std::string_view of, const VerifiedToken& verified,
                         std::uint64_t under, SteadyTime until)
    : hash(hashed),
      text(of),
      token(verified),
      generation(under),
      ends_at(until),
      bytes(kOverhead + text.capacity() + detail::TokenAccess::state(verified).memory_bytes()) {}

std::optional<VerifiedToken> TokenCache::find(std::string_view text, std::uint64_t generation,
                                              SteadyTime now) noexcept {
  const std::uint64_t hash = hash_of(text);
  Shard& shard = shard_of(hash);
  {
    const std::shared_lock lock(shard.mutex);
    const auto found = shard.index.find(hash);
    if (found == shard.index.end()) return std::nullopt;
    const Entry& entry = *found->second;
    if (entry.text != text) return std::nullopt;
    if (entry.holds(generation, now)) {
      entry.mark_used();
      return entry.token;
    }
  }
  forget(hash, generation, now);
  return std::nullopt;
}

void TokenCache::forget(std::uint64_t hash, std::uint64_t generation, SteadyTime now) noexcept {
  Shard& shard = shard_of(hash);
  Entries dropped;  // outlives the lock
  const std::lock_guard lock(shard.mutex);
  // Another thread may have put a new one in its place meanwhile.
  const auto found = shard.index.find(hash);
  if (found != shard.index.end() && !found->second->holds(generation, now))
    shard.take(found->second, dropped);
}

void TokenCache::insert(std::string_view text, const VerifiedToken& token, std::uint64_t generation,
                        std::chrono::system_clock::time_point wall_now, SteadyTime now) noexcept {
  const seconds life = life_of(token, wall_now);
  if (life <= seconds(0)) return;
  Entries dropped;  // outlives the lock
  try {
    const std::uint64_t hash = hash_of(text);
    Entries made;  // of one, so that all memory is there before the lock is taken
    const std::size_t bytes = made.emplace_back(hash, text, token, generation, now + life).bytes;
    if (bytes > max_bytes_) return;

    Shard& shard = shard_of(hash);
    const std::lock_guard lock(shard.mutex);
    // The same token, by another thread or under another generation, or one with an equal hash.
    if (const auto found = shard.index.find(hash); found != shard.index.end())
      shard.take(found->second, dropped);
    while (shard.entries.size() >= max_entries_ || shard.bytes + bytes > max_bytes_)
      shard.take(shard.next_to_go(), dropped);
    shard.index.emplace(hash, made.begin());  // may throw; nothing after it does
    shard.entries.splice(shard.entries.end(), made);
    shard.bytes += bytes;
  } catch (const std::bad_alloc&) {  // NOLINT(bugprone-empty-catch): verified in full next time
  }
}

void TokenCache::Shard::take(Entries::iterator entry, Entries& into) noexcept {
  bytes -= entry->bytes;
  index.erase(entry->hash);
  into.splice(into.end(), entries, entry);
}

TokenCache::Entries::iterator TokenCache::Shard::next_to_go() noexcept {
  for (int chances = kSecondChances; chances > 0; --chances) {
    if (!entries.front().used.exchange(false, std::memory_order_relaxed)) break;
    entries.splice(entries.end(), entries, entries.begin());
  }
  return entries.begin();
}

void TokenCache::clear() noexcept {
  for (Shard& shard : shards_) {
    Entries dropped;
    const std::lock_guard lock(shard.mutex);
    dropped.swap(shard.entries);
    shard.index.clear();
    shard.bytes = 0;
  }
}

void TokenCache::report(Stats& stats) const noexcept {
  for (const Shard& shard : shards_) {
    const std::shared_lock lock(shard.mutex);
    stats.token_cache_entries += shard.entries.size();
    stats.token_cache_bytes += shard.bytes;
  }
}

void TokenCache::before_fork() noexcept {
  for (Shard& shard : shards_) shard.mutex.lock();
}

void TokenCache::after_fork_in_parent() noexcept {
  for (Shard& shard : shards_) shard.mutex.unlock();
}

void TokenCache::after_fork_in_child() noexcept {
  // Released for the sake of thread checkers, and replaced because other threads may have waited.
  after_fork_in_parent();
  for (Shard& shard : shards_) std::construct_at(&shard.mutex);
}

}  // namespace verifier
}  // namespace v0
}  // namespace jwks
