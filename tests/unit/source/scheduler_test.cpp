// Who gets one of the four fetching threads, and that a process can always exit.

#include "source/scheduler.hpp"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "support/catch.hpp"
#include "support/issuer_fixture.hpp"

namespace {

using jwks::source::FetchJob;
using jwks::source::Lane;
using jwks::source::Scheduler;
using test::eventually;

/// Jobs that run until they are released.
class Jobs {
 public:
  ~Jobs() {
    released_ = true;
    while (unfinished_ > 0) std::this_thread::yield();
  }
  void post(std::string name, Lane lane, std::string place) {
    post(std::move(name), {.lane = lane, .place = std::move(place)});
  }
  void post(std::string name, FetchJob job) {
    ++unfinished_;
    job.run = [this, name = std::move(name)] {
      {
        const std::lock_guard lock(mutex_);
        started_.insert(name);
      }
      while (!released_ && !is_done(name)) std::this_thread::yield();
      --unfinished_;
    };
    REQUIRE(Scheduler::instance().post(std::move(job)));
  }
  void finish(const std::string& name) {
    const std::lock_guard lock(mutex_);
    done_.insert(name);
  }
  [[nodiscard]] std::set<std::string> started() const {
    const std::lock_guard lock(mutex_);
    return started_;
  }
  [[nodiscard]] bool eventually_started(const std::set<std::string>& names) const {
    return eventually([&] { return started() == names; });
  }

 private:
  [[nodiscard]] bool is_done(const std::string& name) const {
    const std::lock_guard lock(mutex_);
    return done_.contains(name);
  }

  mutable std::mutex mutex_;
  std::set<std::string> started_;
  std::set<std::string> done_;
  std::atomic<bool> released_ = false;
  std::atomic<int> unfinished_ = 0;
};

int status_of(pid_t child) {
  int status = -1;
  if (!eventually([&] { return waitpid(child, &status, WNOHANG) == child; })) {
    kill(child, SIGKILL);
    waitpid(child, &status, 0);
  }
  return status;
}

}  // namespace

TEST_CASE("an issuer holds one thread at most, whatever is wanted of it", "[claim-66]") {
  Jobs jobs;
  jobs.post("first", Lane::unproven, "a");
  REQUIRE(jobs.eventually_started({"first"}));
  jobs.post("second", Lane::urgent, "a");
  jobs.post("other", Lane::normal, "b");  // comes later, and is not held up
  REQUIRE(jobs.eventually_started({"first", "other"}));
  jobs.finish("first");
  CHECK(jobs.eventually_started({"first", "other", "second"}));
}

TEST_CASE("issuers that fail hold one thread together, and with new ones three", "[claim-66]") {
  Jobs jobs;
  jobs.post("failing", Lane::failing, "a");
  REQUIRE(jobs.eventually_started({"failing"}));
  jobs.post("failing too", Lane::failing, "b");
  jobs.post("new", Lane::unproven, "c");
  jobs.post("newer", Lane::unproven, "d");
  REQUIRE(jobs.eventually_started({"failing", "new", "newer"}));
  jobs.post("newest", Lane::unproven, "e");
  jobs.post("proven", Lane::normal, "f");  // a thread is left for it
  REQUIRE(jobs.eventually_started({"failing", "new", "newer", "proven"}));
  jobs.finish("proven");
  jobs.post("asked for", Lane::urgent, "g");
  REQUIRE(jobs.eventually_started({"failing", "new", "newer", "proven", "asked for"}));
  jobs.finish("failing");
  CHECK(jobs.eventually_started({"failing", "new", "newer", "proven", "asked for", "newest"}));
}

TEST_CASE("whom a caller waits for goes first, then who failed least, then the oldest") {
  const Lane lane = GENERATE(Lane::unproven, Lane::failing);
  const auto caller = std::make_shared<std::atomic<unsigned>>(0);
  Jobs jobs;
  std::set<std::string> started{"dead"};
  jobs.post("dead", lane, "dead");
  if (lane == Lane::unproven) {  // three threads are for these
    jobs.post("one more", lane, "one more");
    jobs.post("and more", lane, "and more");
    started.insert({"one more", "and more"});
  }
  REQUIRE(jobs.eventually_started(started));
  jobs.post("often", {.lane = lane, .place = "a", .failures = 9});
  jobs.post("twice", {.lane = lane, .place = "b", .failures = 2});
  jobs.post("twice, later", {.lane = lane, .place = "c", .failures = 2});
  jobs.post("wanted", {.lane = lane, .place = "d", .failures = 30, .awaited = true});
  jobs.post("waited for", {.lane = lane, .place = "e", .failures = 20, .waiters = caller});
  *caller = 1;  // comes when the job is queued already
  std::string before = "dead";
  for (const char* next : {"waited for", "wanted", "twice", "twice, later", "often"}) {
    jobs.finish(before);
    started.insert(next);
    REQUIRE(jobs.eventually_started(started));
    before = next;
  }
}

