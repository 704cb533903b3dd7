// The SnapshotStore of a verifier: read once before the first request, written after each answer.

#include <atomic>
#include <map>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "source/snapshot_codec.hpp"
#include "support/catch.hpp"
#include "support/issuer_fixture.hpp"
#include "support/temporary_directory.hpp"

namespace {

using jwks::Error;
using jwks::ErrorCode;
using jwks::ErrorReason;
using jwks::EventKind;
using jwks::JwksVerifier;
using jwks::KeySetState;
using jwks::Result;
using jwks::source::decode_snapshot;
using std::chrono::hours;
using std::chrono::seconds;
using test::error_of;
using test::eventually;
using test::Issuer;
using test::key_a;
using test::key_b;
using test::token_of;

/// A store in memory. A test may do something in each call before it takes effect.
class MemoryStore final : public jwks::SnapshotStore {
 public:
  using Texts = std::map<std::string, std::string>;

  std::function<void(std::stop_token)> on_load = [](const std::stop_token&) {};
  std::function<void(std::stop_token)> on_save = [](const std::stop_token&) {};

  Result<std::optional<std::string>> load(std::string_view source, std::stop_token stop) override {
    const InCall call(*this);
    ++loads;
    on_load(std::move(stop));
    const std::lock_guard lock(mutex_);
    const auto found = texts_.find(std::string(source));
    return found == texts_.end() ? std::nullopt : std::optional(found->second);
  }
  Result<void> save(std::string_view source, std::string_view snapshot,
                    std::stop_token stop) override {
    const InCall call(*this);
    on_save(std::move(stop));
    const std::lock_guard lock(mutex_);
    texts_[std::string(source)] = snapshot;
    ++saves;
    return {};
  }

  void put(const std::string& source, std::string text) {
    const std::lock_guard lock(mutex_);
    texts_[source] = std::move(text);
  }
  [[nodiscard]] Texts texts() const {
    const std::lock_guard lock(mutex_);
    return texts_;
  }

  std::atomic<int> loads = 0;
  std::atomic<int> saves = 0;    ///< that succeeded
  std::atomic<int> calls = 0;    ///< under way
  std::atomic<int> crowded = 0;  ///< calls that were not alone

 private:
  struct InCall {
    explicit InCall(MemoryStore& in) : store(in) {
      if (++store.calls > 1) ++store.crowded;
    }
    ~InCall() { --store.calls; }
    InCall(const InCall&) = delete;
    InCall& operator=(const InCall&) = delete;
    MemoryStore& store;
  };

  mutable std::mutex mutex_;
  Texts texts_;
};

/// A door that calls of a store wait at, until it is opened or they are told to stop.
class Door {
 public:
  void open() { open_ = true; }
  void wait(const std::stop_token& stop) const {
    while (!open_ && !stop.stop_requested()) std::this_thread::yield();
  }

 private:
  std::atomic<bool> open_ = false;
};

const std::string kName = std::string(test::kIssuer) + " " + std::string(test::kJwksUri);

struct Stored : Issuer {
  std::shared_ptr<MemoryStore> store = std::make_shared<MemoryStore>();

  [[nodiscard]] jwks::VerifierOptions stored_options(jwks::CacheOptions cache = {}) const {
    cache.background_refresh = false;
    auto made = options(cache);
    made.snapshot_store = store;
    return made;
  }
  [[nodiscard]] JwksVerifier stored_verifier(jwks::CacheOptions cache = {}) const {
    return JwksVerifier::create(stored_options(cache)).value();
  }
  [[nodiscard]] std::size_t count(EventKind kind) const { return observer->count(kind); }
  /// Waits until no source is left that could call the store.
  [[nodiscard]] bool let_go() const {
    return eventually([&] { return store.use_count() == 1; });
  }
};

std::string exported(const Issuer& issuer) { return issuer.loaded().export_snapshot().value(); }

}  // namespace

