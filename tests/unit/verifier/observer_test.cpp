// Events: each kind that KEY_SOURCE section 8 names, with what it says there.

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <thread>

#include "support/catch.hpp"
#include "support/issuer_fixture.hpp"

namespace {

using jwks::ErrorReason;
using jwks::Event;
using jwks::EventKind;
using jwks::FetchCause;
using jwks::KeySetState;
using std::chrono::milliseconds;
using std::chrono::seconds;
using test::eventually;
using test::Issuer;
using test::key_a;
using test::key_b;
using test::token_of;
using test::token_with_kid;

/// The `number`th event of this kind, once it was delivered.
Event event_of(const Issuer& issuer, EventKind kind, std::size_t number = 1) {
  if (!eventually([&] { return issuer.observer->count(kind) >= number; }))
    throw std::runtime_error("no event " + std::string(to_string(kind)));
  return issuer.observer->events(kind).at(number - 1);
}

}  // namespace

TEST_CASE("a first load tells its start, its success, the new keys, and the change of state") {
  const Issuer issuer;
  issuer.fetcher->answer_with_body(
      test::jwks_document({key_a().public_jwk(), R"({"kty":"XYZ","kid":"odd"})"}));
  const auto verifier = issuer.loaded();

  const Event started = event_of(issuer, EventKind::fetch_started);
  CHECK(started.source == test::kIssuer);
  CHECK(started.cause == FetchCause::startup);
  const Event succeeded = event_of(issuer, EventKind::fetch_succeeded);
  CHECK(succeeded.cause == FetchCause::startup);
  CHECK(succeeded.status == 200);
  CHECK(succeeded.changed);
  CHECK(succeeded.keys == 1);
  CHECK(succeeded.skipped == 1);
  CHECK(succeeded.bytes > 100);
  CHECK_FALSE(succeeded.error);
  const Event changed = event_of(issuer, EventKind::keys_changed);
  CHECK(changed.keys == 1);
  CHECK(changed.added == std::vector<std::string>{"key-a"});
  CHECK(changed.removed.empty());
  const Event skipped = event_of(issuer, EventKind::key_skipped);
  CHECK(skipped.key_id == "odd");
  REQUIRE(skipped.error);
  CHECK(skipped.error->reason() == ErrorReason::unknown_kty);
  const Event state = event_of(issuer, EventKind::state_changed);
  CHECK(state.from == KeySetState::empty);
  CHECK(state.to == KeySetState::fresh);
}

TEST_CASE("a rotation tells which kids came and went") {
  const Issuer issuer;
  const auto verifier = issuer.loaded();
  issuer.publish({key_b()});
  REQUIRE(verifier.verify(token_of(key_b())));
  const Event changed = event_of(issuer, EventKind::keys_changed, 2);
  CHECK(changed.cause == FetchCause::kid_miss);
  CHECK(changed.added == std::vector<std::string>{"key-b"});
  CHECK(changed.removed == std::vector<std::string>{"key-a"});
  CHECK(event_of(issuer, EventKind::rotation_recovered).key_id == "key-b");
}

TEST_CASE("a confirmed set tells that nothing changed") {
  const Issuer issuer;
  const auto verifier = issuer.loaded();
  REQUIRE(verifier.refresh(seconds(30)));
  const Event confirmed = event_of(issuer, EventKind::fetch_succeeded, 2);
  CHECK(confirmed.cause == FetchCause::manual);
  CHECK_FALSE(confirmed.changed);
  CHECK(confirmed.keys == 1);
  CHECK(issuer.observer->count(EventKind::keys_changed) == 1);
}

