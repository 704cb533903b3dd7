// The thread shell: what many callers, timers, observers and forks do to a key set.

#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <thread>

#include "support/catch.hpp"
#include "support/issuer_fixture.hpp"

namespace {

using jwks::ErrorCategory;
using jwks::ErrorCode;
using jwks::ErrorReason;
using jwks::Event;
using jwks::EventKind;
using jwks::FetchRequest;
using jwks::JwksVerifier;
using jwks::KeySetState;
using std::chrono::milliseconds;
using std::chrono::seconds;
using test::error_of;
using test::eventually;
using test::Issuer;
using test::key_a;
using test::key_b;
using test::token_of;

/// Runs `body` in `count` threads and waits for them.
void in_parallel(int count, const std::function<void()>& body) {
  std::vector<std::jthread> threads;
  for (int i = 0; i < count; ++i) threads.emplace_back(body);
}

}  // namespace

TEST_CASE("an empty source loads once, whoever asks first", "[claim-1]") {
  const Issuer issuer;
  const auto verifier = issuer.verifier({.background_refresh = false});
  CHECK(issuer.fetcher->calls() == 0);
  CHECK(verifier.verify(token_of(key_a())));
  CHECK(issuer.fetcher->calls() == 1);
  CHECK(issuer.fetcher->requests().at(0).url == test::kJwksUri);
}

TEST_CASE("past the soft point callers return while the refresh is under way",
          "[claim-3][claim-4]") {
  const Issuer issuer;
  const auto verifier = issuer.loaded();
  issuer.clock->advance(seconds(241));
  issuer.fetcher->close_gate();
  const std::string token = token_of(key_a());
  std::atomic<int> accepted = 0;
  in_parallel(100, [&] { accepted += verifier.verify(token).has_value() ? 1 : 0; });
  CHECK(accepted == 100);
  REQUIRE(eventually([&] { return issuer.fetcher->calls() == 2; }));
  CHECK(verifier.health().state == KeySetState::refresh_due);
  issuer.fetcher->open_gate();
  CHECK(eventually([&] { return verifier.health().state == KeySetState::fresh; }));
  CHECK(issuer.fetcher->calls() == 2);
}

TEST_CASE("the timer refreshes without traffic", "[claim-5]") {
  const Issuer issuer;
  const auto verifier = issuer.verifier();
  REQUIRE(verifier.warm_up(seconds(5)));
  CHECK(issuer.fetcher->calls() == 1);
  issuer.clock->advance(seconds(239));
  CHECK(verifier.health().next_attempt_in == seconds(1));
  CHECK(verifier.health().state == KeySetState::fresh);
  CHECK(issuer.fetcher->calls() == 1);
  issuer.clock->advance(seconds(1));
  CHECK(eventually([&] { return issuer.fetcher->calls() == 2; }));
  CHECK(eventually([&] { return verifier.health().state == KeySetState::fresh; }));
}

TEST_CASE("stepping the wall clock changes nothing about the keys", "[claim-12][attack-202]") {
  const Issuer issuer;
  const auto verifier = issuer.loaded();
  for (const auto step : {std::chrono::hours(24), std::chrono::hours(-48)}) {
    issuer.clock->step_wall(step);
    CHECK(verifier.health().state == KeySetState::fresh);
  }
}

TEST_CASE("two hundred callers share the flight that brings their key", "[claim-14][attack-203]") {
  const Issuer issuer;
  const auto verifier = issuer.loaded();
  issuer.publish({key_a(), key_b()});
  issuer.fetcher->close_gate();
  const std::string token = token_of(key_b());
  std::atomic<int> accepted = 0;
  std::atomic<int> refreshed = 0;
  {
    std::vector<std::jthread> callers;
    for (int i = 0; i < 200; ++i)
      callers.emplace_back([&] {
        const auto result = verifier.verify(token);
        if (!result) return;
        ++accepted;
        if (result->key_refreshed()) ++refreshed;
      });
    CHECK(eventually([&] { return verifier.stats().kid_misses == 200; }));
    issuer.fetcher->open_gate();
  }
  CHECK(accepted == 200);
  CHECK(refreshed == 200);
  CHECK(issuer.fetcher->calls() == 2);
}

