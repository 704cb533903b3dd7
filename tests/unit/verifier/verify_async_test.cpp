// Verification without a thread that waits: when the callback comes, from where, and how often.

#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>

#include "jwks/jwks_verifier.hpp"
#include "support/catch.hpp"
#include "support/dpop.hpp"
#include "support/executors.hpp"
#include "support/issuer_fixture.hpp"

namespace {

using jwks::ErrorCode;
using jwks::ErrorReason;
using jwks::EventKind;
using jwks::JwksVerifier;
using jwks::Result;
using jwks::VerifiedToken;
using std::chrono::milliseconds;
using std::chrono::seconds;
using test::error_of;
using test::eventually;
using test::Issuer;
using test::key_a;
using test::key_b;
using test::token_of;
using test::token_with_kid;

/// Where callbacks put their outcomes.
class Inbox {
 public:
  jwks::VerifyCallback callback() {
    return [this](Result<VerifiedToken> outcome) {
      const std::lock_guard lock(mutex_);
      outcomes_.push_back(std::move(outcome));
      threads_.push_back(std::this_thread::get_id());
    };
  }
  [[nodiscard]] std::size_t size() const {
    const std::lock_guard lock(mutex_);
    return outcomes_.size();
  }
  [[nodiscard]] Result<VerifiedToken> at(std::size_t i) const {
    const std::lock_guard lock(mutex_);
    return outcomes_.at(i);
  }
  [[nodiscard]] bool was_here(std::size_t i) const {
    const std::lock_guard lock(mutex_);
    return threads_.at(i) == std::this_thread::get_id();
  }

 private:
  mutable std::mutex mutex_;
  std::vector<Result<VerifiedToken>> outcomes_;
  std::vector<std::thread::id> threads_;
};

JwksVerifier with_executor(const Issuer& issuer, std::shared_ptr<jwks::Executor> executor,
                           jwks::CacheOptions cache = {}) {
  cache.background_refresh = false;
  auto options = issuer.options(cache);
  options.executor = std::move(executor);
  return JwksVerifier::create(options).value();
}

}  // namespace