TEST_CASE("a failure tells its cause, which one in a row it is, and when the next attempt is") {
  const Issuer issuer;
  auto options = issuer.options({.background_refresh = false});
  options.jitter = &test::nearly_one;
  const auto verifier = jwks::JwksVerifier::create(options).value();
  issuer.fetcher->answer_with_status(500);
  for (unsigned attempt = 1; attempt <= 3; ++attempt) {
    static_cast<void>(verifier.verify(token_of(key_a())));
    const Event failed = event_of(issuer, EventKind::fetch_failed, attempt);
    CHECK(failed.attempt == attempt);
    CHECK(failed.status == 500);
    REQUIRE(failed.error);
    CHECK(failed.error->reason() == ErrorReason::fetch_failed);
    const milliseconds ceiling = seconds(1U << (attempt - 1));
    CHECK(failed.next_attempt_in > ceiling * 9 / 10);
    CHECK(failed.next_attempt_in <= ceiling);
    issuer.clock->advance(seconds(120));
  }
  CHECK(issuer.observer->count(EventKind::document_rejected) == 0);
}

TEST_CASE("a document that is not believed is told of twice: as a failure and as rejected") {
  const Issuer issuer;
  issuer.fetcher->answer_with_body("[]");
  const auto verifier = issuer.verifier({.background_refresh = false});
  static_cast<void>(verifier.verify(token_of(key_a())));
  const Event rejected = event_of(issuer, EventKind::document_rejected);
  CHECK(rejected.status == 200);
  CHECK(rejected.bytes == 2);
  REQUIRE(rejected.error);
  CHECK(rejected.error->reason() == ErrorReason::document_rejected);
  CHECK(event_of(issuer, EventKind::fetch_failed).error->reason() ==
        ErrorReason::document_rejected);
}

TEST_CASE("a thousand stale verifications are one event, which tells the age of the keys",
          "[claim-82]") {
  const Issuer issuer;
  const auto verifier = issuer.loaded();
  issuer.fetcher->fail();
  issuer.clock->advance(seconds(310));
  REQUIRE_FALSE(verifier.refresh(seconds(30)));
  const std::string token = token_of(key_a());
  for (int i = 0; i < 1000; ++i) REQUIRE(verifier.verify(token).value().stale());
  CHECK(event_of(issuer, EventKind::stale_served).key_age == seconds(310));
  // Events are delivered in order: this one comes after all of the above.
  REQUIRE_FALSE(verifier.refresh(seconds(30)));
  static_cast<void>(event_of(issuer, EventKind::fetch_failed, 2));
  CHECK(issuer.observer->count(EventKind::stale_served) == 1);
  CHECK(verifier.stats().stale_verifications == 1000);
  // Each change of state once, and they form a chain.
  KeySetState last = KeySetState::empty;
  for (const Event& event : issuer.observer->events(EventKind::state_changed)) {
    CHECK(event.from == last);
    CHECK(event.to != event.from);
    last = event.to;
  }
  CHECK(last == KeySetState::stale);
}

TEST_CASE("an observer that ends with a dropped event may ask other verifiers") {
  /// Holds the delivery of all events up until it is let go.
  struct Blocker final : jwks::Observer {
    void on_event(const Event&) override {
      entered = true;
      std::unique_lock lock(mutex);
      condition.wait(lock, [&] { return open; });
    }
    std::atomic<bool> entered = false;
    std::mutex mutex;
    std::condition_variable condition;
    bool open = false;
  };
  struct Asks final : jwks::Observer {
    Asks(const jwks::JwksVerifier& whom, std::atomic<bool>& when) : verifier(whom), done(when) {}
    ~Asks() override {
      std::thread([this] { static_cast<void>(verifier.health()); }).join();
      done = true;
    }
    void on_event(const Event&) override {}
    const jwks::JwksVerifier& verifier;
    std::atomic<bool>& done;
  };
  const auto blocker = std::make_shared<Blocker>();
  std::atomic<bool> done = false;
  const Issuer issuer;
  const auto verifier = issuer.loaded();
  auto options = issuer.options();
  options.observer = blocker;
  const auto blocking = jwks::JwksVerifier::create(options).value();
  REQUIRE(eventually([&] { return blocker->entered.load(); }));
  options.observer = std::make_shared<Asks>(verifier, done);
  {
    const auto gone = jwks::JwksVerifier::create(options).value();
    options.observer.reset();
    REQUIRE(gone.warm_up(seconds(30)));
  }
  // Its events are the oldest in the queue now, and hold the last reference.
  for (int i = 0; i < 2000 && !done; ++i) static_cast<void>(verifier.refresh(seconds(30)));
  CHECK(done);
  const std::lock_guard lock(blocker->mutex);
  blocker->open = true;
  blocker->condition.notify_all();
}

