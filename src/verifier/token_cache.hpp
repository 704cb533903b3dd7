#pragma once

// Tokens that were verified before (TokenCacheOptions). It remembers that a signature held under
// one generation of a key set, nothing else: whoever takes a token out checks the rest again
// (jose/recheck.hpp).
//
// What is found has exactly the text that was asked for: the hash only says where to look. Of two
// tokens with equal hashes the later one takes the place of the other. Only accepted tokens are
// kept, so a stranger can't fill it; whoever holds many good tokens can, and then the ones that
// were used least recently go. That is a list and a splice, it needs no tuning, and what a flood
// takes away from others is one signature check for each of their tokens.
//
// *Threading:* any number of threads; sharded, and no lock is held while a token is checked, copied
// into the cache or destroyed. A forked child goes on with what was there.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <list>
#include <mutex>
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
#include "source/siphash.hpp"

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
    std::uint64_t hash;
    std::string text;
    VerifiedToken token;
    std::uint64_t generation;
    SteadyTime ends_at;
    std::size_t bytes;  ///< of memory, for the limit
  };
  using Entries = std::list<Entry>;

  /// A part of the entries, with a lock of its own.
  struct alignas(64) Shard {  // on a cache line of its own
    mutable std::mutex mutex;
    Entries entries;  ///< the one used last in front
    std::unordered_map<std::uint64_t, Entries::iterator> index;
    std::size_t bytes = 0;

    /// Moves an entry out, to be destroyed when the lock is released.
    void take(Entries::iterator entry, Entries& into) noexcept;
  };

  [[nodiscard]] static Entries make_entry(std::uint64_t hash, std::string_view text,
                                          const VerifiedToken& token, std::uint64_t generation,
                                          SteadyTime ends_at);
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