TEST_CASE("what needs no wait is called back before the return") {
  const Issuer issuer;
  const auto verifier = issuer.loaded({.forced_refresh_burst = 1});
  issuer.fetcher->close_gate();
  Inbox inbox;
  verifier.verify_async(token_of(key_a()), inbox.callback());
  verifier.verify_async("garbage", inbox.callback());
  verifier.verify_async(
      test::lasting_token(key_b()).claim("iss", R"("https://other.example")").build().value(),
      inbox.callback());
  REQUIRE(inbox.size() == 3);
  CHECK(inbox.at(0));
  CHECK(error_of(inbox.at(1)).code() == ErrorCode::not_three_segments);
  CHECK(error_of(inbox.at(2)).code() == ErrorCode::wrong_issuer);

  issuer.fetcher->open_gate();
  CHECK_FALSE(verifier.verify(token_with_kid("x")));
  issuer.clock->advance(seconds(2));
  verifier.verify_async(token_with_kid("x"), inbox.callback());
  verifier.verify_async(token_with_kid("y"), inbox.callback());
  verifier.close();
  verifier.verify_async(token_with_kid("y"), inbox.callback());
  REQUIRE(inbox.size() == 6);
  CHECK(error_of(inbox.at(3)).reason() == ErrorReason::negative);
  CHECK(error_of(inbox.at(4)).reason() == ErrorReason::rate_limited);
  CHECK(error_of(inbox.at(5)).reason() == ErrorReason::closed);
  for (std::size_t i = 0; i < inbox.size(); ++i) CHECK(inbox.was_here(i));
  CHECK(verifier.stats().accepted + verifier.stats().refused + verifier.stats().unavailable == 7);
}

TEST_CASE("static keys are called back before the return") {
  const auto verifier = JwksVerifier::create_static(test::key_set({key_a()}), test::options(),
                                                    std::make_shared<test::FakeClock>(test::kNow))
                            .value();
  Inbox inbox;
  verifier.verify_async(token_of(key_a()), inbox.callback());
  verifier.verify_async(token_of(key_b()), inbox.callback());
  REQUIRE(inbox.size() == 2);
  CHECK(inbox.at(0));
  CHECK(error_of(inbox.at(1)).code() == ErrorCode::unknown_key);
}

TEST_CASE("all who wait for a key are called back once its flight has landed") {
  const Issuer issuer;
  const auto verifier = issuer.loaded();
  issuer.publish({key_a(), key_b()});
  issuer.fetcher->close_gate();
  Inbox inbox;
  for (int i = 0; i < 100; ++i) {
    std::string token = token_of(key_b());
    verifier.verify_async(token, inbox.callback());
    token.assign(token.size(), '.');  // it was copied
  }
  CHECK(inbox.size() == 0);
  CHECK(verifier.stats().waiters == 100);
  CHECK(verifier.stats().kid_misses == 100);
  issuer.fetcher->open_gate();
  REQUIRE(eventually([&] { return inbox.size() == 100; }));
  for (std::size_t i = 0; i < 100; ++i) {
    const auto outcome = inbox.at(i);
    REQUIRE(outcome);
    CHECK(outcome->key_refreshed());
    CHECK_FALSE(inbox.was_here(i));
  }
  CHECK(issuer.fetcher->calls() == 2);
  const auto stats = verifier.stats();
  CHECK(stats.accepted == 100);
  CHECK(stats.refused + stats.unavailable == 0);
  CHECK(stats.waiters == 0);
}

TEST_CASE("a callback that comes later runs on the executor alone") {
  const Issuer issuer;
  const auto executor = std::make_shared<test::ManualExecutor>();
  const auto verifier = with_executor(issuer, executor);
  Inbox inbox;
  issuer.fetcher->close_gate();
  verifier.verify_async(token_of(key_a()), inbox.callback());
  issuer.fetcher->open_gate();
  REQUIRE(eventually([&] { return executor->size() == 1; }));
  CHECK(inbox.size() == 0);
  executor->run();
  REQUIRE(inbox.size() == 1);
  const auto outcome = inbox.at(0);
  REQUIRE(outcome);
  CHECK_FALSE(outcome->key_refreshed());  // a first load is no rotation
  CHECK(inbox.was_here(0));
}

TEST_CASE("an executor that throws is replaced by the library's thread") {
  const Issuer issuer;
  const auto verifier = with_executor(issuer, std::make_shared<test::BrokenExecutor>());
  Inbox inbox;
  issuer.fetcher->close_gate();
  verifier.verify_async(token_of(key_a()), inbox.callback());
  issuer.fetcher->open_gate();
  REQUIRE(eventually([&] { return inbox.size() == 1; }));
  CHECK(inbox.at(0));
}

TEST_CASE("an executor that runs a task twice calls back once") {
  struct Repeating final : jwks::Executor {
    void execute(std::function<void()> task) override {
      task();
      task();
      throw 42;
    }
  };
  const Issuer issuer;
  const auto verifier = with_executor(issuer, std::make_shared<Repeating>());
  Inbox inbox;
  issuer.fetcher->close_gate();
  verifier.verify_async(token_of(key_a()), inbox.callback());
  issuer.fetcher->open_gate();
  REQUIRE(eventually([&] { return inbox.size() >= 1; }));
  // Whatever else was queued for it has run when another one has.
  verifier.verify_async(token_of(key_b()), inbox.callback());
  REQUIRE(eventually([&] { return inbox.size() >= 2; }));
  CHECK(inbox.size() == 2);
  CHECK(verifier.stats().accepted == 1);
}

TEST_CASE("a caller's wait ends with its own time, and the flight goes on",
          "[claim-35][claim-63]") {
  const Issuer issuer;
  SECTION("where nothing is held") {
    const auto verifier = issuer.verifier({.background_refresh = false});
    issuer.fetcher->close_gate();
    Inbox inbox;
    verifier.verify_async(token_of(key_a()), inbox.callback());
    issuer.clock->advance(milliseconds(2999));
    CHECK(verifier.stats().waiters == 1);
    CHECK(inbox.size() == 0);
    issuer.clock->advance(milliseconds(1));
    REQUIRE(eventually([&] { return inbox.size() == 1; }));
    CHECK(error_of(inbox.at(0)).reason() == ErrorReason::wait_timeout);
    CHECK(eventually([&] { return issuer.observer->count(EventKind::wait_timed_out) == 1; }));
    issuer.fetcher->open_gate();
    CHECK(eventually([&] { return verifier.verify_cached(token_of(key_a())).has_value(); }));
    CHECK(issuer.fetcher->calls() == 1);
  }
  SECTION("where old keys are held, which then serve as stale") {
    const auto verifier = issuer.loaded();
    issuer.clock->advance(seconds(400));
    issuer.fetcher->close_gate();
    Inbox inbox;
    verifier.verify_async(token_of(key_a()), inbox.callback());
    REQUIRE(eventually([&] { return issuer.fetcher->calls() == 2; }));
    issuer.clock->advance(milliseconds(2999));
    CHECK(verifier.stats().waiters == 1);
    CHECK(inbox.size() == 0);
    issuer.clock->advance(milliseconds(1));
    REQUIRE(eventually([&] { return inbox.size() == 1; }));
    const auto outcome = inbox.at(0);
    REQUIRE(outcome);
    CHECK(outcome->stale());
    verifier.verify_async(token_of(key_a()), inbox.callback());  // the next one does not wait
    CHECK(inbox.size() == 2);
  }
}

TEST_CASE("the latest caller's time ends last") {
  const Issuer issuer;
  issuer.fetcher->close_gate();
  const auto verifier = issuer.verifier();
  Inbox first;
  Inbox second;
  verifier.verify_async(token_of(key_a()), first.callback());
  issuer.clock->advance(seconds(2));
  verifier.verify_async(token_of(key_a()), second.callback());
  issuer.clock->advance(seconds(1));
  REQUIRE(eventually([&] { return first.size() == 1; }));
  CHECK(second.size() == 0);
  CHECK(verifier.stats().waiters == 1);
  issuer.clock->advance(seconds(2));
  REQUIRE(eventually([&] { return second.size() == 1; }));
  CHECK(error_of(second.at(0)).reason() == ErrorReason::wait_timeout);
}

TEST_CASE("with no time to wait the answer comes at once") {
  const Issuer issuer;
  const auto verifier =
      issuer.verifier({.caller_wait = milliseconds(0), .background_refresh = false});
  issuer.fetcher->close_gate();
  Inbox inbox;
  verifier.verify_async(token_of(key_a()), inbox.callback());
  REQUIRE(inbox.size() == 1);
  CHECK(error_of(inbox.at(0)).reason() == ErrorReason::never_loaded);
}

TEST_CASE("threads and callbacks that wait share one limit") {
  const Issuer issuer;
  const auto verifier = issuer.loaded({.max_waiters = 2});
  issuer.fetcher->close_gate();
  Inbox inbox;
  verifier.verify_async(token_with_kid("first"), inbox.callback());
  std::jthread caller([&] { CHECK_FALSE(verifier.verify(token_with_kid("second"))); });
  REQUIRE(eventually([&] { return verifier.stats().waiters == 2; }));
  verifier.verify_async(token_with_kid("third"), inbox.callback());
  REQUIRE(inbox.size() == 1);
  CHECK(error_of(inbox.at(0)).reason() == ErrorReason::rate_limited);
  const auto fourth = error_of(verifier.verify(token_with_kid("fourth")));
  CHECK(fourth.reason() == ErrorReason::rate_limited);
  issuer.fetcher->open_gate();
  caller.join();
  CHECK(eventually([&] { return inbox.size() == 2; }));
  CHECK(error_of(inbox.at(1)).code() == ErrorCode::unknown_key);
}

TEST_CASE("closing calls back everyone who waits", "[claim-62]") {
  const Issuer issuer;
  Inbox inbox;
  {
    const auto verifier = issuer.loaded();
    issuer.fetcher->close_gate();
    for (const char* kid : {"first", "second", "third"})
      verifier.verify_async(token_with_kid(kid), inbox.callback());
    SECTION("by name") {
      verifier.close();
      verifier.close();
    }
    SECTION("by destruction") {}
  }
  REQUIRE(eventually([&] { return inbox.size() == 3; }));
  for (std::size_t i = 0; i < 3; ++i) CHECK(error_of(inbox.at(i)).reason() == ErrorReason::closed);
}

TEST_CASE("a verifier may be closed or destroyed inside any of its callbacks", "[claim-62]") {
  const Issuer issuer;
  const auto run = [&](const std::shared_ptr<jwks::Executor>& executor, bool destroy) {
    auto verifier = std::make_unique<std::optional<JwksVerifier>>();
    verifier->emplace(with_executor(issuer, executor));
    std::atomic<int> called = 0;
    const auto end = [&](const Result<VerifiedToken>&) {
      if (++called > 1) return;
      if (destroy)
        verifier->reset();
      else
        (*verifier)->close();
    };
    issuer.fetcher->close_gate();
    const JwksVerifier& alive = **verifier;
    alive.verify_async(token_of(key_a()), end);
    alive.verify_async(token_of(key_a()), end);
    issuer.fetcher->open_gate();
    CHECK(eventually([&] { return called == 2; }));
  };
  for (const bool destroy : {false, true}) {
    run(nullptr, destroy);
    run(std::make_shared<test::InlineExecutor>(), destroy);
  }
  SECTION("before the return as well") {
    std::optional<JwksVerifier> verifier(issuer.loaded());
    bool called = false;
    const std::string token = token_of(key_a());
    verifier->verify_async(token, [&](const Result<VerifiedToken>& outcome) {
      verifier.reset();
      called = outcome.has_value();
    });
    CHECK(called);
  }
}

TEST_CASE("a callback may verify, and what it throws is ignored") {
  const Issuer issuer;
  const auto verifier = issuer.verifier({.background_refresh = false});
  std::atomic<int> nested = 0;
  const auto ask_again = [&](const Result<VerifiedToken>&) {
    issuer.fetcher->close_gate();
    verifier.verify_async(token_of(key_a()), [&](const Result<VerifiedToken>& outcome) {
      if (outcome) ++nested;
      issuer.fetcher->open_gate();
      throw 42;
    });
    throw std::runtime_error("callback");
  };
  issuer.fetcher->close_gate();
  verifier.verify_async(token_of(key_a()), ask_again);
  issuer.fetcher->open_gate();
  CHECK(eventually([&] { return nested == 1; }));
  verifier.verify_async(token_of(key_a()), ask_again);
  CHECK(nested == 2);
  verifier.verify_async(token_of(key_a()), nullptr);
  CHECK(verifier.stats().accepted == 5);
}

TEST_CASE("an observer that blocks does not delay callbacks", "[claim-64]") {
  struct Blocked final : jwks::Observer {
    std::atomic<bool> entered = false;
    std::atomic<bool> released = false;
    void on_event(const jwks::Event&) override {
      entered = true;
      while (!released) std::this_thread::yield();
    }
  };
  const Issuer issuer;
  const auto observer = std::make_shared<Blocked>();
  auto options = issuer.options({.background_refresh = false});
  options.observer = observer;
  const auto verifier = JwksVerifier::create(options).value();
  Inbox inbox;
  verifier.verify_async(token_of(key_a()), inbox.callback());
  REQUIRE(eventually([&] { return observer->entered.load(); }));
  CHECK(eventually([&] { return inbox.size() == 1; }));
  observer->released = true;
}

TEST_CASE("a refresh that fails is told to those who wait") {
  const Issuer issuer;
  issuer.fetcher->answer_with_status(500);
  const auto verifier = issuer.verifier({.background_refresh = false});
  Inbox inbox;
  verifier.verify_async(token_of(key_a()), inbox.callback());
  REQUIRE(eventually([&] { return inbox.size() == 1; }));
  CHECK(error_of(inbox.at(0)).reason() == ErrorReason::fetch_failed);
  CHECK(error_of(inbox.at(0)).key_id() == key_a().key_id());
}

TEST_CASE("a caller without a thread looks once more after a flight older than itself",
          "[claim-23]") {
  const Issuer issuer;
  const auto verifier = issuer.loaded();
  issuer.clock->advance(seconds(250));
  issuer.fetcher->close_gate();
  CHECK(verifier.verify(token_of(key_a())));  // starts the background's refresh
  REQUIRE(eventually([&] { return issuer.fetcher->calls() == 2; }));
  Inbox inbox;
  verifier.verify_async(token_of(key_b()), inbox.callback());
  issuer.fetcher->pass_one();  // the old set
  REQUIRE(eventually([&] { return issuer.fetcher->calls() == 3; }));
  CHECK(inbox.size() == 0);
  issuer.publish({key_b()});
  issuer.fetcher->open_gate();
  REQUIRE(eventually([&] { return inbox.size() == 1; }));
  CHECK(inbox.at(0));
  CHECK(issuer.fetcher->calls() == 3);
}

TEST_CASE("keys that are imported meanwhile end every wait") {
  const Issuer issuer;
  const std::string exported = [&] {
    const auto other = issuer.loaded();
    return other.export_snapshot().value();
  }();
  const auto verifier = issuer.verifier({.background_refresh = false});
  issuer.fetcher->close_gate();
  Inbox inbox;
  verifier.verify_async(token_of(key_a()), inbox.callback());
  std::atomic<bool> accepted = false;
  std::jthread caller([&] { accepted = verifier.verify(token_of(key_a())).has_value(); });
  REQUIRE(eventually([&] { return verifier.stats().waiters == 2; }));
  REQUIRE(eventually([&] { return issuer.fetcher->calls() == 2; }));  // and the second one hangs
  REQUIRE(verifier.import_snapshot(exported));
  REQUIRE(eventually([&] { return inbox.size() == 1; }));
  CHECK(inbox.at(0));
  caller.join();
  CHECK(accepted);
  CHECK(issuer.fetcher->calls() == 2);
}

TEST_CASE("a presentation is kept as long as its token waits", "[attack-140]") {
  const Issuer issuer;
  auto options = issuer.options({.background_refresh = false});
  options.validation.dpop = test::dpop_options();
  const auto verifier = JwksVerifier::create(options).value();
  issuer.fetcher->close_gate();
  Inbox inbox;
  {
    std::string token =
        test::lasting_token(key_a())
            .claim("cnf", "{\"jkt\":" + test::json_quoted(test::client_key().thumbprint()) + "}")
            .build()
            .value();
    std::string proof = test::proof_for(token).build().value();
    std::string method = "GET";
    std::string url(test::kUrl);
    const jwks::Presentation presentation{
        .dpop = jwks::DpopRequest{.proofs = {proof}, .method = method, .url = url}};
    verifier.verify_async(token, inbox.callback(), presentation);
    verifier.verify_async(token, inbox.callback());
    for (std::string* text : {&token, &proof, &method, &url}) text->assign(text->size(), '?');
  }
  issuer.fetcher->open_gate();
  REQUIRE(eventually([&] { return inbox.size() == 2; }));
  CHECK(inbox.at(0).has_value() != inbox.at(1).has_value());
  for (std::size_t i = 0; i < 2; ++i) {
    const auto outcome = inbox.at(i);
    if (!outcome) CHECK(outcome.error().code() == ErrorCode::binding_failed);
  }
}

TEST_CASE("a forked child drops what waited in its parent", "[claim-69]") {
  const Issuer issuer;
  const auto verifier = issuer.loaded();
  issuer.fetcher->close_gate();
  Inbox inbox;
  verifier.verify_async(token_of(key_b()), inbox.callback());
  const pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    Inbox own;
    verifier.verify_async(token_of(key_a()), own.callback());
    verifier.verify_async(token_of(key_b()), own.callback());
    const bool answered = own.size() == 2 && own.at(0) && !own.at(1) &&
                          own.at(1).error().reason() == ErrorReason::forked;
    verifier.close();
    _exit(answered && inbox.size() == 0 && verifier.stats().waiters == 0 ? 0 : 1);
  }
  int status = -1;
  REQUIRE(waitpid(child, &status, 0) == child);
  CHECK(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 0);
  CHECK(inbox.size() == 0);
  issuer.fetcher->open_gate();
  CHECK(eventually([&] { return inbox.size() == 1; }));
}