TEST_CASE("a flood of random kids does not touch callers with known kids",
          "[claim-15][attack-182]") {
  const Issuer issuer;
  const auto verifier = issuer.loaded();
  issuer.fetcher->close_gate();
  std::vector<std::jthread> flood;
  std::atomic<int> refused = 0;
  for (int i = 0; i < 20; ++i)
    flood.emplace_back([&, i] {
      const auto error = error_of(verifier.verify(test::token_with_kid("r" + std::to_string(i))));
      if (error.code() == ErrorCode::unknown_key || error.category() == ErrorCategory::unavailable)
        ++refused;
    });
  CHECK(eventually([&] { return verifier.stats().kid_misses == 20; }));
  CHECK(verifier.verify(token_of(key_a())));  // while the fetch hangs
  issuer.fetcher->open_gate();
  flood.clear();
  CHECK(refused == 20);
  CHECK(issuer.fetcher->calls() <= 3);
}

TEST_CASE("callers beyond the limit are answered at once") {
  const Issuer issuer;
  std::atomic<int> turned_away = 0;
  // Three callers, one place to wait: whoever takes it, the other two are told so.
  const auto crowd = [&](const JwksVerifier& verifier, ErrorReason expected) {
    issuer.fetcher->close_gate();
    std::vector<std::jthread> callers;
    for (const char* kid : {"first", "second", "third"})
      callers.emplace_back([&, kid] {
        const auto error = error_of(verifier.verify(test::token_with_kid(kid)));
        if (error.reason() == expected && error.retry_after()) ++turned_away;
      });
    CHECK(eventually([&] { return turned_away == 2; }));
    verifier.close();
    issuer.fetcher->open_gate();
  };
  SECTION("of a source with keys") {
    crowd(issuer.loaded({.max_waiters = 1}), ErrorReason::rate_limited);
  }
  SECTION("of an empty one") {
    crowd(issuer.verifier({.background_refresh = false, .max_waiters = 1}),
          ErrorReason::too_many_waiters);
  }
  CHECK(turned_away == 2);
}

TEST_CASE("a dead issuer costs one flight, and everyone hears of it", "[claim-41][claim-42]") {
  const Issuer issuer;
  issuer.fetcher->answer_with_status(500);
  issuer.fetcher->close_gate();
  auto options = issuer.options({.background_refresh = false});
  options.jitter = &test::nearly_one;
  const auto verifier = JwksVerifier::create(options).value();
  std::atomic<int> told = 0;
  {
    std::vector<std::jthread> callers;
    for (int i = 0; i < 100; ++i)
      callers.emplace_back([&] {
        const auto error = error_of(verifier.verify(token_of(key_a())));
        if (error.reason() == ErrorReason::fetch_failed && error.retryable()) ++told;
      });
    CHECK(eventually([&] { return verifier.stats().kid_misses == 100; }));
    issuer.fetcher->open_gate();
  }
  CHECK(told == 100);
  CHECK(issuer.fetcher->calls() == 1);
  const auto late = error_of(verifier.verify(token_of(key_a())));
  CHECK(late.reason() == ErrorReason::backing_off);
  CHECK(late.retry_after() == seconds(1));
  CHECK_FALSE(verifier.warm_up(milliseconds(0)));
  CHECK(issuer.fetcher->calls() == 1);

  issuer.publish({key_a()});
  issuer.clock->advance(seconds(1));
  CHECK(verifier.verify(token_of(key_a())));
}