TEST_CASE("an issuer that failed once does not wait behind dead ones", "[claim-66]") {
  Jobs jobs;
  jobs.post("dead", Lane::failing, "dead");  // takes the thread for failing ones
  REQUIRE(jobs.eventually_started({"dead"}));
  const test::Issuer issuer("https://good.example");
  const auto verifier = issuer.verifier();
  REQUIRE(verifier.warm_up(std::chrono::seconds(5)));
  const auto failures = [&] { return verifier.stats().consecutive_failures; };
  issuer.fetcher->fail();
  issuer.clock->advance(std::chrono::seconds(241));
  REQUIRE(eventually([&] { return failures() == 1; }));
  issuer.clock->advance(std::chrono::seconds(2));
  REQUIRE(eventually([&] { return failures() == 2; }));
  // Now it does: of the four threads one runs none of its fetches, but one that comes later.
  const auto calls = issuer.fetcher->calls();
  issuer.fetcher->close_gate();
  issuer.clock->advance(std::chrono::seconds(4));
  REQUIRE(eventually([&] { return issuer.observer->count(jwks::EventKind::fetch_started) == 4; }));
  jobs.post("one", Lane::normal, "b");
  jobs.post("two", Lane::normal, "c");
  jobs.post("three", Lane::normal, "d");
  REQUIRE(jobs.eventually_started({"dead", "one", "two", "three"}));
  CHECK(issuer.fetcher->calls() == calls);
  issuer.fetcher->open_gate();
  issuer.publish({test::key_a()});
  jobs.finish("dead");
  CHECK(eventually([&] { return failures() == 0; }));
}

TEST_CASE("an issuer's URL that hangs does not hold up another one of it") {
  const test::Issuer hanging;
  hanging.fetcher->close_gate();
  const auto stuck = hanging.verifier();
  REQUIRE(eventually([&] { return hanging.fetcher->calls() == 1; }));
  const test::Issuer answering;
  auto options = answering.options();
  options.jwks_uri = "https://issuer.example/other-jwks";
  const auto verifier = jwks::JwksVerifier::create(options).value();
  // It has to come while the other one hangs.
  CHECK(eventually([&] { return verifier.health().generation == 1; }));
  CHECK(hanging.fetcher->calls() == 1);
}

TEST_CASE("a job that throws gives its thread back") {
  std::atomic<int> ran = 0;
  for (int i = 0; i < 20; ++i)
    REQUIRE(Scheduler::instance().post({.run =
                                            [&] {
                                              ++ran;
                                              throw 42;
                                            },
                                        .place = "a"}));
  CHECK(eventually([&] { return ran == 20; }));
}

TEST_CASE("callbacks run one after the other, whatever they throw") {
  std::vector<int> order;
  std::atomic<bool> done = false;
  for (int i = 0; i < 10; ++i)
    REQUIRE(Scheduler::instance().run_soon([&, i] {
      order.push_back(i);
      throw i;
    }));
  REQUIRE(Scheduler::instance().run_soon([&] { done = true; }));
  REQUIRE(eventually([&] { return done.load(); }));
  CHECK(order == std::vector{0, 1, 2, 3, 4, 5, 6, 7, 8, 9});
}

TEST_CASE("a process exits although a fetch hangs and an observer blocks",
          "[claim-62][attack-205]") {
  struct Blocked final : jwks::Observer {
    void on_event(const jwks::Event&) override {
      for (;;) pause();
    }
  };
  const pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    // Never destroyed: whatever ends here is ended by the exit handler alone.
    auto* const issuer = new test::Issuer;
    issuer->fetcher->close_gate();
    auto options = issuer->options();
    options.observer = std::make_shared<Blocked>();
    auto* const verifier = new jwks::JwksVerifier(jwks::JwksVerifier::create(options).value());
    verifier->verify_async(test::token_of(test::key_a()), [](const auto&) {});
    if (!eventually([&] { return issuer->fetcher->calls() == 1; })) _exit(2);
    Scheduler::instance().shut_down();  // what the handler does
    _exit(Scheduler::instance().post({.run = [] {}}) ? 3 : 0);
  }
  const int status = status_of(child);
  CHECK(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 0);
}
