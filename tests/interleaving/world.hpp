#pragma once

// `World`: everything around a `KeySetMachine`, without a thread: callers, workers, the timer,
// operators, sets from elsewhere, the issuer, the time and the end. What they do is cut into steps
// exactly where `KeySource` takes or releases its lock; a seeded scheduler picks who makes the next
// one. After every step the oracle looks at everything.

#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <random>
#include <sstream>
#include <string>
#include <vector>

#include "interleaving/oracle.hpp"

namespace interleaving {

/// The dice of one schedule.
class Dice {
 public:
  explicit Dice(std::uint64_t seed) : engine_(seed) {}
  [[nodiscard]] unsigned below(unsigned limit) { return static_cast<unsigned>(engine_() % limit); }
  [[nodiscard]] bool percent(unsigned chance) { return below(100) < chance; }
  template <class T>
  [[nodiscard]] T any(std::initializer_list<T> choices) {
    return choices.begin()[below(static_cast<unsigned>(choices.size()))];
  }

 private:
  std::mt19937_64 engine_;
};

class World {
 public:
  /// `trace`: one line per step goes there, if it is not null.
  World(std::uint64_t seed, std::vector<std::string>* trace);
  /// Runs the whole schedule. *Failure:* throws Violation.
  void run();

 private:
  // Who does what, up to the next point where the lock is free.
  enum class CallerAt : std::uint8_t { look, look_again, enter, ask, posting, parked, done };
  enum class How : std::uint8_t { waits, cached };
  struct Caller {
    CallerFacts facts{};
    How how{};
    CallerAt at = CallerAt::look;
    std::optional<jwks::source::Flight> posts{};
    std::optional<jwks::source::KeysInHand> keys{};
    bool accepted = false;
    jwks::ErrorCode refusal{};
    bool forged = false;  ///< the signature fits no key
    jwks::source::Inquiry inquiry{};
    jwks::source::Miss miss{};
    std::uint64_t seen_changes = 0;
    bool notified = false;
  };
  enum class FlightAt : std::uint8_t {
    queued,
    asking,    ///< on its way to the issuer
    answered,  ///< on its way back
    received,  ///< to be judged under the lock
    showing,   ///< taken, and not yet shown to readers
    notifying,
    rearming,
    done,
  };
  struct Flying {
    jwks::source::Flight flight{};
    FlightAt at = FlightAt::queued;
    Oracle::Landing landing{};
    bool lost = false;  ///< its worker comes back after a minute
    std::optional<SteadyTime> taken_up_at{};
  };
  enum class OperatorAt : std::uint8_t { loop, parked, posting, done };
  struct Operator {
    OperatorAt at = OperatorAt::loop;
    std::optional<std::uint64_t> newest_before{};
    std::optional<jwks::source::Flight> posts{};
    std::uint64_t seen_changes = 0;
    bool notified = false;
    SteadyTime deadline{};
  };
  enum class ActorAt : std::uint8_t { idle, showing, notifying, posting, rearming };
  /// The timer's thread, and whoever brings a set from elsewhere.
  struct Actor {
    ActorAt at = ActorAt::idle;
    std::optional<jwks::source::Flight> posts{};
  };

  struct Step {
    unsigned weight = 0;
    std::function<void()> run;
  };

  // world.cpp: the scheduler, the issuer, the time and the end of a schedule
  void choose_options();
  void make_step();
  void collect_world_steps();
  void offer(unsigned weight, std::function<void()> run);
  void publish(Content content);
  void advance();
  void epilogue();
  void drain();
  [[nodiscard]] const Caller& ask_for(unsigned kid);
  void refresh_by_operator();
  void check_nobody_sleeps() const;
  template <class... Parts>
  void note(const Parts&... parts) {
    if (trace_ == nullptr) return;
    std::ostringstream line;
    (line << ... << parts);
    trace_->push_back(line.str());
  }

  // shell.cpp: what KeySource does
  void collect_shell_steps();
  Caller& new_caller(unsigned kid, How how);
  [[nodiscard]] bool runnable(const Caller& caller) const;
  void run_caller(Caller& caller);
  void look(Caller& caller);
  void look_under_lock(Caller& caller);
  void judge(Caller& caller);
  void ask(Caller& caller);
  void wake(Caller& caller);
  void give_up(Caller& caller, bool waited);
  void answer(Caller& caller, const jwks::source::MissStep& step, Asked asked);
  [[nodiscard]] bool runnable(const Operator& op) const;
  void run_operator(Operator& op);
  void operate(Operator& op);
  void close();
  void observe();

  // network.cpp: workers, the timer, and sets from elsewhere
  void post(std::optional<jwks::source::Flight>& flight);
  [[nodiscard]] bool runnable(const Flying& flying) const;
  void run_flight(Flying& flying);
  void take_up(Flying& flying);
  void ask_issuer(Flying& flying);
  void land(Flying& flying);
  void show();
  void notify();
  void rearm();
  void run_timer();
  void import_something();
  void run_importer();

  Dice dice_;
  std::vector<std::string>* trace_;
  jwks::CacheOptions options_{};
  double jitter_ = 0;
  std::optional<Oracle> oracle_{};
  std::optional<jwks::source::KeySetMachine> machine_{};

  SteadyTime now_{std::chrono::hours(1)};
  struct Published {
    SteadyTime at{};
    Content content = 0;
  };
  std::vector<Published> history_{};  ///< of the issuer; never empty
  unsigned failing_percent_ = 0;
  unsigned lost_percent_ = 0;
  unsigned time_weight_ = 0;
  bool healthy_ = false;  ///< answers everything, at once

  // The members of KeySource.
  bool locked_ = false;  ///< somebody is between two steps that the lock holds together
  jwks::source::SnapshotPtr shown_{};
  std::uint64_t changes_ = 0;
  unsigned waiters_ = 0;
  std::optional<SteadyTime> armed_{};

  std::vector<Step> steps_{};  ///< that can be made now
  std::deque<Caller> callers_{};
  std::deque<Flying> flights_{};
  std::deque<Operator> operators_{};
  Actor timer_{};
  Actor importer_{};
  bool closing_ = false;  ///< closed, and nobody has been told yet
  jwks::KeySetState observed_ = jwks::KeySetState::empty;
};

}  // namespace interleaving
