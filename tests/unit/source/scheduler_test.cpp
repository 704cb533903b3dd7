// Who gets one of the four fetching threads, and that a process can always exit.

#include "source/scheduler.hpp"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
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
  void post(std::string name, Lane lane, std::string issuer) {
    ++unfinished_;
    REQUIRE(Scheduler::instance().post({.run =
                                            [this, name = std::move(name)] {
                                              {
                                                const std::lock_guard lock(mutex_);
                                                started_.insert(name);
                                              }
                                              while (!released_ && !is_done(name))
                                                std::this_thread::yield();
                                              --unfinished_;
                                            },
                                        .lane = lane,
                                        .issuer = std::move(issuer)}));
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

TEST_CASE("a job that throws gives its thread back") {
  std::atomic<int> ran = 0;
  for (int i = 0; i < 20; ++i)
    REQUIRE(Scheduler::instance().post({.run =
                                            [&] {
                                              ++ran;
                                              throw 42;
                                            },
                                        .issuer = "a"}));
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
