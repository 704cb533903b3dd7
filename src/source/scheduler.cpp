#include "source/scheduler.hpp"

#include <pthread.h>
#include <signal.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <system_error>
#include <utility>

#include "crypto/init.hpp"

namespace jwks {
inline namespace v0 {
namespace source {
namespace {

std::atomic<Scheduler*> current{nullptr};

/// Timers of several clocks can't be waited for at once. That happens in tests only, and there this
/// is often enough.
constexpr std::chrono::milliseconds kMixedClocksPoll{5};

}  // namespace

// --- Process ---

Scheduler& Scheduler::instance() {
  if (Scheduler* made = current.load(std::memory_order_acquire)) return *made;
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

bool Scheduler::start(void (Scheduler::*body)()) {
  // Signals are for the program's own threads.
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  bool started = false;
  try {
    threads_.emplace_back(body, this);
    started = true;
  } catch (const std::system_error&) {  // NOLINT(bugprone-empty-catch): the caller is told
  }
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return started;
}

void Scheduler::shut_down() noexcept {
  std::vector<std::thread> threads;
  std::vector<Running> running;
  std::array<std::deque<FetchJob>, kLanes> jobs;
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    threads.swap(threads_);
    running = running_;
    jobs.swap(jobs_);
  }
  timers_changed_.notify_all();
  jobs_changed_.notify_all();
  events_changed_.notify_all();
  for (Running& job : running) job.stop.request_stop();
  for (std::thread& thread : threads) {
    // exit() may have been called by a callback; its thread can't wait for itself.
    if (thread.get_id() == std::this_thread::get_id())
      thread.detach();
    else
      thread.join();
  }
}

// --- Timers ---

void Scheduler::arm(const std::shared_ptr<Timed>& target, std::shared_ptr<Clock> clock,
                    SteadyTime due) {
  {
    const std::lock_guard lock(mutex_);
    if (stopping_) return;
    std::erase_if(timers_, [&](const Timer& timer) { return timer.key == target.get(); });
    timers_.push_back({target, target.get(), std::move(clock), due});
    if (!timer_thread_) timer_thread_ = start(&Scheduler::run_timers);
  }
  timers_changed_.notify_all();
}

void Scheduler::disarm(const Timed& target) noexcept {
  Timer removed;  // its clock may end with it, but not under our lock
  const std::lock_guard lock(mutex_);
  const auto found = std::find_if(timers_.begin(), timers_.end(),
                                  [&](const Timer& timer) { return timer.key == &target; });
  if (found == timers_.end()) return;
  removed = std::move(*found);
  timers_.erase(found);
}

void Scheduler::run_timers() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    const auto due = std::find_if(timers_.begin(), timers_.end(), [](const Timer& timer) {
      return timer.due <= timer.clock->steady_now();
    });
    if (due != timers_.end()) {
      Timer timer = std::move(*due);
      timers_.erase(due);
      lock.unlock();
      if (const auto target = timer.target.lock()) target->on_timer();
      timer = {};
      lock.lock();
      continue;
    }
    if (timers_.empty()) {
      timers_changed_.wait(lock);
      continue;
    }
    const auto first =
        std::min_element(timers_.begin(), timers_.end(),
                         [](const Timer& a, const Timer& b) { return a.due < b.due; });
    const std::shared_ptr<Clock> clock = first->clock;
    const bool mixed = std::any_of(timers_.begin(), timers_.end(),
                                   [&](const Timer& timer) { return timer.clock != clock; });
    try {
      if (mixed)
        timers_changed_.wait_for(lock, kMixedClocksPoll);
      else
        clock->wait_until(timers_changed_, lock, first->due);
    } catch (...) {
      timers_changed_.wait_for(lock, kMixedClocksPoll);
    }
  }
}

// --- Fetches ---

bool Scheduler::post(FetchJob job) {
  {
    const std::lock_guard lock(mutex_);
    if (stopping_) return false;
    // An idle worker may have been notified of an earlier job and not have woken yet.
    if (queued_jobs() >= idle_workers_ && workers_ < kMaxWorkers &&
        start(&Scheduler::run_fetches)) {
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

std::deque<FetchJob>* Scheduler::next_lane() noexcept {
  for (std::size_t i = 0; i < kLanes; ++i) {
    if (static_cast<Lane>(i) == Lane::failing && failing_job_runs_) break;
    if (!jobs_[i].empty()) return &jobs_[i];
  }
  return nullptr;
}

void Scheduler::run_fetches() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    std::deque<FetchJob>* const lane = next_lane();
    if (lane == nullptr) {
      ++idle_workers_;
      jobs_changed_.wait(lock);
      --idle_workers_;
      continue;
    }
    FetchJob job = std::move(lane->front());
    lane->pop_front();
    const bool failing = job.lane == Lane::failing;
    if (failing) failing_job_runs_ = true;
    running_.push_back({std::this_thread::get_id(), job.stop});
    lock.unlock();
    try {
      job.run();
    } catch (...) {  // NOLINT(bugprone-empty-catch): a job reports its own failures
    }
    job = {};  // may be the last owner of a source: not under the lock
    lock.lock();
    std::erase_if(running_,
                  [](const Running& r) { return r.thread == std::this_thread::get_id(); });
    if (failing) {
      failing_job_runs_ = false;
      jobs_changed_.notify_one();
    }
  }
}

// --- Events ---

void Scheduler::post(std::shared_ptr<Observer> observer,
                     std::shared_ptr<std::atomic<std::uint64_t>> dropped, Event event) {
  Delivery oldest;  // destroyed after the lock is released
  {
    const std::lock_guard lock(mutex_);
    if (stopping_) return;
    if (events_.size() >= kMaxEvents) {
      oldest = std::move(events_.front());
      events_.pop_front();
      oldest.dropped->fetch_add(1, std::memory_order_relaxed);
    }
    events_.push_back({std::move(observer), std::move(dropped), std::move(event)});
    if (!event_thread_) event_thread_ = start(&Scheduler::run_events);
  }
  events_changed_.notify_one();
}

void Scheduler::run_events() {
  std::unique_lock lock(mutex_);
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

}  // namespace source
}  // namespace v0
}  // namespace jwks
