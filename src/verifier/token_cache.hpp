#pragma once

// Tokens that were verified before (TokenCacheOptions). It remembers that a signature held under
// one generation of a key set, nothing else: whoever takes a token out checks the rest again
// (jose/recheck.hpp).
//
// What is found has exactly the text that was asked for: the hash only says where to look. Of two
// tokens with equal hashes the later one takes the place of the other. Only accepted tokens are
// kept, so a stranger can't fill it; whoever holds many good tokens can, and then the oldest go.
// One that was used since it was last looked at gets a second chance instead: it is as good as new.
// So what is in use outlasts a flood, nearly as it would if the least recently used went first; but
// a hit changes nothing except one flag, for which a shared lock is enough. What a flood takes away
// from others is one signature check for each of their tokens.
//
// *Threading:* any number of threads; sharded, and no lock is held while a token is checked, copied
// into the cache or destroyed. A hit takes one lock, shared. A forked child goes on with what was
// there.

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <list>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "jwks/clock.hpp"
#include "jwks/jwks_verifier.hpp"
#include "jwks/stats.hpp"
#include "jwks/verified_token.hpp"
#include "source/fork_guard.hpp"
#include "source/shared_mutex.hpp"
#include "source/siphash.hpp"
#include "source/striped.hpp"

namespace jwks {
inline namespace v0 {
namespace verifier {

class TokenCache final : public source::ForkAware {
 public:
  static constexpr std::chrono::minutes kMaxAge{5};

  /// `options` were checked before; `max_entries` is not 0.
  TokenCache(const TokenCacheOptions& options, source::SipHashKey hash_key);
  ~TokenCache() override;
  TokenCache(const TokenCache&) = delete;
  TokenCache& operator=(const TokenCache&) = delete;

  /// The token with exactly this text, if its signature held under this generation.
  [[nodiscard]] std::optional<VerifiedToken> find(std::string_view text, std::uint64_t generation,
                                                  SteadyTime now) noexcept;
  /// Remembers a token that was accepted, for min(5 minutes, until its "exp"); drops others if need
  /// be. Out of memory, it remembers nothing.
  void insert(std::string_view text, const VerifiedToken& token, std::uint64_t generation,
              std::chrono::system_clock::time_point wall_now, SteadyTime now) noexcept;
  void clear() noexcept;

  /// Fills in token_cache_entries and token_cache_bytes.
  void report(Stats& stats) const noexcept;

 private:
  struct Entry {
    Entry(std::uint64_t hashed, std::string_view of, const VerifiedToken& verified,
          std::uint64_t under, SteadyTime until);

    /// Tells whether the signature is known to hold under this generation.
    [[nodiscard]] bool holds(std::uint64_t under, SteadyTime now) const noexcept {
      return generation == under && now < ends_at;
    }
    /// Written only when it changes: threads that use one token share its memory.
    void mark_used() const noexcept {
      if (!used.load(std::memory_order_relaxed)) used.store(true, std::memory_order_relaxed);
    }

    const std::uint64_t hash;
    const std::string text;
    const VerifiedToken token;
    const std::uint64_t generation;
    const SteadyTime ends_at;
    const std::size_t bytes;  ///< of memory, for the limit
    mutable std::atomic<bool> used{false};
  };
  using Entries = std::list<Entry>;

  /// A part of the entries, with a lock of its own: shared for looking, exclusive for changing.
  struct alignas(source::kCacheLine) Shard {
    mutable source::SharedMutex mutex;
    Entries entries;  ///< the next to go in front
    std::unordered_map<std::uint64_t, Entries::iterator> index;
    std::size_t bytes = 0;

    /// Moves an entry out, to be destroyed when the lock is released.
    void take(Entries::iterator entry, Entries& into) noexcept;
    /// The entry that gives way to a new one. *Precondition:* there are entries.
    [[nodiscard]] Entries::iterator next_to_go() noexcept;
  };

  /// Drops what was found and no longer holds.
  void forget(std::uint64_t hash, std::uint64_t generation, SteadyTime now) noexcept;
  [[nodiscard]] std::uint64_t hash_of(std::string_view text) const noexcept;
  [[nodiscard]] Shard& shard_of(std::uint64_t hash) noexcept {
    return shards_[hash & (shards_.size() - 1)];
  }

  void before_fork() noexcept override;
  void after_fork_in_parent() noexcept override;
  void after_fork_in_child() noexcept override;

  const source::SipHashKey hash_key_;
  std::vector<Shard> shards_;      ///< a power of two of them
  const std::size_t max_entries_;  ///< of one shard
  const std::size_t max_bytes_;    ///< of one shard
};

}  // namespace verifier
}  // namespace v0
}  // namespace jwks
