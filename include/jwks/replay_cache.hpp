#pragma once

// `ReplayCache`: remembers what must be accepted only once (RFC 9449 §11.1, RFC 7519 §4.1.7).
//
// The interface is narrow enough for a store that several processes share. An implementation must
// be bounded, and must refuse rather than forget what has not expired yet: a replay cache that
// drops entries under load is a replay cache that an attacker can empty.
//
// Threading: `insert` is called by any number of threads at once, and may block only as long as the
// application can bear per request. It must not throw; a throw is taken as `out_of_memory`.

#include <chrono>
#include <cstddef>
#include <memory>
#include <string_view>

#include "jwks/export.hpp"
#include "jwks/result.hpp"

namespace jwks {
inline namespace v0 {

class JWKS_API ReplayCache {
 public:
  using Time = std::chrono::system_clock::time_point;
  static constexpr std::size_t kKeyBytes = 32;

  virtual ~ReplayCache() = default;

  /// Remembers `key` until `expires_at`. Returns false if it is remembered already.
  ///
  /// `key` is a SHA-256 digest, made by the library: 32 bytes of any value, never raw input of an
  /// attacker. What is remembered of a kind (tokens, proofs) never meets another, so one cache may
  /// serve for all. `now` is the time of the verification; a key is forgotten when `expires_at` is
  /// not after it. *Failure:* `out_of_memory{replay_cache_full}` if there is no room; the token is
  /// refused with it, and its sender may try again.
  [[nodiscard]] virtual Result<bool> insert(std::string_view key, Time expires_at, Time now) = 0;
};

/// A cache in memory of at most `capacity` entries (1 to 100 million, some 120 bytes each). It is
/// not shared between processes, and a fork gives the child a copy. Size it for the proofs and
/// tokens that can arrive while one of them is remembered: a full cache refuses new ones.
/// *Failure:* `bad_config` for a capacity outside the range, `out_of_memory`.
[[nodiscard]] JWKS_API Result<std::shared_ptr<ReplayCache>> make_memory_replay_cache(
    std::size_t capacity = 100'000);

}  // namespace v0
}  // namespace jwks
