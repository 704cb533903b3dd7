#pragma once

// `CacheOptions`: how long published keys are used, and how often the issuer may be asked.
//
// The defaults follow the issuer's cache headers within bounds, survive an outage of an hour, and
// let a stranger's unknown kids cause at most one request in 30 seconds. Checked once, when a
// verifier is created.

#include <chrono>
#include <cstdint>

namespace jwks {
inline namespace v0 {

/// What an empty key set of the issuer means.
enum class EmptySet : std::uint8_t {
  keep,        ///< a fault of the issuer: the keys that are held go on serving
  revoke_all,  ///< every key was revoked: an empty set is published
};

/// How the key set is kept. Every duration has the range that its comment gives.
struct CacheOptions {
  std::chrono::seconds default_ttl{300};        ///< without cache headers; min_ttl … max_ttl
  std::chrono::seconds min_ttl{60};             ///< floor of what headers say; 10 s … 24 h
  std::chrono::seconds max_ttl{3600};           ///< ceiling of what headers say; min_ttl … 24 h
  std::chrono::seconds max_stale{3600};         ///< use after expiry while unreachable; 0 … 7 d
  std::chrono::milliseconds caller_wait{3000};  ///< longest wait of a `verify`; 0 … 60 s
  bool background_refresh = true;               ///< off: refreshed only when a caller comes
  bool kid_miss_refresh = true;                 ///< off: an unknown kid never causes a fetch
  unsigned forced_refresh_burst = 2;            ///< bucket for kid misses; 1 … 10
  std::chrono::seconds forced_refresh_interval{30};  ///< one more token per; 1 s … 1 h
  unsigned max_waiters = 256;                        ///< callers that wait at once; 1 … 100 000

  /// Follow the issuer's cache headers, within the bounds above. Off: `default_ttl` always.
  bool honour_cache_control = true;
  /// Attempts after the first within one retrieval: 0 … 3. Only a refused or reset connection and
  /// the statuses 502, 503 and 504 without Retry-After are tried again.
  unsigned retries = 1;
  /// How long a key that the issuer has withdrawn is still accepted: 0 … 1 h. For issuers that
  /// withdraw a key before the last token of it has expired. A key that was replaced under the same
  /// kid has no grace.
  std::chrono::seconds removed_key_grace{0};
  EmptySet empty_set = EmptySet::keep;
  /// A bad signature on a known kid may cause a forced refresh, from the same bucket. For issuers
  /// that replace a key under its kid; it lets a forger spend the bucket.
  bool bad_signature_refresh = false;
};

}  // namespace v0
}  // namespace jwks