TEST_CASE("the background recovers by itself when the issuer comes back", "[claim-42]") {
  const Issuer issuer;
  issuer.fetcher->answer_with_status(500);
  const auto verifier = issuer.verifier();
  REQUIRE(eventually([&] { return verifier.stats().fetch_failures >= 1; }));
  issuer.publish({key_a()});
  CHECK(eventually([&] {
    issuer.clock->advance(seconds(1));
    return verifier.health().state == KeySetState::fresh;
  }));
}

TEST_CASE("in an outage old keys serve at once, marked stale", "[claim-33]") {
  const Issuer issuer;
  const auto verifier = issuer.loaded();
  issuer.fetcher->answer_with_status(500);
  issuer.clock->advance(seconds(310));
  CHECK(verifier.verify(token_of(key_a())));  // asks, is told that nobody is there
  CHECK(verifier.stats().fetches == 2);
  const auto result = verifier.verify(token_of(key_a()));
  REQUIRE(result);
  CHECK(result->stale());
  CHECK(result->key_age() == seconds(310));
  CHECK_FALSE(result->key_refreshed());
  CHECK(verifier.stats().stale_verifications == 2);
  CHECK(verifier.verify_cached(token_of(key_a())));
  CHECK(eventually([&] { return issuer.observer->count(EventKind::stale_served) == 1; }));
}

TEST_CASE("closing aborts the fetch and wakes its waiters", "[claim-62][attack-205]") {
  const Issuer issuer;
  const auto verifier = issuer.verifier({.background_refresh = false});
  issuer.fetcher->close_gate();
  std::optional<jwks::Error> error;
  {
    std::jthread caller([&] { error = error_of(verifier.verify(token_of(key_a()))); });
    REQUIRE(eventually([&] { return issuer.fetcher->calls() == 1; }));
    verifier.close();
    verifier.close();
  }
  CHECK(error->reason() == ErrorReason::closed);
  CHECK(error_of(verifier.verify(token_of(key_a()))).reason() == ErrorReason::closed);
  CHECK(verifier.refresh(seconds(1)).error().reason() == ErrorReason::closed);
  CHECK(verifier.warm_up(seconds(1)).error().reason() == ErrorReason::closed);
  CHECK(issuer.fetcher->calls() == 1);
}

TEST_CASE("after closing, held keys serve while they are fresh") {
  const Issuer issuer;
  const auto verifier = issuer.loaded();
  verifier.close();
  CHECK(verifier.verify(token_of(key_a())));
  CHECK(error_of(verifier.verify(token_of(key_b()))).reason() == ErrorReason::closed);
  issuer.clock->advance(seconds(301));
  CHECK(error_of(verifier.verify(token_of(key_a()))).reason() == ErrorReason::closed);
}

TEST_CASE("a verifier may be destroyed inside its own callback", "[claim-62]") {
  struct Destroyer final : jwks::Observer {
    std::optional<JwksVerifier> verifier;
    std::mutex mutex;
    std::atomic<bool> done = false;
    void on_event(const Event& event) override {
      if (event.kind != EventKind::fetch_succeeded) return;
      const std::lock_guard lock(mutex);
      verifier.reset();
      done = true;
    }
  };
  const Issuer issuer;
  const auto destroyer = std::make_shared<Destroyer>();
  auto options = issuer.options();
  options.observer = destroyer;
  {
    const std::lock_guard lock(destroyer->mutex);
    destroyer->verifier.emplace(JwksVerifier::create(options).value());
  }
  CHECK(eventually([&] { return destroyer->done.load(); }));
}

TEST_CASE("an observer that throws or blocks disturbs nobody", "[claim-64]") {
  struct Troublemaker final : jwks::Observer {
    std::atomic<bool> released = false;
    std::atomic<int> calls = 0;
    void on_event(const Event&) override {
      if (++calls > 1) throw std::runtime_error("observer");
      while (!released) std::this_thread::yield();
    }
  };
  const Issuer issuer;
  const auto observer = std::make_shared<Troublemaker>();
  auto options = issuer.options();
  options.observer = observer;
  const auto verifier = JwksVerifier::create(options).value();
  REQUIRE(verifier.warm_up(seconds(5)));
  REQUIRE(eventually([&] { return observer->calls == 1; }));
  CHECK(verifier.verify(token_of(key_a())));
  observer->released = true;
  CHECK(eventually([&] { return observer->calls >= 3; }));
  CHECK(verifier.refresh(seconds(5)));
}

