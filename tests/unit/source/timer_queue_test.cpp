#include "source/timer_queue.hpp"

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "source/scheduler.hpp"
#include "support/catch.hpp"
#include "support/issuer_fixture.hpp"

namespace {

using jwks::SteadyTime;
using jwks::source::Timed;
using jwks::source::TimerQueue;
using std::chrono::seconds;
using test::FakeClock;

struct Target final : Timed {
  void on_timer() noexcept override { ++rung; }
  std::atomic<int> rung = 0;
};

/// A clock of an application, which finds out whether the Scheduler is locked when it ends.
class LastClock final : public jwks::Clock {
 public:
  struct Seen {
    std::atomic<bool> waited_on = false;
    std::atomic<bool> scheduler_answered = false;  ///< to another thread
    std::atomic<bool> answered_first = false;      ///< before the clock ended
    std::atomic<bool> ended = false;
  };
  explicit LastClock(std::shared_ptr<Seen> seen) : seen_(std::move(seen)) {}
  LastClock(const LastClock&) = delete;
  LastClock& operator=(const LastClock&) = delete;
  ~LastClock() override {
    // Not on this thread: it would wait for itself for ever.
    std::thread([seen = seen_] {
      jwks::source::Scheduler::instance().disarm(Target());
      seen->scheduler_answered = true;
    }).detach();
    seen_->answered_first = test::eventually([this] { return seen_->scheduler_answered.load(); });
    seen_->ended = true;
  }
  std::chrono::system_clock::time_point wall_now() const noexcept override { return test::kNow; }
  SteadyTime steady_now() const noexcept override { return SteadyTime(seconds(1)); }
  void wait_until(std::condition_variable& condition, std::unique_lock<std::mutex>& lock,
                  SteadyTime /*deadline*/) override {
    seen_->waited_on = true;
    condition.wait(lock);
  }

 private:
  std::shared_ptr<Seen> seen_;
};

std::shared_ptr<FakeClock> new_clock() { return std::make_shared<FakeClock>(test::kNow); }

/// Sets a timer, and tells whether it is the first of its clock.
bool set(TimerQueue& queue, const std::shared_ptr<Target>& target,
         const std::shared_ptr<FakeClock>& clock, SteadyTime due) {
  bool first = false;
  static_cast<void>(queue.set(target, clock, due, first));
  return first;
}

}  // namespace

TEST_CASE("timers come in the order of their times, one per target") {
  const auto clock = new_clock();
  const SteadyTime start = clock->steady_now();
  TimerQueue queue;
  const auto early = std::make_shared<Target>();
  const auto late = std::make_shared<Target>();
  CHECK(set(queue, late, clock, start + seconds(20)));
  CHECK(set(queue, early, clock, start + seconds(10)));
  CHECK_FALSE(set(queue, late, clock, start + seconds(30)));  // in place of the one before
  CHECK_FALSE(set(queue, late, clock, start + seconds(30)));
  CHECK(queue.size() == 2);
  CHECK(queue.next()->due == start + seconds(10));
  CHECK_FALSE(queue.take_due());

  clock->advance(seconds(29));
  CHECK(queue.take_due()->target.lock() == early);
  CHECK_FALSE(queue.take_due());
  clock->advance(seconds(1));
  CHECK(queue.take_due()->target.lock() == late);
  CHECK(queue.empty());
  CHECK_FALSE(queue.next());
}

TEST_CASE("a timer that is removed or whose target is gone wakes nobody") {
  const auto clock = new_clock();
  TimerQueue queue;
  const auto removed = std::make_shared<Target>();
  set(queue, removed, clock, clock->steady_now());
  CHECK(queue.remove(removed.get()));
  CHECK_FALSE(queue.remove(removed.get()));
  CHECK_FALSE(queue.take_due());
  set(queue, std::make_shared<Target>(), clock, clock->steady_now());
  CHECK(queue.take_due()->target.expired());
}

TEST_CASE("timers of several clocks are due each by its own") {
  const auto one = new_clock();
  const auto other = new_clock();
  TimerQueue queue;
  const auto first = std::make_shared<Target>();
  const auto second = std::make_shared<Target>();
  CHECK(set(queue, first, one, one->steady_now() + seconds(10)));
  CHECK(set(queue, second, other, other->steady_now() + seconds(5)));
  CHECK_FALSE(queue.next());  // nobody can wait for both at once
  one->advance(seconds(10));
  CHECK(queue.take_due()->target.lock() == first);
  CHECK_FALSE(queue.take_due());
  REQUIRE(queue.next());
  CHECK(queue.next()->clock == other);
  CHECK(set(queue, first, one, one->steady_now() + seconds(1)));
  CHECK_FALSE(queue.next());
  CHECK(set(queue, first, other, other->steady_now() + seconds(1)));  // it changes its clock
  CHECK(queue.next()->due == other->steady_now() + seconds(1));
}

TEST_CASE("a thousand targets are woken once each, at their times") {
  const auto clock = new_clock();
  auto& scheduler = jwks::source::Scheduler::instance();
  std::vector<std::shared_ptr<Target>> targets;
  for (int i = 0; i < 1000; ++i) {
    targets.push_back(std::make_shared<Target>());
    REQUIRE(scheduler.arm(targets.back(), clock, clock->steady_now() + seconds(1 + i % 10)));
  }
  const auto rung = [&] {
    int sum = 0;
    for (const auto& target : targets) sum += target->rung;
    return sum;
  };
  for (int second = 1; second <= 10; ++second) {
    clock->advance(seconds(1));
    REQUIRE(test::eventually([&] { return rung() == 100 * second; }));
  }
  for (const auto& target : targets) CHECK(target->rung == 1);
}

TEST_CASE("a clock that nobody else keeps ends outside the lock of the threads") {
  auto& scheduler = jwks::source::Scheduler::instance();
  const auto seen = std::make_shared<LastClock::Seen>();
  auto clock = std::make_shared<LastClock>(seen);
  const auto target = std::make_shared<Target>();
  REQUIRE(scheduler.arm(target, clock, SteadyTime(seconds(2))));
  REQUIRE(test::eventually([&] { return seen->waited_on.load(); }));
  scheduler.disarm(*target);
  clock.reset();  // the thread that waits has the last reference
  const auto other_clock = new_clock();
  REQUIRE(scheduler.arm(target, other_clock, other_clock->steady_now() + seconds(1)));  // wakes it
  CHECK(test::eventually([&] { return seen->answered_first.load(); }));
  CHECK(test::eventually([&] { return seen->ended.load(); }));
  scheduler.disarm(*target);
}
