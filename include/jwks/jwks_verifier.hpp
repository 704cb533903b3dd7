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
// whose key is known does not wait for the network, but when nobody has asked the issuer for longer
// than the keys' TTL (an idle process without background refresh): then the issuer is asked first.
// The algorithm is pinned to the key. In an outage the last good keys serve for a bounded time,
// then the answer is `keys_unavailable`.
//
// Threading: every member is const and may be called from any thread. No lock is held during I/O,
// parsing or cryptography. Background work runs on threads that all verifiers of a process share.
// Lifetime: destroying a verifier, even inside one of its callbacks, aborts its transfer and wakes
// its waiters. Of several that share their keys (`sharing_keys`) the last one does; until then
// those who wait with one that is gone get their answer as if it were there. At process exit the
// threads are joined before OpenSSL is torn down. After fork() the child verifies with the keys it
// holds; where it would need the network it answers `keys_unavailable{forked}`: create a new
// verifier in the child instead.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "jwks/cache_options.hpp"
#include "jwks/clock.hpp"
#include "jwks/executor.hpp"
#include "jwks/export.hpp"
#include "jwks/fetcher.hpp"
#include "jwks/jwk_set.hpp"
#include "jwks/observer.hpp"
#include "jwks/policy.hpp"
#include "jwks/presentation.hpp"
#include "jwks/result.hpp"
#include "jwks/snapshot_store.hpp"
#include "jwks/stats.hpp"
#include "jwks/verified_token.hpp"
#include "jwks/verify.hpp"