TEST_CASE("a fetcher that throws ends its flight, and the next one is possible", "[claim-65]") {
  const Issuer issuer;
  issuer.fetcher->script([](const FetchRequest&) -> jwks::Fetcher::Outcome { throw 42; });
  const auto verifier = issuer.verifier({.background_refresh = false});
  CHECK(error_of(verifier.verify(token_of(key_a()))).reason() == ErrorReason::fetch_failed);
  issuer.publish({key_a()});
  CHECK(verifier.refresh(seconds(5)));
  CHECK(verifier.verify(token_of(key_a())));
}

TEST_CASE("a refresh that an operator asks for ignores the limits") {
  const Issuer issuer;
  const auto verifier = issuer.loaded();
  issuer.publish({key_b()});
  for (int i = 0; i < 5; ++i) CHECK(verifier.refresh(seconds(5)));
  CHECK(issuer.fetcher->calls() == 6);
  CHECK(verifier.health().generation == 2);
  CHECK(verifier.health().kids == std::vector<std::string>{key_b().key_id()});
  issuer.fetcher->answer_with_status(500);
  CHECK(verifier.refresh(seconds(5)).error().reason() == ErrorReason::fetch_failed);
  CHECK(verifier.health().last_error->detail().find("500") != std::string_view::npos);
}

TEST_CASE("one hanging issuer does not hold up the others", "[claim-66][claim-67]") {
  const Issuer hanging("https://hanging.example");
  hanging.fetcher->close_gate();
  // Two verifiers of it, neither of which has failed yet: together they hold one thread.
  const auto stuck = hanging.verifier();
  const auto stuck_too = hanging.verifier();
  REQUIRE(eventually([&] { return hanging.fetcher->calls() == 1; }));
  std::vector<std::unique_ptr<Issuer>> issuers;
  std::vector<JwksVerifier> verifiers;
  for (int i = 0; i < 49; ++i) {
    issuers.push_back(std::make_unique<Issuer>("https://" + std::to_string(i) + ".example"));
    verifiers.push_back(issuers.back()->verifier());
  }
  for (std::size_t i = 0; i < verifiers.size(); ++i) {
    REQUIRE(verifiers[i].warm_up(seconds(5)));
    CHECK(verifiers[i].verify(issuers[i]->token(key_a())));
    CHECK(verifiers[i].refresh(seconds(5)));
    CHECK(issuers[i]->fetcher->calls() == 2);
  }
  CHECK(stuck.health().state == KeySetState::empty);
  CHECK(hanging.fetcher->calls() == 1);
  // Draining one bucket leaves another one full.
  for (const char* kid : {"a", "b", "c"}) {
    issuers[0]->clock->advance(seconds(2));
    CHECK_FALSE(verifiers[0].verify(issuers[0]->token_with_kid(kid)));
  }
  CHECK(issuers[0]->fetcher->calls() == 4);
  issuers[1]->publish({key_b()});
  issuers[1]->clock->advance(seconds(2));
  CHECK(verifiers[1].verify(issuers[1]->token(key_b())));
}

