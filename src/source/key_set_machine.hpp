#pragma once

// The state machine of a key set: pure. Events and a time go in, decisions come out; there is no
// thread, no lock, no I/O and no clock in here, so that every rule can be tested by itself.
//
// What it knows: the held snapshot, the flight under way, how the last one ended, and the limits on
// forced refreshes. The state is computed from these and the time, never stored. `KeySource` is the
// shell that carries out what this decides.

#include <cstdint>
#include <optional>
#include <utility>

#include "jose/pre_check.hpp"
#include "jwks/cache_options.hpp"
#include "source/flight.hpp"
#include "source/limits.hpp"
#include "source/siphash.hpp"
#include "source/snapshot.hpp"

namespace jwks {
inline namespace v0 {
namespace source {

/// What is wanted of the issuer.
struct Inquiry {
  jose::KeyHint hint{};
  /// Generation of a set whose key did not verify the token's signature; only another one is an
  /// answer (CacheOptions::bad_signature_refresh). 0: any set that knows the key.
  std::uint64_t distrusted = 0;
};

/// One caller whose token names a key that it does not have, from its first look to its answer.
struct Miss {
  const Inquiry* inquiry = nullptr;
  std::uint64_t hash = 0;           ///< keyed, of the kid
  std::uint64_t newest_before = 0;  ///< number of the newest flight when the caller came
  std::uint64_t joined = 0;         ///< number of the flight that it waits for; 0: none
  bool second_round = false;        ///< has seen the end of a flight older than itself
};

/// What a caller does next.
struct MissStep {
  enum class Kind : std::uint8_t {
    use,     ///< verify with `keys`
    refuse,  ///< answer with `error`
    wait,    ///< until flight `joined` has ended; if `launch` is set, launch that one first
  };
  Kind kind{};
  KeysInHand keys{};
  std::optional<Error> error{};
  std::optional<Flight> launch{};
};

class KeySetMachine {
 public:
  /// A flight that takes `lost_after` has lost its worker: its timeouts add up to less.
  KeySetMachine(const CacheOptions& options, Location location, Jitter jitter, SipHashKey hash_key,
                SteadyClock::duration lost_after = std::chrono::seconds(60))
      : options_(options),
        location_(std::move(location)),
        jitter_(jitter),
        hash_key_(hash_key),
        lost_after_(lost_after),
        bucket_(options.forced_refresh_burst, options.forced_refresh_interval) {}

  // Reading.
  [[nodiscard]] KeySetState state(SteadyTime now) const noexcept;
  [[nodiscard]] const SnapshotPtr& held() const noexcept { return held_; }
  /// What may be used without waiting; no snapshot if nothing may.
  [[nodiscard]] KeysInHand in_hand(SteadyTime now) const;
  [[nodiscard]] const std::optional<Error>& last_error() const noexcept { return last_error_; }
  [[nodiscard]] bool flying(SteadyTime now) const noexcept;
  [[nodiscard]] std::uint64_t newest_flight() const noexcept { return newest_; }
  [[nodiscard]] std::uint64_t finished_flight() const noexcept { return finished_; }
  /// Tells whether the newest attempt failed.
  [[nodiscard]] bool failing() const noexcept { return last_error_.has_value(); }
  [[nodiscard]] std::optional<ErrorReason> offline() const noexcept { return offline_; }
  [[nodiscard]] unsigned consecutive_failures() const noexcept { return backoff_.failures(); }
  [[nodiscard]] unsigned bucket_tokens(SteadyTime now) const noexcept {
    return bucket_.tokens(now);
  }
  [[nodiscard]] std::size_t negative_entries(SteadyTime now) const noexcept {
    return negative_.size(now);
  }

  // Flights.
  /// The flight that the time alone calls for, begun; empty if none is due or admitted.
  [[nodiscard]] std::optional<Flight> begin_due(SteadyTime now);
  /// Begins an operator's flight, whatever the limits say; empty if one is under way or offline.
  [[nodiscard]] std::optional<Flight> begin_manual(SteadyTime now);
  /// Tells that a worker has taken the flight up; from here on it may be given up as lost.
  void taken_up(std::uint64_t number, SteadyTime now) noexcept;
  /// Takes a flight's result. Returns false, and changes nothing, if another one has taken its
  /// place or the source is offline.
  bool finish(const Flight& flight, FlightResult&& result, SteadyTime now);
  /// Ends a flight whose result could not be taken, for want of memory.
  void crash(std::uint64_t number, SteadyTime now) noexcept;
  /// When something will be due or the state will change by itself; empty: never.
  [[nodiscard]] std::optional<SteadyTime> next_wakeup(SteadyTime now) const;
  /// When the next attempt of the background is due, if it is not under way.
  [[nodiscard]] std::optional<SteadyTime> next_attempt(SteadyTime now) const;

  // Misses (KEY_SOURCE section 4).
  /// `inquiry` must outlive the result.
  [[nodiscard]] Miss begin_miss(const Inquiry& inquiry) const noexcept;
  [[nodiscard]] MissStep next(Miss& miss, SteadyTime now);
  /// The answer for a caller who can't wait (any longer). `waited`: it has waited its whole time,
  /// so that the issuer counts as unreachable.
  [[nodiscard]] MissStep give_up(const Miss& miss, SteadyTime now, bool waited);
  /// The answer for one caller too many.
  [[nodiscard]] MissStep turn_away(SteadyTime now) const;

  /// `keys_unavailable` with what the newest attempt failed of, and when to come back.
  [[nodiscard]] Error outage(SteadyTime now) const;
  /// The same for a caller who took no part in that attempt.
  [[nodiscard]] Error backing_off(SteadyTime now) const;

  /// Takes over a set that did not come from a flight. Returns false, and changes nothing, if the
  /// held one was vouched for later or at the same time, or the source is offline.
  bool import(Snapshot snapshot, SteadyTime now);

  /// Ends all fetching for good: `closed` or `forked`. Results of flights under way are dropped.
  void go_offline(ErrorReason reason) noexcept;

  /// Tells of a change of state since the last call, once.
  [[nodiscard]] std::optional<std::pair<KeySetState, KeySetState>> observe(SteadyTime now);

 private:
  [[nodiscard]] Flight begin(FetchCause cause, SteadyTime now);
  [[nodiscard]] bool lately_unreachable(SteadyTime now) const noexcept;
  [[nodiscard]] MissStep suppress(SteadyTime now, SteadyClock::duration delay) const;
  [[nodiscard]] MissStep launch(Miss& miss, FetchCause cause, SteadyTime now);
  void fail(const Error& error, SteadyTime now, std::chrono::seconds retry_after) noexcept;
  void publish(const Flight& flight, FlightResult&& result, SteadyTime now);
  void hold(Snapshot next, SteadyTime now);
  void keep_removed(Snapshot& next, SteadyTime now) const;
  [[nodiscard]] bool has_answer(const Inquiry& inquiry, SteadyTime now) const;
  [[nodiscard]] Error unavailable(ErrorReason reason, SteadyTime now) const;
  [[nodiscard]] double random() const noexcept;

  CacheOptions options_;
  Location location_;
  Jitter jitter_;
  SipHashKey hash_key_;
  SteadyClock::duration lost_after_;

  SnapshotPtr held_{};
  std::uint64_t newest_ = 0;    ///< number of the newest flight begun
  std::uint64_t finished_ = 0;  ///< number of the newest flight that ended
  std::uint64_t flying_ = 0;    ///< number of the flight under way; 0: none
  std::optional<SteadyTime> flying_since_{};
  std::optional<Error> last_error_{};           ///< of the newest attempt; empty if it succeeded
  std::optional<SteadyTime> unreachable_at_{};  ///< latest sign that the issuer can't be reached
  std::optional<SteadyTime> forced_at_{};       ///< start of the last forced flight
  std::optional<ErrorReason> offline_{};
  Backoff backoff_{};
  TokenBucket bucket_;
  NegativeCache negative_{};
  KeySetState observed_ = KeySetState::empty;
};

/// Tells whether keys of this state are used without asking the issuer first.
[[nodiscard]] constexpr bool usable_at_once(KeySetState state) noexcept {
  return state == KeySetState::fresh || state == KeySetState::refresh_due ||
         state == KeySetState::stale;
}

/// Tells whether `verify` would find something in the set to say about this token, be it that the
/// key must not be used.
[[nodiscard]] bool answers(const JwkSet& keys, const jose::KeyHint& hint);

}  // namespace source
}  // namespace v0
}  // namespace jwks
