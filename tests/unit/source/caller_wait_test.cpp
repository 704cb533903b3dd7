// How long a caller waits for an issuer that hangs: exactly `caller_wait`, by the fake clock, which
// nothing but the test moves.

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>

#include "support/catch.hpp"
#include "support/issuer_fixture.hpp"

namespace {

using jwks::ErrorCode;
using jwks::ErrorReason;
using jwks::EventKind;
using jwks::JwksVerifier;
using jwks::KeySetState;
using std::chrono::milliseconds;
using std::chrono::seconds;
using test::error_of;
using test::eventually;
using test::Issuer;
using test::key_a;
using test::token_of;

/// A fake clock that knows how often each thread has begun to wait on it.
class WatchedClock final : public jwks::Clock {
 public:
  explicit WatchedClock(std::shared_ptr<test::FakeClock> clock) : clock_(std::move(clock)) {}

  std::chrono::system_clock::time_point wall_now() const noexcept override {
    return clock_->wall_now();
  }
  jwks::SteadyTime steady_now() const noexcept override { return clock_->steady_now(); }
  void wait_until(std::condition_variable& condition, std::unique_lock<std::mutex>& lock,
                  jwks::SteadyTime deadline) override {
    {
      const std::lock_guard own(mutex_);
      ++waits_[std::this_thread::get_id()];
    }
    clock_->wait_until(condition, lock, deadline);
  }

  [[nodiscard]] int waits_of(std::thread::id thread) const {
    const std::lock_guard own(mutex_);
    const auto found = waits_.find(thread);
    return found == waits_.end() ? 0 : found->second;
  }

 private:
  const std::shared_ptr<test::FakeClock> clock_;
  mutable std::mutex mutex_;
  std::map<std::thread::id, int> waits_;
};

/// One verifier of an issuer whose network can hang. Keys are refreshed only when a caller comes.
struct Scene {
  Issuer issuer;
  std::shared_ptr<WatchedClock> clock = std::make_shared<WatchedClock>(issuer.clock);
  JwksVerifier verifier = [this] {
    auto options = issuer.options({.background_refresh = false});
    options.clock = clock;
    return JwksVerifier::create(options).value();
  }();
};

/// A thread that verifies a token of key A once. At its end the network works again, so that a test
/// that fails leaves nobody waiting.
class Caller {
 public:
  explicit Caller(const Scene& scene)
      : scene_(scene), thread_([this] {
          result_ = scene_.verifier.verify(token_of(key_a()));
          returned_ = true;
        }) {}
  ~Caller() { scene_.issuer.fetcher->open_gate(); }
  Caller(const Caller&) = delete;
  Caller& operator=(const Caller&) = delete;

  /// Whether it has looked at the clock as it is now, and goes on waiting.
  [[nodiscard]] bool waits_on() const {
    // It looks before each wait. The next wait may follow a look of before now, the one after not.
    const int before = waits();
    return eventually([&] { return returned_ || waits() >= before + 2; }) && !returned_;
  }
  [[nodiscard]] bool returns() const {
    return eventually([&] { return returned_.load(); });
  }
  [[nodiscard]] int waits() const { return scene_.clock->waits_of(thread_.get_id()); }
  /// Of a caller that has returned.
  [[nodiscard]] const jwks::Result<jwks::VerifiedToken>& result() const { return result_.value(); }

 private:
  const Scene& scene_;
  std::optional<jwks::Result<jwks::VerifiedToken>> result_;
  std::atomic<bool> returned_ = false;
  const std::jthread thread_;
};

}  // namespace

TEST_CASE("old keys serve when the caller's wait is over, and the next call does not wait",
          "[claim-35]") {
  const Scene scene;
  REQUIRE(scene.verifier.warm_up(seconds(5)));
  scene.issuer.clock->advance(seconds(400));
  REQUIRE(scene.verifier.health().state == KeySetState::stale_unproven);
  scene.issuer.fetcher->close_gate();

  const Caller first(scene);
  REQUIRE(eventually([&] { return scene.verifier.stats().waiters == 1; }));
  scene.issuer.clock->advance(milliseconds(2999));
  REQUIRE(first.waits_on());
  CHECK(scene.verifier.stats().waiters == 1);
  scene.issuer.clock->advance(milliseconds(1));
  REQUIRE(first.returns());
  REQUIRE(first.result());
  CHECK(first.result()->stale());
  CHECK(first.result()->key_age() == seconds(403));
  CHECK(scene.verifier.stats().waiters == 0);

  const Caller next(scene);
  REQUIRE(next.returns());
  CHECK(next.waits() == 0);
  REQUIRE(next.result());
  CHECK(next.result()->stale());
  CHECK(scene.issuer.fetcher->calls() == 2);  // the one that still hangs
}

TEST_CASE("a caller whose deadline passes gives up alone, and the flight goes on", "[claim-63]") {
  const Scene scene;
  scene.issuer.fetcher->close_gate();
  const Caller first(scene);
  REQUIRE(eventually([&] { return scene.verifier.stats().waiters == 1; }));
  scene.issuer.clock->advance(milliseconds(500));
  const Caller second(scene);
  REQUIRE(eventually([&] { return scene.verifier.stats().waiters == 2; }));

  scene.issuer.clock->advance(milliseconds(2499));
  REQUIRE(first.waits_on());
  scene.issuer.clock->advance(milliseconds(1));
  REQUIRE(first.returns());
  const auto error = error_of(first.result());
  CHECK(error.code() == ErrorCode::keys_unavailable);
  CHECK(error.reason() == ErrorReason::wait_timeout);
  CHECK(error.retryable());
  CHECK(eventually([&] { return scene.issuer.observer->count(EventKind::wait_timed_out) == 1; }));

  scene.issuer.clock->advance(milliseconds(499));
  REQUIRE(second.waits_on());
  CHECK(scene.verifier.stats().waiters == 1);
  scene.issuer.fetcher->open_gate();
  REQUIRE(second.returns());
  CHECK(second.result());
  CHECK(scene.verifier.health().state == KeySetState::fresh);
  CHECK(scene.issuer.fetcher->calls() == 1);
  CHECK(scene.issuer.observer->count(EventKind::wait_timed_out) == 1);
}
