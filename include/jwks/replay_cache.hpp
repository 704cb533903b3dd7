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

  virtual ~ReplayCache() = default;

  /// Remembers `key` until `expires_at`. Returns false if it is remembered already.
  ///
  /// `key` is a digest of fixed size, made by the library: no raw input of an attacker. `now` is
  /// the time of the verification. *Failure:* `out_of_memory{replay_cache_full}` if there is no
  /// room; the token is refused with it, and its sender may try again.
  [[nodiscard]] virtual Result<bool> insert(std::string_view key, Time expires_at, Time now) = 0;
};

/// A cache in memory of at most `capacity` entries (1 to 100 million, some 100 bytes each).
/// *Failure:* `bad_config` for a capacity outside the range.
[[nodiscard]] JWKS_API Result<std::shared_ptr<ReplayCache>> make_memory_replay_cache(
    std::size_t capacity = 100'000);

}  // namespace v0
}  // namespace jwks
