#pragma once

// A flight: one retrieval of the key set, from finding its URL to a judged document.
//
// `fly` runs on a worker thread with no lock held. It changes nothing: it takes what is held and
// returns what became of it, and the state machine decides what that means.

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>

#include "jwks/algorithm.hpp"
#include "jwks/cache_options.hpp"
#include "jwks/clock.hpp"
#include "jwks/error.hpp"
#include "jwks/fetcher.hpp"
#include "jwks/observer.hpp"
#include "source/cache_control.hpp"
#include "source/snapshot.hpp"

namespace jwks {
inline namespace v0 {
namespace source {

/// A source of jitter in [0, 1).
using Jitter = double (*)() noexcept;

/// What stays the same for all flights of a source.
struct FlightSettings {
  std::string issuer{};  ///< for discovery
  AlgorithmSet algorithms{};
  CacheOptions cache{};
  bool allow_loopback_http = false;
  std::chrono::milliseconds connect_timeout{2000};
  std::chrono::milliseconds total_timeout{5000};
  std::shared_ptr<Fetcher> fetcher{};
  std::shared_ptr<Clock> clock{};
  Jitter jitter = nullptr;
};

/// Discovery and retries included: an issuer that answers slowly again and again holds a worker no
/// longer than this.
[[nodiscard]] inline std::chrono::milliseconds longest_flight(
    const FlightSettings& settings) noexcept {
  return 2 * settings.total_timeout;
}

/// Where the key set is: configured, or read from a discovery document at `read_at`.
struct Location {
  std::string jwks_uri{};
  std::optional<SteadyTime> read_at{};
  SteadyTime read_again_at{};  ///< not before: the last attempt failed
};

struct Flight {
  std::uint64_t number = 0;  ///< grows with every flight of a source
  FetchCause cause{};
  bool forced = false;  ///< past the caches between us and the issuer
  SteadyTime started_at{};
  Location location{};
  SnapshotPtr held{};  ///< for conditional requests
};

struct FlightResult {
  /// Set in case of failure: `keys_unavailable` with fetch_failed, document_rejected or
  /// discovery_rejected.
  std::optional<Error> error{};
  std::optional<std::chrono::seconds> retry_after{};
  /// The new keys; empty if the held ones were confirmed.
  std::optional<JwkSet> keys{};
  std::shared_ptr<const std::string> document{};  ///< of the new keys
  crypto::Sha256 body_hash{};
  std::string etag{};
  std::string last_modified{};
  Freshness freshness{};
  SteadyTime received_at{};
  Location location{};

  int status = 0;
  std::size_t bytes = 0;
  unsigned requests = 0;  ///< for the key set, retries included
  unsigned discovery_requests = 0;
};

/// Flies. *Failure:* in the result; an exception of the fetcher counts as a failed fetch.
/// *Blocking:* for the network, and up to 300 ms before each retry, in all at most
/// `longest_flight`; ends soon after `stop`.
[[nodiscard]] FlightResult fly(const Flight& flight, const FlightSettings& settings,
                               std::stop_token stop);

}  // namespace source
}  // namespace v0
}  // namespace jwks
