// A service that is restarted while its issuer is down, or has moved on meanwhile.

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <thread>

#include "e2e/shifted_clock.hpp"
#include "e2e/world.hpp"
#include "support/recording_observer.hpp"
#include "support/temporary_directory.hpp"

namespace {

using namespace test;
using jwks::EventKind;
using jwks::JwksVerifier;
using jwks::KeySetState;
using std::chrono::seconds;

/// A service with a folder for its keys; each `start` is a new run of it.
class Service {
 public:
  explicit Service(const Emulator& issuer) : issuer_(issuer) {}

  [[nodiscard]] JwksVerifier start() {
    observer = std::make_shared<RecordingObserver>();
    auto options = options_for(issuer_);
    options.observer = observer;
    options.clock = clock;
    options.snapshot_store = take(jwks::make_file_snapshot_store(folder_.path()));
    return take(JwksVerifier::create(std::move(options)));
  }
  /// Runs until a verification has succeeded and the keys are in the folder.
  void run_once(const std::string& token) {
    const auto verifier = start();
    REQUIRE(verifier.verify(token).has_value());
    REQUIRE(wait_for([this] { return saved(); }));
  }
  /// The file of the keys; empty if there is none.
  [[nodiscard]] std::filesystem::path file() const {
    for (const auto& entry : std::filesystem::directory_iterator(folder_.path()))
      if (entry.path().extension() == ".jwks") return entry.path();
    return {};
  }
  [[nodiscard]] bool saved() const { return !file().empty(); }

  template <class Condition>
  static bool wait_for(Condition condition) {
    const auto deadline = std::chrono::steady_clock::now() + seconds(30);
    while (!condition()) {
      if (std::chrono::steady_clock::now() > deadline) return false;
      std::this_thread::yield();
    }
    return true;
  }
  [[nodiscard]] bool told(EventKind kind) const {
    return wait_for([&] { return observer->count(kind) > 0; });
  }

  std::shared_ptr<ShiftedClock> clock = std::make_shared<ShiftedClock>();
  std::shared_ptr<RecordingObserver> observer;

 private:
  const Emulator& issuer_;
  TemporaryDirectory folder_;
};

}  // namespace

TEST_CASE("a service that restarts while its issuer is down goes on verifying", "[claim-85]") {
  const auto issuer = take(Emulator::start(small_keys()));
  const auto text = take(issuer.issue({.audience = std::string(kAudience)}));
  Service service(issuer);
  service.run_once(text);
  issuer.stop();

  const auto verifier = service.start();
  const auto token = verifier.verify(text);
  REQUIRE(token.has_value());
  CHECK(token->claims().subject() == "user");
  CHECK(service.told(EventKind::snapshot_loaded));
  CHECK(service.told(EventKind::fetch_failed));  // the issuer was asked all the same
  CHECK(verifier.verify(text).has_value());

  // Without the folder nobody could tell.
  auto options = options_for(issuer);
  const auto without = take(JwksVerifier::create(std::move(options)));
  const auto refused = without.verify(text);
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().code() == ErrorCode::keys_unavailable);

  take_nothing(issuer.restart());
  service.clock->advance(seconds(120));  // past any back-off
  CHECK(Service::wait_for([&] { return verifier.health().state == KeySetState::fresh; }));
  CHECK(verifier.verify(text).has_value());
}

TEST_CASE("keys that were withdrawn while the service was off are given up at once") {
  const auto issuer = take(Emulator::start(small_keys()));
  const auto old = take(issuer.issue({.audience = std::string(kAudience)}));
  Service service(issuer);
  service.run_once(old);
  take_nothing(issuer.rotate_keys(Rotation::hard));
  const auto fresh = take(issuer.issue({.audience = std::string(kAudience)}));

  const auto verifier = service.start();
  CHECK(verifier.verify(fresh).has_value());
  CHECK(service.told(EventKind::snapshot_loaded));
  check_refused(verifier.verify(old), ErrorCode::unknown_key);
}

TEST_CASE("a damaged file costs a request and no more") {
  const auto issuer = take(Emulator::start(small_keys()));
  const auto text = take(issuer.issue({.audience = std::string(kAudience)}));
  Service service(issuer);
  service.run_once(text);
  std::filesystem::resize_file(service.file(), 100);

  {
    const auto verifier = service.start();
    CHECK(verifier.verify(text).has_value());
    REQUIRE(service.told(EventKind::snapshot_ignored));
    CHECK(service.observer->events(EventKind::snapshot_ignored).at(0).error->reason() ==
          ErrorReason::snapshot_rejected);
    CHECK(Service::wait_for([&] { return std::filesystem::file_size(service.file()) > 100; }));
  }
  issuer.stop();
  CHECK(service.start().verify(text).has_value());
}

TEST_CASE("a key set goes from one process to another as a text") {
  const World world;
  const std::string text = world.token();
  REQUIRE(world.verifier.verify(text).has_value());
  const std::string snapshot = take(world.verifier.export_snapshot());
  world.issuer.stop();

  auto options = options_for(world.issuer);
  options.cache.background_refresh = false;
  const auto other = take(JwksVerifier::create(options));
  take_nothing(other.import_snapshot(snapshot));
  CHECK(other.verify(text).has_value());
  CHECK(other.verify_cached(text).has_value());

  options.jwks_uri = world.issuer.jwks_uri();
  const auto foreign = take(JwksVerifier::create(options));
  const auto refused = foreign.import_snapshot(snapshot);
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().reason() == ErrorReason::snapshot_rejected);
  CHECK(refused.error().subject() == "jwks_uri");
}
