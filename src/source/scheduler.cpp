#include "source/scheduler.hpp"

#include <pthread.h>
#include <signal.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <new>
#include <system_error>
#include <utility>

#include "crypto/init.hpp"
#include "source/fork_guard.hpp"

namespace jwks {
inline namespace v0 {
namespace source {
namespace {

std::atomic<Scheduler*> current{nullptr};

/// Timers of several clocks can't be waited for at once. That happens in tests only, and there this
/// is often enough.
constexpr std::chrono::milliseconds kMixedClocksPoll{5};

/// How long an exiting process waits for an observer or a callback that blocks.
constexpr std::chrono::seconds kPatience{2};

/// Tells whether a job goes before an older one of its lane.
bool precedes(const FetchJob& job, const FetchJob& older) noexcept {
  const auto awaited = [](const FetchJob& each) {
    return each.awaited || (each.waiters && *each.waiters > 0);
  };
  const bool waited_for = awaited(job);
  if (waited_for != awaited(older)) return waited_for;
  return job.failures < older.failures;
}

}  // namespace

// --- Process ---

Scheduler& Scheduler::instance() {
  if (Scheduler* made = current.load(std::memory_order_acquire)) return *made;
  watch_forks();  // a child must not take this one, whose threads it doesn't have, for its own
  auto* const fresh = new Scheduler;
  Scheduler* expected = nullptr;
  if (current.compare_exchange_strong(expected, fresh, std::memory_order_acq_rel)) return *fresh;
  delete fresh;
  return *expected;
}

void Scheduler::prepare_process() {
  static const bool prepared = [] {
    crypto::initialize();
    return std::atexit([] {
             if (Scheduler* made = current.load(std::memory_order_acquire)) made->shut_down();
           }) == 0;
  }();
  static_cast<void>(prepared);
}

void Scheduler::abandon_in_child() noexcept { current.store(nullptr, std::memory_order_release); }

bool Scheduler::start(void (Scheduler::*body)(std::unique_lock<std::mutex>&), bool runs_callbacks) {
  // Signals are for the program's own threads.
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  bool started = false;
  try {
    Thread& thread = threads_.emplace_back(Thread{.runs_callbacks = runs_callbacks});
    try {
      thread.handle = std::thread([this, body, &thread] {
        std::unique_lock lock(mutex_);
        (this->*body)(lock);
        thread.ended = true;
        thread_ended_.notify_all();
      });
      started = true;
    } catch (const std::system_error&) {
      threads_.pop_back();
    }
  } catch (const std::bad_alloc&) {  // NOLINT(bugprone-empty-catch): the caller is told
  }
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return started;
}

void Scheduler::shut_down() noexcept {
  const auto self = std::this_thread::get_id();
  // exit() may have been called by a callback; its thread can't wait for itself.
  const auto to_await = [&](const Thread& thread) {
    return thread.runs_callbacks && !thread.ended && thread.handle.get_id() != self;
  };
  std::unique_lock lock(mutex_);
  if (std::exchange(stopping_, true)) return;
  std::vector<Running> running = running_;
  auto jobs = std::exchange(jobs_, {});
  timers_changed_.notify_all();
  jobs_changed_.notify_all();
  events_changed_.notify_all();
  callbacks_changed_.notify_all();
  lock.unlock();
  for (Running& job : running) job.stop.request_stop();
  jobs = {};  // may be the last owners of sources: not under the lock
  lock.lock();
  thread_ended_.wait_for(lock, kPatience,
                         [&] { return std::none_of(threads_.begin(), threads_.end(), to_await); });
  for (Thread& thread : threads_) {
    if (to_await(thread) || thread.handle.get_id() == self) {
      thread.handle.detach();
      continue;
    }
    lock.unlock();
    thread.handle.join();
    lock.lock();
  }
}

// --- Timers ---

bool Scheduler::arm(const std::shared_ptr<Timed>& target, const std::shared_ptr<Clock>& clock,
                    SteadyTime due) {
  std::optional<TimerQueue::Timer> replaced;  // its clock may end with it, but not under our lock
  bool first = false;
  {
    const std::lock_guard lock(mutex_);
    if (stopping_) return false;
    if (!timer_thread_) timer_thread_ = start(&Scheduler::run_timers, /*runs_callbacks=*/false);
    if (!timer_thread_) return false;
    replaced = timers_.set(target, clock, due, first);
  }
  if (first) timers_changed_.notify_all();
  return true;
}

void Scheduler::disarm(const Timed& target) noexcept {
  std::optional<TimerQueue::Timer> removed;  // as above
  const std::lock_guard lock(mutex_);
  removed = timers_.remove(&target);
}

void Scheduler::run_timers(std::unique_lock<std::mutex>& lock) {
  while (!stopping_) {
    if (auto timer = timers_.take_due()) {
      lock.unlock();
      if (const auto target = timer->target.lock()) target->on_timer();
      timer.reset();
      lock.lock();
    } else {
      wait_for_timer(lock);
    }
  }
}

void Scheduler::wait_for_timer(std::unique_lock<std::mutex>& lock) {
  if (timers_.empty()) {
    timers_changed_.wait(lock);
    return;
  }
  auto next = timers_.next();
  bool waited = false;
  if (next) {
    try {
      next->clock->wait_until(timers_changed_, lock, next->due);
      waited = true;
    } catch (...) {  // NOLINT(bugprone-empty-catch): a clock of the application; waited for below
    }
  }
  if (!waited) timers_changed_.wait_for(lock, kMixedClocksPoll);
  lock.unlock();
  next.reset();  // the application may have let go of its clock meanwhile: not under the lock
  lock.lock();
}

// --- Fetches ---

bool Scheduler::post(FetchJob job) {
  {
    const std::lock_guard lock(mutex_);
    if (stopping_) return false;
    running_.reserve(kMaxWorkers);
    // An idle worker may have been notified of an earlier job and not have woken yet.
    if (queued_jobs() >= idle_workers_ && workers_ < kMaxWorkers &&
        start(&Scheduler::run_fetches, /*runs_callbacks=*/false)) {
      ++workers_;
    }
    if (workers_ == 0) return false;
    jobs_[static_cast<std::size_t>(job.lane)].push_back(std::move(job));
  }
  jobs_changed_.notify_one();
  return true;
}

std::size_t Scheduler::queued_jobs() const noexcept {
  std::size_t count = 0;
  for (const auto& lane : jobs_) count += lane.size();
  return count;
}

bool Scheduler::admits(const FetchJob& job) const noexcept {
  std::size_t failing = 0;
  std::size_t unproven = 0;
  for (const Running& running : running_) {
    if (!job.place.empty() && running.place == job.place) return false;
    failing += running.lane == Lane::failing ? 1 : 0;
    unproven += running.lane == Lane::unproven ? 1 : 0;
  }
  if (job.lane == Lane::failing && failing > 0) return false;
  const bool proven = job.lane != Lane::failing && job.lane != Lane::unproven;
  return proven || failing + unproven < kMaxWorkers - 1;
}

std::optional<FetchJob> Scheduler::take_job() noexcept {
  for (auto& lane : jobs_) {
    auto first = lane.end();
    for (auto job = lane.begin(); job != lane.end(); ++job)
      if ((first == lane.end() || precedes(*job, *first)) && admits(*job)) first = job;
    if (first == lane.end()) continue;
    FetchJob job = std::move(*first);
    lane.erase(first);
    return job;
  }
  return std::nullopt;
}

void Scheduler::run_fetches(std::unique_lock<std::mutex>& lock) {
  while (!stopping_) {
    auto job = take_job();
    if (!job) {
      ++idle_workers_;
      jobs_changed_.wait(lock);
      --idle_workers_;
      continue;
    }
    running_.push_back({std::this_thread::get_id(), job->stop, job->lane, std::move(job->place)});
    lock.unlock();
    try {
      job->run();
    } catch (...) {  // NOLINT(bugprone-empty-catch): a job reports its own failures
    }
    job.reset();  // may be the last owner of a source: not under the lock
    lock.lock();
    std::erase_if(running_,
                  [](const Running& r) { return r.thread == std::this_thread::get_id(); });
    jobs_changed_.notify_all();  // what it kept waiting may be admitted now
  }
}

// --- Events ---

std::shared_ptr<Observer> Scheduler::post(std::shared_ptr<Observer> observer,
                                          std::shared_ptr<std::atomic<std::uint64_t>> dropped,
                                          Event event) {
  Delivery oldest;
  {
    const std::lock_guard lock(mutex_);
    if (stopping_) return nullptr;
    if (events_.size() >= kMaxEvents) {
      oldest = std::move(events_.front());
      events_.pop_front();
      oldest.dropped->fetch_add(1, std::memory_order_relaxed);
    }
    events_.push_back({std::move(observer), std::move(dropped), std::move(event)});
    if (!event_thread_) event_thread_ = start(&Scheduler::run_events, /*runs_callbacks=*/true);
  }
  events_changed_.notify_one();
  return std::move(oldest.observer);
}

void Scheduler::run_events(std::unique_lock<std::mutex>& lock) {
  while (!stopping_) {
    if (events_.empty()) {
      events_changed_.wait(lock);
      continue;
    }
    Delivery delivery = std::move(events_.front());
    events_.pop_front();
    lock.unlock();
    try {
      delivery.observer->on_event(delivery.event);
    } catch (...) {  // NOLINT(bugprone-empty-catch): an observer can't break what it observes
    }
    delivery = {};
    lock.lock();
  }
}

// --- Callbacks ---

bool Scheduler::run_soon(const std::function<void()>& callback) {
  {
    const std::lock_guard lock(mutex_);
    if (stopping_) return true;
    if (!callback_thread_)
      callback_thread_ = start(&Scheduler::run_callbacks, /*runs_callbacks=*/true);
    if (!callback_thread_) return false;
    callbacks_.push_back(callback);
  }
  callbacks_changed_.notify_one();
  return true;
}

void Scheduler::run_callbacks(std::unique_lock<std::mutex>& lock) {
  while (!stopping_) {
    if (callbacks_.empty()) {
      callbacks_changed_.wait(lock);
      continue;
    }
    std::function<void()> callback = std::move(callbacks_.front());
    callbacks_.pop_front();
    lock.unlock();
    try {
      callback();
    } catch (...) {  // NOLINT(bugprone-empty-catch): it is the application's, and its own matter
    }
    callback = nullptr;
    lock.lock();
  }
}

}  // namespace source
}  // namespace v0
}  // namespace jwks
