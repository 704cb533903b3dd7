// `co_await verify_in(...)`: going on at once, later, or never.

#include "jwks/awaitable.hpp"

#include <atomic>
#include <coroutine>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "jwks/multi_issuer_verifier.hpp"
#include "support/catch.hpp"
#include "support/executors.hpp"
#include "support/issuer_fixture.hpp"

namespace {

using jwks::ErrorCode;
using jwks::ErrorReason;
using jwks::JwksVerifier;
using jwks::Result;
using jwks::VerifiedToken;
using jwks::verify_in;
using std::chrono::seconds;
using test::error_of;
using test::eventually;
using test::Issuer;
using test::key_a;
using test::key_b;
using test::token_of;

/// A coroutine that runs until it is suspended, and whose frame its owner destroys.
class Task {
 public:
  struct promise_type {
    Task get_return_object() { return Task(Handle::from_promise(*this)); }
    std::suspend_never initial_suspend() noexcept { return {}; }
    std::suspend_always final_suspend() noexcept { return {}; }
    void return_void() noexcept {}
    void unhandled_exception() noexcept { std::terminate(); }
  };
  using Handle = std::coroutine_handle<promise_type>;

  explicit Task(Handle handle) : handle_(handle) {}
  Task(Task&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}
  Task& operator=(Task&&) = delete;
  ~Task() {
    if (handle_) handle_.destroy();
  }

 private:
  Handle handle_;
};

/// One that nobody waits for: its frame goes when it ends, on whichever thread that is.
struct Detached {
  struct promise_type {
    Detached get_return_object() noexcept { return {}; }
    std::suspend_never initial_suspend() noexcept { return {}; }
    std::suspend_never final_suspend() noexcept { return {}; }
    void return_void() noexcept {}
    void unhandled_exception() noexcept { std::terminate(); }
  };
};

/// What a coroutine came to, and how often it went on.
struct Outcome {
  std::optional<Result<VerifiedToken>> result;
  std::thread::id thread;
  int resumed = 0;
};

template <class Verifier>
Task serve(const Verifier& verifier, std::string token, Outcome& outcome) {
  auto result = co_await verify_in(verifier, token);
  ++outcome.resumed;
  outcome.thread = std::this_thread::get_id();
  outcome.result.emplace(std::move(result));
}

JwksVerifier on(const Issuer& issuer, std::shared_ptr<jwks::Executor> executor) {
  auto options = issuer.options({.background_refresh = false});
  options.executor = std::move(executor);
  return JwksVerifier::create(options).value();
}

}  // namespace

TEST_CASE("a coroutine goes on at once where the key is held") {
  const Issuer issuer;
  const auto executor = std::make_shared<test::ManualExecutor>();
  const auto verifier = on(issuer, executor);
  REQUIRE(verifier.warm_up(seconds(5)));
  Outcome good;
  const Task first = serve(verifier, token_of(key_a()), good);
  REQUIRE(good.result);
  CHECK(*good.result);
  Outcome bad;
  const Task second = serve(verifier, "garbage", bad);
  REQUIRE(bad.result);
  CHECK(error_of(*bad.result).code() == ErrorCode::not_three_segments);
  CHECK(good.resumed == 1);
  CHECK(executor->size() == 0);
}

TEST_CASE("a coroutine that waits goes on once, where the executor runs") {
  const Issuer issuer;
  const auto executor = std::make_shared<test::ManualExecutor>();
  const auto verifier = on(issuer, executor);
  issuer.fetcher->close_gate();
  Outcome outcome;
  const Task task = serve(verifier, token_of(key_a()), outcome);
  CHECK(outcome.resumed == 0);
  issuer.fetcher->open_gate();
  REQUIRE(eventually([&] { return executor->size() == 1; }));
  CHECK(outcome.resumed == 0);
  executor->run();
  executor->run();
  CHECK(outcome.resumed == 1);
  REQUIRE(outcome.result);
  CHECK(*outcome.result);
  CHECK(outcome.thread == std::this_thread::get_id());
}

TEST_CASE("a frame may be destroyed while it is suspended") {
  const Issuer issuer;
  const auto executor = std::make_shared<test::ManualExecutor>();
  const auto verifier = on(issuer, executor);
  issuer.fetcher->close_gate();
  Outcome outcome;
  {
    const Task task = serve(verifier, token_of(key_a()), outcome);
    SECTION("before the outcome is there") {}
    SECTION("after it") {
      issuer.fetcher->open_gate();
      REQUIRE(eventually([&] { return executor->size() == 1; }));
    }
  }
  issuer.fetcher->open_gate();
  REQUIRE(eventually([&] { return executor->size() == 1; }));
  executor->run();
  CHECK(outcome.resumed == 0);
  CHECK(verifier.stats().accepted == 1);
}

TEST_CASE("closing lets a coroutine go on") {
  const Issuer issuer;
  issuer.fetcher->close_gate();
  const auto verifier = on(issuer, std::make_shared<test::InlineExecutor>());
  Outcome outcome;
  const Task task = serve(verifier, token_of(key_a()), outcome);
  CHECK(outcome.resumed == 0);
  verifier.close();
  REQUIRE(outcome.result);
  CHECK(error_of(*outcome.result).reason() == ErrorReason::closed);
}

TEST_CASE("coroutines of many threads each go on once while their keys arrive") {
  const Issuer issuer;
  const auto verifier = issuer.verifier({.background_refresh = false});
  constexpr int kTasks = 50;
  struct Shared {
    std::atomic<int> accepted = 0;
    std::atomic<int> resumed = 0;
  } shared;
  const auto serve_shared = [](const JwksVerifier& by, std::string token,
                               Shared& into) -> Detached {
    const auto result = co_await verify_in(by, token);
    if (result) ++into.accepted;
    ++into.resumed;
  };
  issuer.fetcher->close_gate();
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < kTasks; ++i)
      threads.emplace_back([&] { serve_shared(verifier, token_of(key_a()), shared); });
    REQUIRE(eventually([&] { return issuer.fetcher->calls() == 1; }));
    issuer.fetcher->open_gate();  // some wait by now, others come later
  }
  CHECK(eventually([&] { return shared.resumed == kTasks; }));
  CHECK(shared.accepted == kTasks);
  verifier.close();
}

TEST_CASE("a verifier of several issuers is awaited alike") {
  const Issuer issuer;
  std::vector<jwks::VerifierOptions> issuers;
  issuers.push_back(issuer.options({.background_refresh = false}));
  const auto verifier = jwks::MultiIssuerVerifier::create(std::move(issuers)).value();
  REQUIRE(verifier.warm_up(seconds(5)));
  Outcome outcome;
  const Task task = serve(verifier, token_of(key_a()), outcome);
  REQUIRE(outcome.result);
  CHECK(*outcome.result);
}