TEST_CASE("what a store holds answers a caller before the issuer does", "[claim-85]") {
  const Stored world;
  world.store->put(kName, exported(world));
  world.fetcher->close_gate();
  const auto verifier = world.stored_verifier();
  CHECK(world.store->loads == 0);  // nobody has asked for keys
  CHECK(verifier.verify(token_of(key_a())));
  CHECK(verifier.stats().fetches == 0);  // none has ended
  CHECK(world.store->loads == 1);
  REQUIRE(eventually([&] { return world.count(EventKind::snapshot_loaded) == 1; }));
  const auto told = world.observer->events(EventKind::snapshot_loaded);
  CHECK(told[0].keys == 1);
  CHECK(told[0].source == test::kIssuer);

  // The flight that the caller began goes on to the issuer.
  REQUIRE(eventually([&] { return world.fetcher->calls() == 2; }));
  world.fetcher->open_gate();
  CHECK(eventually([&] { return verifier.health().state == KeySetState::fresh; }));
  CHECK(world.store->loads == 1);
}

TEST_CASE("a store is read before the first request in the background too", "[claim-85]") {
  const Stored world;
  world.store->put(kName, exported(world));
  world.fetcher->fail();
  auto options = world.stored_options();
  options.cache.background_refresh = true;
  const auto verifier = JwksVerifier::create(options).value();
  REQUIRE(eventually([&] { return verifier.health().state != KeySetState::empty; }));
  CHECK(verifier.verify_cached(token_of(key_a())));
  CHECK(world.store->loads == 1);
}

TEST_CASE("an empty store is no event, and is filled by the first answer") {
  const Stored world;
  const auto verifier = world.stored_verifier();
  CHECK(verifier.verify(token_of(key_a())));
  REQUIRE(eventually([&] { return world.store->saves == 1; }));
  REQUIRE(world.store->texts().size() == 1);
  CHECK(world.store->texts().at(kName) == verifier.export_snapshot().value());
  REQUIRE(verifier.refresh(seconds(5)));  // its events come after those of the load
  REQUIRE(eventually([&] { return world.count(EventKind::fetch_succeeded) == 2; }));
  CHECK(world.count(EventKind::snapshot_loaded) == 0);
  CHECK(world.count(EventKind::snapshot_ignored) == 0);
  CHECK(world.count(EventKind::snapshot_not_saved) == 0);
}

TEST_CASE("every answer that confirms or changes the set is saved, and no failure is") {
  const Stored world;
  const auto verifier = world.stored_verifier();
  const auto saved = [&] { return decode_snapshot(world.store->texts().at(kName)).value(); };
  REQUIRE(verifier.refresh(seconds(5)));
  REQUIRE(eventually([&] { return world.store->saves == 1; }));
  CHECK(saved().validated_at == test::kNow);

  world.clock->advance(seconds(100));
  REQUIRE(verifier.refresh(seconds(5)));  // the same document
  REQUIRE(eventually([&] { return world.store->saves == 2; }));
  CHECK(saved().validated_at == test::kNow + seconds(100));

  world.fetcher->answer_with_status(500);
  CHECK_FALSE(verifier.refresh(seconds(5)));
  world.fetcher->answer_with_body("{}");
  CHECK_FALSE(verifier.refresh(seconds(5)));

  world.publish({key_b()});
  REQUIRE(verifier.refresh(seconds(5)));
  REQUIRE(eventually([&] { return world.store->saves == 3; }));
  CHECK(*saved().document == test::keys_of({key_b()}));
}

