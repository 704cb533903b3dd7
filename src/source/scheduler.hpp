#pragma once

// `Scheduler`: the few threads that all key sets of a process share.
//
// One waits for timers, at most four fetch, one delivers events to observers. Each starts when it
// is first needed. The object is never destroyed; an exit handler, registered after OpenSSL's own,
// stops the threads, because OpenSSL work on a thread that outlives it crashes. A forked child has
// none of the threads and leaves the object alone; a new one is made there if it is needed.
//
// Nothing is called under a lock of this class, a Clock's `wait_until` apart.

#include <array>
#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <stop_token>
#include <thread>
#include <vector>

#include "jwks/clock.hpp"
#include "jwks/observer.hpp"

namespace jwks {
inline namespace v0 {
namespace source {

/// Something with a timer.
class Timed {
 public:
  virtual void on_timer() noexcept = 0;

 protected:
  Timed() = default;
  Timed(const Timed&) = default;
  Timed& operator=(const Timed&) = default;
  virtual ~Timed() = default;
};

/// Which fetch goes first. All failing sources together hold one worker at most, so that dead
/// issuers can't starve living ones.
enum class Lane : std::uint8_t { urgent, normal, failing };

struct FetchJob {
  std::function<void()> run{};
  std::stop_source stop{};
  Lane lane = Lane::normal;
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
  /// Sets the one timer of `target`, replacing an earlier one.
  void arm(const std::shared_ptr<Timed>& target, std::shared_ptr<Clock> clock, SteadyTime due);
  void disarm(const Timed& target) noexcept;
  /// Queues an event. When the queue is full the oldest one is dropped and counted in its counter.
  void post(std::shared_ptr<Observer> observer, std::shared_ptr<std::atomic<std::uint64_t>> dropped,
            Event event);

  /// Stops and joins the threads; everything posted later is refused. Idempotent.
  void shut_down() noexcept;

 private:
  static constexpr std::size_t kMaxWorkers = 4;
  static constexpr std::size_t kMaxEvents = 1024;
  static constexpr std::size_t kLanes = 3;

  struct Timer {
    std::weak_ptr<Timed> target;
    const Timed* key = nullptr;
    std::shared_ptr<Clock> clock;
    SteadyTime due{};
  };
  struct Delivery {
    std::shared_ptr<Observer> observer;
    std::shared_ptr<std::atomic<std::uint64_t>> dropped;
    Event event;
  };
  struct Running {
    std::thread::id thread;
    std::stop_source stop;
  };

  Scheduler() = default;
  ~Scheduler() = default;
  bool start(void (Scheduler::*body)());
  void run_timers();
  void run_fetches();
  void run_events();
  [[nodiscard]] std::size_t queued_jobs() const noexcept;
  [[nodiscard]] std::deque<FetchJob>* next_lane() noexcept;

  std::mutex mutex_;
  bool stopping_ = false;
  std::vector<std::thread> threads_;

  std::condition_variable timers_changed_;
  std::vector<Timer> timers_;
  bool timer_thread_ = false;

  std::condition_variable jobs_changed_;
  std::array<std::deque<FetchJob>, kLanes> jobs_;
  std::vector<Running> running_;
  std::size_t workers_ = 0;
  std::size_t idle_workers_ = 0;
  bool failing_job_runs_ = false;

  std::condition_variable events_changed_;
  std::deque<Delivery> events_;
  bool event_thread_ = false;
};

}  // namespace source
}  // namespace v0
}  // namespace jwks
