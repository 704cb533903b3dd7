#pragma once

// `JwksVerifier`: verifies tokens of one issuer against the key set that the issuer publishes.
//
//   auto verifier = jwks::JwksVerifier::create(
//       {.issuer = "https://issuer.example.com", .audiences = {"orders-api"}});
//   if (auto token = verifier->verify(bearer)) serve(token->claims().subject());
//
// Keys: found by discovery (or at `jwks_uri`), cached whole behind a `std::shared_mutex`, refreshed
// in the background before they expire, and once more when a token names a kid that is not there
// (rate-limited; everyone who needs it shares the one flight; exactly one re-verification). A token
// whose key is known never waits for the network. The algorithm is pinned to the key. In an outage
// the last good keys serve for a bounded time, then the answer is `keys_unavailable`.
//
// Threading: every member is const and may be called from any thread. No lock is held during I/O,
// parsing or cryptography. Background work runs on threads that all verifiers of a process share.
// Lifetime: destroying a verifier, even inside one of its callbacks, aborts its transfer and wakes
// its waiters. At process exit the threads are joined before OpenSSL is torn down. After fork() the
// child verifies with the keys it holds; where it would need the network it answers
// `keys_unavailable{forked}`: create a new verifier in the child instead.

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "jwks/cache_options.hpp"
#include "jwks/clock.hpp"
#include "jwks/export.hpp"
#include "jwks/fetcher.hpp"
#include "jwks/jwk_set.hpp"
#include "jwks/observer.hpp"
#include "jwks/policy.hpp"
#include "jwks/presentation.hpp"
#include "jwks/result.hpp"
#include "jwks/verified_token.hpp"
#include "jwks/verify.hpp"

namespace jwks {
inline namespace v0 {

struct VerifierOptions {
  /// Expected "iss", and the base of discovery (OpenID Connect Discovery 1.0 §4). Required.
  std::string issuer{};
  /// Accepted audiences. Required, unless `validation.allow_any_audience`.
  std::vector<std::string> audiences{};
  /// URL of the JWK Set, if it is known; else it comes from discovery.
  std::string jwks_uri{};
  /// Everything else about tokens. Its `issuer` and `audiences` are taken from above when empty.
  ValidationOptions validation{};
  CacheOptions cache{};
  HttpOptions http{};

  // Seams; empty: the library's own.
  std::shared_ptr<Fetcher> fetcher{};
  std::shared_ptr<Clock> clock{};
  std::shared_ptr<Observer> observer{};
  /// Source of jitter in [0, 1); empty: random. Called under a lock: it must not call back.
  double (*jitter)() noexcept = nullptr;
};

/// Counters since creation.
struct Stats {
  std::uint64_t accepted = 0;
  std::uint64_t refused = 0;
  std::uint64_t unavailable = 0;
  std::uint64_t fetches = 0;  ///< HTTP requests for the key set, retries included
  std::uint64_t fetch_failures = 0;
  std::uint64_t discovery_fetches = 0;
  std::uint64_t kid_misses = 0;
  std::uint64_t negative_hits = 0;
  std::uint64_t refreshes_suppressed = 0;
  std::uint64_t stale_verifications = 0;
  std::uint64_t events_dropped = 0;
};

class JWKS_API JwksVerifier {
 public:
  /// Checks the options and starts loading keys in the background; never waits for the issuer.
  /// *Failure:* `bad_config` with the option as its subject.
  [[nodiscard]] static Result<JwksVerifier> create(VerifierOptions options);
  /// A verifier of static keys: no URL, no thread. `validation` as in the pure core.
  [[nodiscard]] static Result<JwksVerifier> create_static(JwkSet keys, ValidationOptions validation,
                                                          std::shared_ptr<Clock> clock = {});

  JwksVerifier(JwksVerifier&&) noexcept;
  JwksVerifier& operator=(JwksVerifier&&) noexcept;
  ~JwksVerifier();

  /// Verifies a token. `presentation` is how it came, for tokens that are bound to a key of their
  /// sender. *Blocking:* only if its key is not held: at most `caller_wait`.
  [[nodiscard]] Result<VerifiedToken> verify(std::string_view token,
                                             const Presentation& presentation = {}) const noexcept;
  /// Verifies a token with what is held now. *Blocking:* never; does no I/O. An unknown kid starts
  /// a refresh in the background if one is admitted, and answers `unknown_key` at once.
  [[nodiscard]] Result<VerifiedToken> verify_cached(
      std::string_view token, const Presentation& presentation = {}) const noexcept;

  /// Waits until keys are held, at most `deadline`. *Failure:* `keys_unavailable`.
  [[nodiscard]] Result<void> warm_up(std::chrono::milliseconds deadline) const noexcept;
  /// Fetches the key set now and waits for it, at most `deadline`. Not rate-limited: for operators.
  [[nodiscard]] Result<void> refresh(std::chrono::milliseconds deadline) const noexcept;

  [[nodiscard]] Health health() const;
  [[nodiscard]] Stats stats() const noexcept;

  /// Stops background work and wakes all waiters with `keys_unavailable{closed}`. Idempotent.
  void close() const noexcept;

 private:
  struct State;
  explicit JwksVerifier(std::unique_ptr<State> state) noexcept;
  std::unique_ptr<State> state_;
};

}  // namespace v0
}  // namespace jwks