TEST_CASE("what a store holds that is of no use is ignored, told, and replaced") {
  const Stored world;
  const std::string good = exported(world);
  const auto hostile = [&](std::string text, std::string_view why) {
    const Stored now;
    now.clock->step_wall(seconds(60));
    now.store->put(kName, std::move(text));
    const auto verifier = now.stored_verifier();
    CHECK(verifier.verify(token_of(key_a())));  // by the issuer's answer
    CHECK(now.fetcher->calls() == 1);
    REQUIRE(eventually([&] { return now.count(EventKind::snapshot_ignored) == 1; }));
    const auto told = now.observer->events(EventKind::snapshot_ignored).at(0);
    REQUIRE(told.error);
    CAPTURE(told.error->message());
    CHECK(told.error->reason() == ErrorReason::snapshot_rejected);
    CHECK(told.error->detail().find(why) != std::string_view::npos);
    CHECK(now.count(EventKind::snapshot_loaded) == 0);
    REQUIRE(eventually([&] { return now.store->saves == 1; }));
    CHECK(decode_snapshot(now.store->texts().at(kName)));
  };
  std::string flipped = good;
  flipped[good.size() / 2] = static_cast<char>(flipped[good.size() / 2] ^ 1);
  hostile(flipped, "damaged");
  hostile(good.substr(0, good.size() - 1), "damaged");
  hostile("", "not a snapshot");
  hostile(std::string(10 * 1024 * 1024, 'x'), "300 KiB");
  const auto changed = [&](auto change) {
    auto stored = decode_snapshot(good).value();
    change(stored);
    return encode_snapshot(stored).value();
  };
  hostile(changed([](auto& s) { s.issuer = "https://other.example"; }), "another issuer");
  hostile(changed([](auto& s) { s.jwks_uri = "https://issuer.example/2"; }), "another jwks_uri");
  hostile(changed([](auto& s) { s.validated_at += seconds(61); }), "future");
  hostile(changed([](auto& s) {
            s.validated_at -= hours(2);
            s.fresh_until -= hours(2);
            s.stale_until -= hours(2);
          }),
          "expired");
  hostile(
      changed([](auto& s) { s.document = std::make_shared<const std::string>(R"({"keys":[]})"); }),
      "no usable key");
}

TEST_CASE("a store that throws does no more harm than one that fails") {
  const std::function<void()> throws[] = {[] { throw std::runtime_error("redis is \x1b[31mred"); },
                                          [] { throw 42; }, [] { throw std::bad_alloc(); }};
  const std::string_view details[] = {"redis is \\x1b[31mred", "threw an exception", ""};
  for (std::size_t i = 0; i < std::size(throws); ++i) {
    const Stored world;
    world.store->on_load =
        world.store->on_save = [thrower = throws[i]](const std::stop_token&) { thrower(); };
    const auto verifier = world.stored_verifier();
    CHECK(verifier.verify(token_of(key_a())));
    for (const EventKind kind : {EventKind::snapshot_ignored, EventKind::snapshot_not_saved}) {
      REQUIRE(eventually([&] { return world.count(kind) == 1; }));
      const auto told = world.observer->events(kind).at(0);
      REQUIRE(told.error);
      CHECK(told.error->category() == jwks::ErrorCategory::unavailable);
      CHECK(told.error->detail().find(details[i]) != std::string_view::npos);
    }
    CHECK(verifier.refresh(seconds(5)));  // goes on, and tries to save again
    CHECK(eventually([&] { return world.count(EventKind::snapshot_not_saved) == 2; }));
    CHECK(world.store->loads == 1);
  }
}

TEST_CASE("a store's own error is reported as it is") {
  struct Refusing final : jwks::SnapshotStore {
    Result<std::optional<std::string>> load(std::string_view, std::stop_token) override {
      return Error(ErrorCode::bad_config).because("no route to the store");
    }
    Result<void> save(std::string_view, std::string_view, std::stop_token) override {
      return Error(ErrorCode::keys_unavailable).because("read-only replica");
    }
  };
  const Issuer issuer;
  auto options = issuer.options({.background_refresh = false});
  options.snapshot_store = std::make_shared<Refusing>();
  const auto verifier = JwksVerifier::create(options).value();
  CHECK(verifier.verify(token_of(key_a())));
  const auto told = [&](EventKind kind) {
    REQUIRE(eventually([&] { return issuer.observer->count(kind) == 1; }));
    return issuer.observer->events(kind).at(0).error.value();
  };
  CHECK(told(EventKind::snapshot_ignored).code() == ErrorCode::bad_config);
  CHECK(told(EventKind::snapshot_ignored).detail() == "no route to the store");
  CHECK(told(EventKind::snapshot_not_saved).detail() == "read-only replica");
}

