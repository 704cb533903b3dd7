#pragma once

// `CacheOptions`: how long published keys are used, and how often the issuer may be asked.
//
// The defaults follow the issuer's cache headers within bounds, survive an outage of an hour, and
// let a stranger's unknown kids cause at most one request in 30 seconds. Checked once, when a
// verifier is created.

#include <chrono>

namespace jwks {
inline namespace v0 {

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
};

}  // namespace v0
}  // namespace jwks
