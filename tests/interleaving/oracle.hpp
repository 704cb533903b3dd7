#pragma once

// `Oracle`: what has to be true of a key source, kept beside it and apart from it.
//
// The world tells it every event in the order in which it happens; it works out the state, the
// limits and the answers from KEY_SOURCE's rules in a way of its own, and throws `Violation` where
// the machine decides otherwise. It never asks the machine for what it can know by itself.

#include <array>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>

#include "interleaving/keys.hpp"
#include "jwks/cache_options.hpp"
#include "source/key_set_machine.hpp"

namespace interleaving {

using jwks::SteadyTime;
using Duration = jwks::SteadyClock::duration;

/// Orders events, also those of one point in time.
using Tick = std::uint64_t;

struct Violation : std::runtime_error {
  using std::runtime_error::runtime_error;
};
inline void require(bool condition, const char* rule) {
  if (!condition) throw Violation(rule);
}

/// Where an answer came from.
enum class Asked : std::uint8_t { machine, gave_up, turned_away };

/// Tells whether these keys hold one for the kid, be it in its grace.
[[nodiscard]] bool has_key(const jwks::source::KeysInHand& keys, unsigned kid);

/// What the oracle knows of one caller.
struct CallerFacts {
  unsigned kid = 0;
  std::uint64_t distrusts = 0;  ///< generation of a set whose key did not fit the token
  SteadyTime deadline{};
  bool may_wait = true;
  Tick came = 0;                ///< when it first asked for its key
  std::uint64_t waits_for = 0;  ///< number of a flight; 0: none
  bool sees_an_end = false;     ///< that flight has ended since it last asked
  bool saw_an_end = false;      ///< at least once
  unsigned launched = 0;        ///< flights
  unsigned answers = 0;
};

class Oracle {
 public:
  Oracle(const jwks::CacheOptions& options, double jitter) : options_(options), jitter_(jitter) {}

  // The issuer.
  void published(Content content) noexcept;

  // Flights.
  /// `by` is the caller who launched it; null for the timer, an operator, or a caller in passing.
  void began(const jwks::source::Flight& flight, SteadyTime now, CallerFacts* by);
  void taken_up(std::uint64_t number, SteadyTime now) noexcept;
  /// The issuer's answer to a flight: `content` is empty if it failed.
  struct Landing {
    std::uint64_t number = 0;
    std::optional<Content> content{};
    Duration ttl{};
    Duration age{};
    Duration retry_after{};
    SteadyTime received_at{};
  };
  /// `taken` is what the machine said to it.
  void landed(const Landing& landing, bool taken, SteadyTime now);

  void imported(const jwks::source::Snapshot& snapshot, bool taken, SteadyTime now);
  void closed() noexcept {
    offline_ = true;
    current_ = 0;
  }

  // Callers.
  /// Checks keys that are used without asking: `snapshot` was chosen at `now`.
  void used(unsigned kid, const jwks::source::KeysInHand& keys, SteadyTime now) const;
  /// The caller looks again, or for the first time.
  void asks(CallerFacts& caller) noexcept;
  void told_to_wait(CallerFacts& caller, SteadyTime now) const;
  void answered(CallerFacts& caller, const jwks::source::MissStep& step, Asked asked,
                SteadyTime now);
  void gave_up(SteadyTime now);  ///< somebody waited his whole time

  /// Compares everything that the machine shows with what is known.
  void check(const jwks::source::KeySetMachine& machine, SteadyTime now) const;

  [[nodiscard]] jwks::KeySetState state(SteadyTime now) const noexcept;
  [[nodiscard]] bool flying(SteadyTime now) const noexcept;
  [[nodiscard]] bool backing_off(SteadyTime now) const noexcept {
    return backoff_until_ && now < *backoff_until_;
  }
  /// Tells whether a flight for this caller is admitted now.
  [[nodiscard]] bool admits(const CallerFacts& caller, SteadyTime now) const noexcept;
  /// When the time alone calls for a flight; empty while one is under way or lost, or for good.
  [[nodiscard]] std::optional<SteadyTime> due_at(SteadyTime now) const noexcept;
  [[nodiscard]] bool remembered_as_absent(unsigned kid, SteadyTime now) const noexcept;
  [[nodiscard]] bool is_offline() const noexcept { return offline_; }

 private:
  struct Held {
    Content content = 0;
    std::uint64_t generation = 0;
    std::uint64_t number = 0;  ///< of this set and its times
    SteadyTime validated_at{};
    SteadyTime soft_at{};
    SteadyTime fresh_until{};
    SteadyTime stale_until{};
  };
  [[nodiscard]] Tick tick() noexcept { return ++tick_; }
  void hold(Held next, SteadyTime now) noexcept;
  [[nodiscard]] bool in_grace(unsigned kid, SteadyTime now) const noexcept;
  [[nodiscard]] bool bucket_admits(SteadyTime now) const noexcept;
  [[nodiscard]] bool may_ask(const CallerFacts& caller) const noexcept {
    return options_.kid_miss_refresh || caller.distrusts != 0;
  }
  [[nodiscard]] bool knows(const CallerFacts& caller) const noexcept {
    return held_ && holds(held_->content, caller.kid) && held_->generation != caller.distrusts;
  }
  /// Tells whether the issuer has answered, after the caller came, that it has nothing for it.
  [[nodiscard]] bool answered_by_issuer(const CallerFacts& caller) const noexcept {
    return last_success_began_ > caller.came && !knows(caller);
  }
  void check_refusal(const CallerFacts& caller, const jwks::Error& error, Asked asked,
                     SteadyTime now);

  const jwks::CacheOptions options_;
  const double jitter_;
  Tick tick_ = 0;
  bool offline_ = false;

  std::optional<Held> held_{};
  std::uint64_t newest_ = 0;
  std::uint64_t finished_ = 0;
  std::uint64_t current_ = 0;  ///< the flight under way; 0: none
  std::optional<SteadyTime> taken_up_at_{};
  Tick current_began_ = 0;
  std::optional<Held> current_began_with_{};  ///< what was held at that moment
  Tick last_success_began_ = 0;

  bool failed_last_ = false;
  unsigned failures_ = 0;
  std::optional<SteadyTime> backoff_until_{};
  std::optional<SteadyTime> unreachable_at_{};
  std::optional<SteadyTime> forced_at_{};
  /// The bucket by its other definition, virtual scheduling (ITU-T I.371): when it is full again.
  std::optional<SteadyTime> bucket_full_at_{};

  Content at_issuer_ = 0;
  std::array<Tick, kKids> removed_{};    ///< when the issuer took it away; 0: it did not
  std::array<bool, kKeys> forbidden_{};  ///< a flight begun after the removal came back without it
  std::array<std::optional<SteadyTime>, kKeys> grace_until_{};  ///< at the latest
  struct Absence {
    std::uint64_t generation = 0;
    SteadyTime until{};
  };
  std::array<std::optional<Absence>, kKids> absent_{};
};

}  // namespace interleaving
