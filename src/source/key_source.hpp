#pragma once

// `KeySource`: one JWK Set URL, kept fresh. The thread shell around `KeySetMachine`.
//
// It has the snapshot published for readers (source/published.hpp), and the state machine behind a
// mutex for whoever finds that something is to be done. Fetches run on the Scheduler's workers;
// callers wait for them with a deadline of their own, and giving up ends their wait, never the
// fetch.
//
// Threading: every member may be called from any thread. No lock is held during I/O, parsing,
// cryptography or a callback. Lifetime: a flight under way keeps the source alive; `close` makes
// its result void. After fork() see jwks_verifier.hpp.

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <set>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "jwks/executor.hpp"
#include "jwks/snapshot_store.hpp"
#include "jwks/stats.hpp"
#include "source/counters.hpp"
#include "source/fork_guard.hpp"
#include "source/key_set_machine.hpp"
#include "source/published.hpp"
#include "source/scheduler.hpp"
#include "source/waiting.hpp"

namespace jwks {
inline namespace v0 {
namespace source {

struct SourceOptions {
  std::string name{};  ///< for events
  FlightSettings flight{};
  std::string jwks_uri{};  ///< empty: by discovery
  std::shared_ptr<Observer> observer{};
  std::shared_ptr<SnapshotStore> store{};
  std::shared_ptr<Executor> executor{};  ///< null: the Scheduler's
};

class KeySource final : public Timed,
                        public ForkAware,
                        public std::enable_shared_from_this<KeySource> {
 public:
  /// Makes a source, and starts the first flight unless background refresh is off.
  [[nodiscard]] static std::shared_ptr<KeySource> start(SourceOptions options);
  ~KeySource() override;
  KeySource(const KeySource&) = delete;
  KeySource& operator=(const KeySource&) = delete;

  /// What may be used now. Starts a background refresh that is due. *Blocking:* never.
  [[nodiscard]] KeysInHand keys_now();

  enum class Wait : std::uint8_t { allowed, never };
  /// Answers a token whose key is not at hand: keys that have something to say about it, or the
  /// reason why there are none. *Blocking:* if allowed, up to `caller_wait`.
  [[nodiscard]] Result<KeysInHand> keys_for(const Inquiry& inquiry, Wait wait);
  /// The same for callers who don't wait: returns what is known now; else calls `park`, and has
  /// what that returns called later, exactly once, by the executor. *Blocking:* never.
  [[nodiscard]] std::optional<Result<KeysInHand>> keys_for(const Inquiry& inquiry,
                                                           const std::function<OnKeys()>& park_as);

  /// Waits until keys may be used. *Failure:* `keys_unavailable` at the deadline, or, if
  /// `fail_fast`, when an attempt fails.
  [[nodiscard]] Result<void> warm_up(std::chrono::milliseconds limit, bool fail_fast);
  /// Has the key set fetched by a flight that starts after the call, and waits for its end.
  [[nodiscard]] Result<void> refresh(std::chrono::milliseconds limit);

  /// See JwksVerifier (key_source_snapshots.cpp).
  [[nodiscard]] Result<std::string> export_snapshot();
  [[nodiscard]] Result<void> import_snapshot(std::string_view text);

  /// As events have it.
  [[nodiscard]] const std::string& name() const noexcept { return name_; }
  [[nodiscard]] Health health();
  /// Fills in what a source knows of them.
  void report(Stats& stats);
  void count_stale_use() noexcept { counters_.count_stale_use(); }
  /// Reports that a token was accepted only because its key had just been fetched.
  void report_recovery(std::string_view key_id);

  /// Aborts the flight under way and wakes every waiter. Held keys go on serving while fresh.
  void close() noexcept;

  void on_timer() noexcept override;

 private:
  class Outbox;  // source/outbox.hpp
  /// Replaced as a whole in a forked child.
  struct Sync {
    std::mutex mutex;                 ///< guards the machine and whatever has no other guard below
    std::condition_variable changed;  ///< changes_ has grown
  };

  explicit KeySource(SourceOptions options);
  [[nodiscard]] SteadyTime now() const noexcept { return settings_.clock->steady_now(); }
  void launch(const Flight& flight) noexcept;
  [[nodiscard]] bool post(const Flight& flight) noexcept;
  void run(Flight& flight) noexcept;
  /// Returns false if the result comes too late.
  bool land(const Flight& flight, FlightResult&& result) noexcept;
  // The SnapshotStore, on a worker (key_source_snapshots.cpp).
  void load_stored() noexcept;
  void save_stored() noexcept;
  void post_save() noexcept;
  [[nodiscard]] bool take_store();
  [[nodiscard]] bool release_store();
  void report_store(Event event) noexcept;
  /// Takes over a set that did not come from a flight, unless the held one is as new: publishes it,
  /// wakes whoever waits for keys, and has the issuer asked if that is due. No lock may be held.
  /// *Failure:* `keys_unavailable{closed}` or `{forked}`.
  [[nodiscard]] Result<void> adopt(Snapshot snapshot);
  /// Shows readers what the machine holds, and returns what they saw before: the last reference to
  /// keys is to go when the lock has been released. Call with the lock held.
  [[nodiscard]] Published<Snapshot>::Replaced show_held() {
    const SnapshotPtr& held = machine_.held();
    if (held == published_.read()) return {};  // a flight that failed: nobody need wait
    return published_.publish(held);
  }
  /// Sets the timer to the next moment that matters, `also` included. Returns false if there is no
  /// timer. Call with the lock held: otherwise an earlier view could replace a later one.
  bool rearm(std::optional<SteadyTime> also = {}) noexcept;
  /// Waits until a flight has ended, or keys came from elsewhere. Returns false at the deadline.
  bool await_change(std::unique_lock<std::mutex>& lock, SteadyTime deadline);
  /// Asks the machine, and launches what it wants launched: the lock is released meanwhile, and
  /// `at` set anew.
  [[nodiscard]] MissStep ask(std::unique_lock<std::mutex>& lock, Miss& miss, SteadyTime& at);
  [[nodiscard]] Result<KeysInHand> answer(MissStep&& step, SteadyTime at, const jose::KeyHint& hint,
                                          Outbox& outbox);

  // Callers without a thread (key_source_waiters.cpp). With the lock held:
  struct Served {
    Waiters waiters{};
    std::optional<Flight> launch{};  ///< what some of the others want launched
  };
  enum class Whom : std::uint8_t { all, late };
  /// Returns false if there is no timer that could end the waiting.
  [[nodiscard]] bool park(Waiters& waiter, const Miss& miss) noexcept;
  /// Takes out those whom the machine has an answer for, or whose time is over; or looks at the
  /// latter only.
  [[nodiscard]] Served serve(Whom whom, SteadyTime at, Outbox& outbox) noexcept;
  [[nodiscard]] bool settle(Waiter& waiter, SteadyTime at, std::optional<Flight>& flight,
                            Outbox& outbox) noexcept;
  // And without it:
  void dismiss(Served&& served) noexcept;

  void before_fork() noexcept override;
  void after_fork_in_parent() noexcept override;
  void after_fork_in_child() noexcept override;

  const std::string name_;
  const std::string jwks_uri_;  ///< as configured
  const FlightSettings settings_;
  const std::shared_ptr<Observer> observer_;
  const std::shared_ptr<SnapshotStore> store_;
  const std::shared_ptr<Executor> executor_;
  const std::shared_ptr<std::atomic<std::uint64_t>> events_dropped_;
  std::stop_source stop_;
  /// Apart, because closing does not stop a save: a key that is known to be withdrawn must not come
  /// back at the next start.
  std::stop_source saving_stop_;
  SourceCounters counters_;

  mutable Sync sync_;
  Published<Snapshot> published_;
  KeySetMachine machine_;
  std::uint64_t changes_ = 0;  ///< flights that ended, sets that were adopted, and the end
  /// Callers that wait, with a thread or without.
  const Seat::Taken waiters_ = std::make_shared<std::atomic<unsigned>>(0);
  Waiters parked_;  ///< those without, by deadline
  bool stale_reported_ = false;
  std::set<ErrorReason> suppressions_reported_{};  ///< since the last flight or change of state
  std::atomic<bool> store_read_ = false;
  struct {
    bool busy = false;         ///< one of its calls is under way
    bool save_wanted = false;  ///< a flight has ended since that began
  } store_use_{};
};

}  // namespace source
}  // namespace v0
}  // namespace jwks