TEST_CASE("strangers cause one event per reason, not one per token") {
  const Issuer issuer;
  const auto verifier = issuer.loaded();
  static_cast<void>(verifier.verify(token_with_kid("kid-1")));  // asks the issuer
  for (int i = 0; i < 100; ++i) {
    static_cast<void>(verifier.verify(token_with_kid("kid-1")));
    static_cast<void>(verifier.verify(token_with_kid("kid-2")));
  }
  CHECK(verifier.stats().refreshes_suppressed == 200);
  // Events are delivered in order: these come after all of the above.
  REQUIRE(verifier.refresh(seconds(30)));
  static_cast<void>(event_of(issuer, EventKind::fetch_succeeded, 3));
  CHECK(issuer.observer->count(EventKind::refresh_suppressed) == 2);
  // A flight has ended: what follows is another story.
  static_cast<void>(verifier.verify(token_with_kid("kid-1")));
  static_cast<void>(event_of(issuer, EventKind::refresh_suppressed, 3));
}

TEST_CASE("a suppressed refresh tells why: rate limit, negative cache, back-off") {
  const Issuer issuer;
  const auto verifier = issuer.loaded();
  const auto reason = [&](std::size_t number) {
    const Event event = event_of(issuer, EventKind::refresh_suppressed, number);
    CHECK(event.key_id.starts_with("kid"));
    return event.error.value().reason();
  };
  static_cast<void>(verifier.verify(token_with_kid("kid-1")));  // asks the issuer
  static_cast<void>(verifier.verify(token_with_kid("kid-1")));
  CHECK(reason(1) == ErrorReason::negative);
  static_cast<void>(verifier.verify(token_with_kid("kid-2")));  // too soon after the first
  CHECK(reason(2) == ErrorReason::rate_limited);
  issuer.fetcher->fail();
  REQUIRE_FALSE(verifier.refresh(seconds(30)));
  static_cast<void>(verifier.verify(token_with_kid("kid-3")));
  CHECK(reason(3) == ErrorReason::backing_off);
  CHECK(verifier.stats().refreshes_suppressed == 3);
}

TEST_CASE("a caller that gives up is told of") {
  const Issuer issuer;
  const auto verifier = issuer.loaded();
  issuer.fetcher->close_gate();
  std::jthread caller([&] { static_cast<void>(verifier.verify(token_with_kid("nobody"))); });
  REQUIRE(eventually([&] { return verifier.stats().waiters == 1; }));
  issuer.clock->advance(seconds(3));
  CHECK(event_of(issuer, EventKind::wait_timed_out).source == test::kIssuer);
  issuer.fetcher->open_gate();
}

TEST_CASE("enumerators of events have their names") {
  std::set<std::string_view> names;
  unsigned kinds = 0;
  for (; to_string(static_cast<EventKind>(kinds)) != "unknown"; ++kinds)
    names.insert(to_string(static_cast<EventKind>(kinds)));
  CHECK(names.size() == kinds);
  CHECK(kinds == static_cast<unsigned>(EventKind::snapshot_not_saved) + 1);
  CHECK(names.contains("stale_served"));
  unsigned states = 0;
  while (to_string(static_cast<KeySetState>(states)) != "unknown") ++states;
  CHECK(states == static_cast<unsigned>(KeySetState::static_keys) + 1);
}