TEST_CASE("a slow store delays the first answer and no other") {
  const Stored world;
  world.store->put(kName, exported(world));
  world.fetcher->close_gate();
  const auto door = std::make_shared<Door>();
  world.store->on_load = [door](const std::stop_token& stop) { door->wait(stop); };
  const auto verifier = world.stored_verifier();
  bool accepted = false;
  {
    std::jthread caller([&] { accepted = verifier.verify(token_of(key_a())).has_value(); });
    REQUIRE(eventually([&] { return world.store->calls == 1; }));
    CHECK(error_of(verifier.verify_cached(token_of(key_a()))).category() ==
          jwks::ErrorCategory::unavailable);
    CHECK(world.fetcher->calls() == 1);  // that of the export
    door->open();
  }
  CHECK(accepted);  // while the issuer hangs
}

TEST_CASE("closing ends the reading of a store, and lets a save come to its end") {
  const Stored world;
  std::atomic<bool> called = false;
  std::atomic<bool> stopped = false;
  const auto hang = [&](const std::stop_token& stop) {
    called = true;
    while (!stop.stop_requested()) std::this_thread::yield();
    stopped = true;
  };
  const auto hangs = [&] { return eventually([&] { return called.load(); }); };
  auto options = world.stored_options();
  options.cache.background_refresh = true;
  SECTION("while it loads") {
    world.store->put(kName, exported(world));
    world.store->on_load = hang;
    std::optional<JwksVerifier> verifier(JwksVerifier::create(options).value());
    REQUIRE(hangs());
    SECTION("by close") {
      verifier->close();
      CHECK(error_of(verifier->verify(token_of(key_a()))).reason() == ErrorReason::closed);
    }
    SECTION("by its end") { verifier.reset(); }
    CHECK(eventually([&] { return stopped.load(); }));
    verifier.reset();
  }
  SECTION("while it saves") {
    // Otherwise keys that are known to be withdrawn would be back at the next start.
    const auto door = std::make_shared<Door>();
    world.store->on_save = [door](const std::stop_token& stop) { door->wait(stop); };
    std::optional<JwksVerifier> verifier(JwksVerifier::create(options).value());
    REQUIRE(eventually([&] { return world.fetcher->calls() == 1 && world.store->calls == 1; }));
    verifier.reset();
    CHECK(world.store->saves == 0);
    door->open();
    CHECK(eventually([&] { return world.store->saves == 1; }));
  }
  options.snapshot_store.reset();
  CHECK(world.let_go());
  CHECK(world.count(EventKind::snapshot_loaded) == 0);
  CHECK(world.count(EventKind::snapshot_ignored) == 0);
  CHECK(world.count(EventKind::snapshot_not_saved) == 0);
}

TEST_CASE("while a store hangs the issuer is asked all the same, and the newest set is saved") {
  const Stored world;
  const auto door = std::make_shared<Door>();
  world.store->on_save = [door](const std::stop_token& stop) { door->wait(stop); };
  const auto verifier = world.stored_verifier();
  CHECK(verifier.verify(token_of(key_a())));
  REQUIRE(eventually([&] { return world.store->calls == 1; }));
  for (const auto& keys : {std::vector{key_a(), key_b()}, std::vector{key_b()}}) {
    world.publish(keys);
    REQUIRE(verifier.refresh(seconds(5)));
    CHECK(verifier.verify(token_of(key_b())));
  }
  CHECK(world.store->saves == 0);
  door->open();
  CHECK(eventually([&] {
    const auto texts = world.store->texts();
    return texts.contains(kName) &&
           *decode_snapshot(texts.at(kName)).value().document == test::keys_of({key_b()});
  }));
  CHECK(world.store->crowded == 0);
}

TEST_CASE("an answer that comes after closing is not saved") {
  const Stored world;
  auto options = world.stored_options();
  {
    const auto verifier = JwksVerifier::create(options).value();
    REQUIRE(verifier.verify(token_of(key_a())));
    REQUIRE(eventually([&] { return world.store->saves == 1; }));
    // The next answer comes too late.
    world.fetcher->script([&](const jwks::FetchRequest&) {
      verifier.close();
      return jwks::Fetcher::Outcome{jwks::FetchResponse{
          .status = 200, .body = test::keys_of({key_b()}), .content_type = "application/json"}};
    });
    CHECK(verifier.refresh(seconds(5)).error().reason() == ErrorReason::closed);
  }
  options.snapshot_store.reset();
  REQUIRE(world.let_go());
  CHECK(world.fetcher->calls() == 2);
  CHECK(world.store->saves == 1);
}