namespace jwks {
inline namespace v0 {

/// Where the key set is, if its URL is not given.
enum class KeySetLocation : std::uint8_t {
  discovery,        ///< in the issuer's discovery document (OpenID Connect, then RFC 8414)
  well_known_jwks,  ///< at `{issuer without trailing slash}/.well-known/jwks.json`
};

/// A cache of verified tokens: a token that was seen before costs no signature check. What may have
/// changed is checked at every use: times, binding, scopes, replay, validators, and that the key
/// set is still the same. Only accepted tokens are kept, for at most 5 minutes.
struct TokenCacheOptions {
  std::size_t max_entries = 0;  ///< 0: off; at most 1 000 000
  /// Memory of all entries: 64 KiB … 1 GiB.
  std::size_t max_bytes = std::size_t{16} * 1024 * 1024;
};

struct VerifierOptions {
  /// Expected "iss", and the base of discovery (OpenID Connect Discovery 1.0 §4). Required, unless
  /// `jwks_uri` is given and `validation.allow_any_issuer` set.
  std::string issuer{};
  /// Accepted audiences. Required, unless `validation.allow_any_audience`.
  std::vector<std::string> audiences{};
  /// URL of the JWK Set, if it is known; else `location` says how to find it.
  std::string jwks_uri{};
  KeySetLocation location = KeySetLocation::discovery;
  /// Everything else about tokens. Its `issuer` and `audiences` are taken from above when empty.
  ValidationOptions validation{};
  CacheOptions cache{};
  HttpOptions http{};
  TokenCacheOptions token_cache{};
  /// Keeps the key set over a restart; empty: nothing does. See jwks/snapshot_store.hpp.
  std::shared_ptr<SnapshotStore> snapshot_store{};

  // Seams; empty: the library's own.
  std::shared_ptr<Fetcher> fetcher{};
  std::shared_ptr<Clock> clock{};
  std::shared_ptr<Observer> observer{};
  std::shared_ptr<Executor> executor{};
  /// Source of jitter in [0, 1); empty: random. Called under a lock: it must not call back.
  double (*jitter)() noexcept = nullptr;
};

/// Receives the outcome of `verify_async`. What it throws is ignored.
using VerifyCallback = std::function<void(Result<VerifiedToken>)>;

/// What `warm_up` does about an issuer that fails.
enum class WarmUp : std::uint8_t {
  keep_trying,  ///< until the deadline
  fail_fast,    ///< the first failed attempt ends it
};

class JWKS_API JwksVerifier {
 public:
  /// Checks the options and starts loading keys in the background; never waits for the issuer.
  /// *Failure:* `bad_config` with the option as its subject.
  [[nodiscard]] static Result<JwksVerifier> create(VerifierOptions options);
  /// A verifier of static keys: no URL, no thread. `validation` as in the pure core.
  [[nodiscard]] static Result<JwksVerifier> create_static(JwkSet keys, ValidationOptions validation,
                                                          std::shared_ptr<Clock> clock = {});

  /// Another verifier of the same keys, for another kind of tokens of the same issuer: one cache,
  /// one set of limits, and one flight for both. Results and the cache of tokens are its own; of
  /// verifiers that share their keys give `open_metrics` only one. `validation` without an issuer
  /// (and without `allow_any_issuer`) has that of this verifier. *Failure:* `bad_config` with the
  /// option as its subject: another issuer, or as by `create`.
  [[nodiscard]] Result<JwksVerifier> sharing_keys(ValidationOptions validation) const noexcept;

  JwksVerifier(JwksVerifier&&) noexcept;
  JwksVerifier& operator=(JwksVerifier&&) noexcept;
  ~JwksVerifier();

  /// Verifies a token. `presentation` is how it came, for tokens that are bound to a key of their
  /// sender. *Blocking:* only if its key is not held, or was not confirmed within its TTL and the
  /// issuer is not known to be down: at most `caller_wait`.
  [[nodiscard]] Result<VerifiedToken> verify(std::string_view token,
                                             const Presentation& presentation = {}) const noexcept;
  /// Verifies a token with what is held now. *Blocking:* never; does no I/O. An unknown kid starts
  /// a refresh in the background if one is admitted, and answers `unknown_key` at once; keys that
  /// were not confirmed within their TTL start one too, and answer `keys_unavailable{unproven}`.
  [[nodiscard]] Result<VerifiedToken> verify_cached(
      std::string_view token, const Presentation& presentation = {}) const noexcept;

  /// Verifies a token without ever blocking the caller. Where `verify` would not wait, `callback`
  /// is called before this returns; otherwise it is handed to the executor, at most `caller_wait`
  /// later. It is called exactly once, also when the verifier is closed, destroyed (it may be,
  /// inside a callback) or removed meanwhile, and never under a lock. Only a process that exits or
  /// forks drops what waits. The library's own executor is one thread: a callback that blocks
  /// delays all others. What waits, for keys or for its callback to begin, counts as a waiter
  /// (`CacheOptions::max_waiters`). The token and the presentation are copied as far as they are
  /// needed after the return. *Failure:* as `verify`.
  void verify_async(std::string_view token, VerifyCallback callback,
                    const Presentation& presentation = {}) const noexcept;

  /// Waits until keys are held, at most `deadline`. *Failure:* `keys_unavailable`.
  [[nodiscard]] Result<void> warm_up(std::chrono::milliseconds deadline,
                                     WarmUp mode = WarmUp::keep_trying) const noexcept;
  /// Fetches the key set now and waits for it, at most `deadline`. Not rate-limited: for operators.
  [[nodiscard]] Result<void> refresh(std::chrono::milliseconds deadline) const noexcept;

  /// The held key set as a text, for another process or a later one; the same as a SnapshotStore
  /// gets. *Failure:* `keys_unavailable` if nothing is held (or it expired), `bad_config` for
  /// static keys.
  [[nodiscard]] Result<std::string> export_snapshot() const noexcept;
  /// Takes over a key set that `export_snapshot` of a verifier with the same issuer and `jwks_uri`
  /// made, unless the held one is as new. It is trusted no longer than it was there: by the wall
  /// clock, because a steady clock ends with its process. The issuer is asked in the background.
  /// *Failure:* `keys_unavailable{snapshot_rejected}`: damaged, foreign, expired, from the future,
  /// or without a usable key; `{closed}`; `bad_config` for static keys.
  [[nodiscard]] Result<void> import_snapshot(std::string_view snapshot) const noexcept;

  /// Of these three: *Failure:* may throw std::bad_alloc.
  [[nodiscard]] Health health() const;
  [[nodiscard]] Stats stats() const;
  [[nodiscard]] SourceMetrics metrics() const;

  /// Stops background work and wakes all waiters with `keys_unavailable{closed}`, also of the
  /// verifiers that share the keys. Idempotent.
  void close() const noexcept;

 private:
  struct State;
  struct Lease;
  JwksVerifier(std::shared_ptr<State> state, std::shared_ptr<const Lease> lease) noexcept;
  std::shared_ptr<State> state_;
  std::shared_ptr<const Lease> lease_;  ///< the last one closes the source of the keys
};

}  // namespace v0
}  // namespace jwks
