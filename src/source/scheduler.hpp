#pragma once

// `Scheduler`: the few threads that all key sets of a process share.
//
// One waits for timers, at most four fetch, one delivers events to observers, one runs the
// callbacks of `verify_async`. Each starts when it is first needed. The object is never destroyed;
// an exit handler, registered after OpenSSL's own, stops the threads, because OpenSSL work on a
// thread that outlives it crashes. A forked child has none of the threads and leaves the object
// alone; a new one is made there if it is needed.
//
// Who waits for whom: a URL of an issuer holds one fetching thread at most, all that failed twice
// in a row hold one together, and those that have not answered yet hold three with them. One
// failure may be an accident; it does not put a good issuer behind all dead ones. So an issuer that
// answered one of the last two times finds a thread at once, unless four of its kind have just
// begun to hang. While H issuers hang for the first or the second time, another one waits for at
// most ⌈H/3⌉ flights, each of at most `longest_flight` (flight.hpp), before each of its own; from
// then on they share the one thread for failing ones.
//
// Within a lane those go first whom a caller waits for, then those with the fewest failures in a
// row, then the oldest. The failures of dead issuers add up, so that one which has just failed
// twice waits for the flight under way, not for one of each dead issuer. The exception: while
// callers wait for dead ones and nobody waits for it, it comes after these.
//
// Nothing is called under a lock of this class, a Clock's functions apart.

#include <array>
#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "jwks/clock.hpp"
#include "jwks/observer.hpp"
#include "source/timer_queue.hpp"

namespace jwks {
inline namespace v0 {
namespace source {

/// Which fetch goes first.
enum class Lane : std::uint8_t {
  urgent,    ///< a caller waits for it
  normal,    ///< of an issuer that answered one of the last two times
  unproven,  ///< of an issuer that has not answered yet, or to a snapshot store
  failing,   ///< of an issuer that failed the last two times
};

struct FetchJob {
  std::function<void()> run{};
  std::stop_source stop{};
  Lane lane = Lane::normal;
  /// Issuer and URL, whose fetches don't run at the same time; empty: no matter. Not the issuer
  /// alone: one of its URLs that hangs must not hold up another one that answers.
  std::string place{};
  unsigned failures = 0;  ///< in a row, until now
  bool awaited = false;   ///< somebody waits for it, whatever the next one says
  /// How many callers wait for it. They may come after the job, so it is looked at when a thread is
  /// free. Null: none.
  std::shared_ptr<const std::atomic<unsigned>> waiters{};
};

class Scheduler {
 public:
  [[nodiscard]] static Scheduler& instance();
  /// Initialises OpenSSL and registers the exit handler; to be called before threads are wanted.
  static void prepare_process();
  /// Only for the fork handler.
  static void abandon_in_child() noexcept;

  /// Queues a fetch. Returns false if no thread can run it. *Failure:* may throw std::bad_alloc.
  [[nodiscard]] bool post(FetchJob job);
  /// Sets the one timer of `target`, replacing an earlier one. Returns false if there is no thread
  /// to wait for it. *Failure:* may throw std::bad_alloc, and has then done nothing.
  bool arm(const std::shared_ptr<Timed>& target, const std::shared_ptr<Clock>& clock,
           SteadyTime due);
  void disarm(const Timed& target) noexcept;
  /// Queues an event. When the queue is full the oldest one is dropped and counted in its counter,
  /// and its observer returned: this may be the last reference to it, which must not end under a
  /// lock.
  [[nodiscard]] std::shared_ptr<Observer> post(std::shared_ptr<Observer> observer,
                                               std::shared_ptr<std::atomic<std::uint64_t>> dropped,
                                               Event event);
  /// Queues a callback. Returns false if no thread can run it; a process that exits drops it.
  /// *Failure:* may throw std::bad_alloc, and has then done nothing.
  [[nodiscard]] bool run_soon(const std::function<void()>& callback);

  /// Stops and joins the threads; everything posted later is refused. Waits for the transfers that
  /// it aborts, and at most 2 s for an observer or a callback. Idempotent.
  void shut_down() noexcept;

 private:
  static constexpr std::size_t kMaxWorkers = 4;
  static constexpr std::size_t kMaxEvents = 1024;
  static constexpr std::size_t kLanes = 4;

  struct Thread {
    std::thread handle{};
    bool runs_callbacks = false;  ///< of the application, which nobody can stop
    bool ended = false;
  };
  struct Delivery {
    std::shared_ptr<Observer> observer;
    std::shared_ptr<std::atomic<std::uint64_t>> dropped;
    Event event;
  };
  struct Running {
    std::thread::id thread;
    std::stop_source stop;
    Lane lane;
    std::string place;
  };

  Scheduler() = default;
  ~Scheduler() = default;
  /// Call with the lock held, like the four after it.
  [[nodiscard]] bool start(void (Scheduler::*body)(std::unique_lock<std::mutex>&),
                           bool runs_callbacks);
  void wait_for_timer(std::unique_lock<std::mutex>& lock);
  [[nodiscard]] std::size_t queued_jobs() const noexcept;
  [[nodiscard]] bool admits(const FetchJob& job) const noexcept;
  [[nodiscard]] std::optional<FetchJob> take_job() noexcept;

  // The bodies of the threads. They hold the lock, but for what they run.
  void run_timers(std::unique_lock<std::mutex>& lock);
  void run_fetches(std::unique_lock<std::mutex>& lock);
  void run_events(std::unique_lock<std::mutex>& lock);
  void run_callbacks(std::unique_lock<std::mutex>& lock);

  std::mutex mutex_;
  bool stopping_ = false;
  std::list<Thread> threads_;
  std::condition_variable thread_ended_;

  std::condition_variable timers_changed_;
  TimerQueue timers_;
  bool timer_thread_ = false;

  std::condition_variable jobs_changed_;
  std::array<std::deque<FetchJob>, kLanes> jobs_;
  std::vector<Running> running_;
  std::size_t workers_ = 0;
  std::size_t idle_workers_ = 0;

  std::condition_variable events_changed_;
  std::deque<Delivery> events_;
  bool event_thread_ = false;

  std::condition_variable callbacks_changed_;
  std::deque<std::function<void()>> callbacks_;
  bool callback_thread_ = false;
};

}  // namespace source
}  // namespace v0
}  // namespace jwks