TEST_CASE("a store may ask the verifier that calls it") {
  const Stored world;
  world.store->put(kName, exported(world));
  std::mutex mutex;
  std::optional<JwksVerifier> verifier;
  int asked = 0;
  world.store->on_load = world.store->on_save = [&](const std::stop_token&) {
    const std::lock_guard lock(mutex);
    if (!verifier) return;
    static_cast<void>(verifier->health());
    static_cast<void>(verifier->stats());
    static_cast<void>(verifier->verify_cached(token_of(key_b())));
    static_cast<void>(verifier->export_snapshot());
    ++asked;
  };
  const auto made = [&] {
    const std::lock_guard lock(mutex);
    verifier.emplace(world.stored_verifier());
    return &*verifier;
  }();
  CHECK(made->verify(token_of(key_a())));
  CHECK(eventually([&] {
    const std::lock_guard lock(mutex);
    return asked >= 2;
  }));
  {
    const std::lock_guard lock(mutex);
    verifier.reset();
  }
  CHECK(world.let_go());
}

TEST_CASE("verifiers of different key sets share a store and not its entries") {
  const Stored one;
  auto options = one.stored_options();
  const auto save = [&](std::string issuer, std::string uri) {
    options.issuer = std::move(issuer);
    options.jwks_uri = std::move(uri);
    const int before = one.store->saves;
    const auto verifier = JwksVerifier::create(options).value();
    CHECK(verifier.refresh(seconds(5)));
    CHECK(eventually([&] { return one.store->saves == before + 1; }));
  };
  save("https://issuer.example", "https://issuer.example/jwks");
  save("https://issuer.example", "https://issuer.example/other");
  save("https://issuer.example/", "https://issuer.example/jwks");
  CHECK(one.store->texts().size() == 3);
  save("https://issuer.example", "https://issuer.example/jwks");
  CHECK(one.store->texts().size() == 3);
  CHECK(one.store->texts().contains(kName));
}

TEST_CASE("a file keeps the keys for the next process, and heals when it is damaged",
          "[claim-85]") {
  const test::TemporaryDirectory directory;
  const auto file = [&] {
    for (const auto& entry : std::filesystem::directory_iterator(directory.path()))
      if (entry.path().extension() == ".jwks") return entry.path();
    return std::filesystem::path();
  };
  const auto run = [&](Issuer& issuer) {
    auto options = issuer.options({.background_refresh = false});
    options.snapshot_store = jwks::make_file_snapshot_store(directory.path()).value();
    return JwksVerifier::create(options).value();
  };
  Issuer first;
  {
    const auto verifier = run(first);
    REQUIRE(verifier.verify(token_of(key_a())));
    REQUIRE(eventually([&] { return !file().empty(); }));
  }
  Issuer second;
  second.fetcher->fail();
  second.clock->advance(seconds(100));
  {
    const auto verifier = run(second);
    const auto token = verifier.verify(token_of(key_a()));
    REQUIRE(token);
    CHECK(token->key_age() == seconds(100));
  }
  std::filesystem::resize_file(file(), std::filesystem::file_size(file()) - 1);
  Issuer third;
  third.fetcher->fail();
  third.clock->advance(seconds(100));
  const auto verifier = run(third);
  CHECK(error_of(verifier.verify(token_of(key_a()))).reason() == ErrorReason::fetch_failed);
  REQUIRE(eventually([&] { return third.observer->count(EventKind::snapshot_ignored) == 1; }));
  third.publish({key_a()});
  CHECK(verifier.refresh(seconds(5)));
  CHECK(verifier.verify(token_of(key_a())));
  const auto healed = [&] {
    std::string text(std::filesystem::file_size(file()), '\0');
    std::unique_ptr<FILE, int (*)(FILE*)> in(fopen(file().c_str(), "r"), &fclose);
    text.resize(fread(text.data(), 1, text.size(), in.get()));
    return decode_snapshot(text).has_value();
  };
  CHECK(eventually(healed));
}
