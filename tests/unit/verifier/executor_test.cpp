// An application's executor that does not do what it was asked: no caller is lost, none is counted
// twice.

#include <atomic>
#include <memory>

#include "jwks/jwks_verifier.hpp"
#include "support/catch.hpp"
#include "support/executors.hpp"
#include "support/issuer_fixture.hpp"

namespace {

using jwks::ErrorReason;
using jwks::JwksVerifier;
using test::eventually;
using test::Issuer;
using test::key_a;
using test::token_of;

/// Accepts tasks and lets them go.
class ForgetfulExecutor final : public jwks::Executor {
 public:
  void execute(std::function<void()> task) override { static_cast<void>(task); }
};

/// Accepts a task, and then says that it has not.
class TwoFacedExecutor final : public jwks::Executor {
 public:
  void execute(std::function<void()> task) override {
    kept_.execute(std::move(task));
    throw std::runtime_error("too many tasks");
  }
  void run() { kept_.run(); }

 private:
  test::ManualExecutor kept_;
};

JwksVerifier cold(const Issuer& issuer, std::shared_ptr<jwks::Executor> executor,
                  unsigned max_waiters = 100) {
  auto options = issuer.options({.background_refresh = false, .max_waiters = max_waiters});
  options.executor = std::move(executor);
  return JwksVerifier::create(options).value();
}

/// What became of the calls.
struct Calls {
  std::atomic<int> accepted = 0;
  std::atomic<int> closed = 0;
  std::atomic<int> turned_away = 0;
  std::atomic<int> all = 0;

  jwks::VerifyCallback callback() {
    return [this](const jwks::Result<jwks::VerifiedToken>& outcome) {
      if (outcome) {
        ++accepted;
      } else {
        closed += outcome.error().reason() == ErrorReason::closed ? 1 : 0;
        turned_away += outcome.error().reason() == ErrorReason::rate_limited ? 1 : 0;
      }
      ++all;
    };
  }
};

}  // namespace

TEST_CASE("a task that the executor lets go unrun is answered with closed, once") {
  const Issuer issuer;
  Calls calls;
  const auto verifier = cold(issuer, std::make_shared<ForgetfulExecutor>());
  issuer.fetcher->close_gate();  // or the keys could be there before anyone has to wait
  verifier.verify_async(token_of(key_a()), calls.callback());
  issuer.fetcher->open_gate();
  REQUIRE(eventually([&] { return calls.all == 1; }));
  CHECK(calls.closed == 1);
  CHECK(verifier.stats().waiters == 0);
  CHECK(verifier.verify(token_of(key_a())));
  CHECK(calls.all == 1);
}

TEST_CASE("an executor that keeps a task and throws has the callback run once") {
  const Issuer issuer;
  Calls calls;
  const auto executor = std::make_shared<TwoFacedExecutor>();
  const auto verifier = cold(issuer, executor);
  issuer.fetcher->close_gate();
  verifier.verify_async(token_of(key_a()), calls.callback());
  issuer.fetcher->open_gate();
  REQUIRE(eventually([&] { return calls.all == 1; }));
  executor->run();
  CHECK(calls.accepted == 1);
  CHECK(calls.all == 1);
}

TEST_CASE("a caller counts as waiting until its callback begins") {
  const Issuer issuer;
  issuer.fetcher->close_gate();
  Calls calls;
  const auto executor = std::make_shared<test::ManualExecutor>();
  const auto verifier = cold(issuer, executor, 2);
  verifier.verify_async(token_of(key_a()), calls.callback());
  verifier.verify_async(token_of(key_a()), calls.callback());
  issuer.fetcher->open_gate();
  REQUIRE(eventually([&] { return executor->size() == 2; }));
  CHECK(verifier.stats().waiters == 2);

  // Their keys are here, but their callbacks are not run yet: a third that has to wait may not.
  issuer.clock->advance(std::chrono::seconds(2));
  issuer.fetcher->close_gate();
  const std::string unknown = issuer.token_with_kid("unknown");
  verifier.verify_async(unknown, calls.callback());
  CHECK(calls.turned_away == 1);
  executor->run();
  CHECK(calls.accepted == 2);
  CHECK(verifier.stats().waiters == 0);
  verifier.verify_async(unknown, calls.callback());
  CHECK(calls.all == 3);
  CHECK(verifier.stats().waiters == 1);
  issuer.fetcher->open_gate();
  REQUIRE(eventually([&] { return executor->size() == 1; }));
  executor->run();
  CHECK(calls.all == 4);
}