TEST_CASE("verify_cached never waits for the network", "[claim-70]") {
  const Issuer issuer;
  issuer.fetcher->close_gate();
  const auto verifier = issuer.verifier({.background_refresh = false});
  const auto cold = error_of(verifier.verify_cached(token_of(key_a())));
  CHECK(cold.reason() == ErrorReason::never_loaded);
  CHECK(cold.retryable());
  REQUIRE(eventually([&] { return issuer.fetcher->calls() == 1; }));  // but it starts the load
  issuer.fetcher->open_gate();
  REQUIRE(verifier.warm_up(seconds(5)));
  CHECK(verifier.verify_cached(token_of(key_a())));

  issuer.fetcher->close_gate();
  issuer.publish({key_a(), key_b()});
  const auto miss = error_of(verifier.verify_cached(token_of(key_b())));
  CHECK(miss.code() == ErrorCode::unknown_key);
  CHECK(miss.reason() == ErrorReason::rate_limited);
  CHECK(miss.key_id() == key_b().key_id());
  issuer.fetcher->open_gate();
  CHECK(eventually([&] { return verifier.verify_cached(token_of(key_b())).has_value(); }));
}

TEST_CASE("events tell what happened to the keys") {
  const Issuer issuer;
  const auto verifier = issuer.loaded();
  issuer.publish({key_b()});
  CHECK(verifier.verify(token_of(key_b())));
  issuer.fetcher->answer_with_body("{}");
  CHECK_FALSE(verifier.refresh(seconds(5)));
  const auto& seen = *issuer.observer;
  REQUIRE(eventually([&] { return seen.count(EventKind::document_rejected) == 1; }));
  CHECK(seen.count(EventKind::fetch_started) == 3);
  CHECK(seen.count(EventKind::fetch_succeeded) == 2);
  CHECK(seen.count(EventKind::fetch_failed) == 1);
  const auto changes = seen.events(EventKind::keys_changed);
  REQUIRE(changes.size() == 2);
  CHECK(changes[1].added == std::vector<std::string>{key_b().key_id()});
  CHECK(changes[1].removed == std::vector<std::string>{key_a().key_id()});
  const auto recovered = seen.events(EventKind::rotation_recovered);
  REQUIRE(recovered.size() == 1);
  CHECK(recovered[0].key_id == key_b().key_id());
  CHECK(recovered[0].source == test::kIssuer);
}

TEST_CASE("a forked child verifies with the keys it holds and fetches nothing", "[claim-69]") {
  const Issuer issuer;
  const auto verifier = issuer.verifier();
  REQUIRE(verifier.warm_up(seconds(5)));
  const std::string known = token_of(key_a());
  const std::string unknown = token_of(key_b());

  // Other threads hold every lock again and again while we fork.
  std::atomic<bool> stop = false;
  std::vector<std::jthread> noise;
  for (int i = 0; i < 3; ++i)
    noise.emplace_back([&] {
      while (!stop) {
        static_cast<void>(verifier.health());
        static_cast<void>(verifier.verify_cached(unknown));
      }
    });
  for (int round = 0; round < 10; ++round) {
    const pid_t child = fork();
    REQUIRE(child >= 0);
    if (child == 0) {
      const bool verifies = verifier.verify(known).has_value();
      const auto miss = verifier.verify(unknown);
      const bool says_so = !miss && miss.error().reason() == ErrorReason::forked;
      const auto refresh = verifier.refresh(seconds(1));
      const bool refuses = !refresh && refresh.error().reason() == ErrorReason::forked;
      const bool healthy = verifier.health().kids.size() == 1;
      verifier.close();
      _exit(verifies && says_so && refuses && healthy ? 0 : 1);
    }
    int status = -1;
    REQUIRE(waitpid(child, &status, 0) == child);
    CHECK(WIFEXITED(status));
    CHECK(WEXITSTATUS(status) == 0);
  }
  stop = true;
  noise.clear();
  CHECK(verifier.verify(known));  // the parent is none the worse
}

TEST_CASE("a forked child may make a verifier of its own", "[claim-69]") {
  const Issuer issuer;
  const auto verifier = issuer.verifier();
  REQUIRE(verifier.warm_up(seconds(5)));
  const pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    const Issuer own;
    const auto fresh = own.verifier();
    _exit(fresh.verify(token_of(key_a())) ? 0 : 1);
  }
  int status = -1;
  REQUIRE(waitpid(child, &status, 0) == child);
  CHECK(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 0);
}
