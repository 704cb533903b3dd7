// Rotations over a real socket, and what they cost the issuer.

#include <atomic>
#include <latch>
#include <string>
#include <thread>
#include <vector>

#include "e2e/world.hpp"

namespace {

using namespace test;

TEST_CASE("a rotation costs exactly one more JWK Set request", "[claim-13][claim-22]") {
  for (const Rotation rotation : {Rotation::switch_to, Rotation::hard}) {
    CAPTURE(to_string(rotation));
    const World world(jwks::emulator::EmulatorOptions{});  // all four algorithms
    REQUIRE(world.verifier.verify(world.token()).has_value());
    REQUIRE(world.jwks_requests() == 1);
    const std::string old_kid = world.issuer.key_id(Algorithm::es256);

    take_nothing(world.issuer.rotate_keys(rotation));
    REQUIRE(world.issuer.key_id(Algorithm::es256) != old_kid);
    const auto first = world.verifier.verify(world.token());
    REQUIRE(first.has_value());
    CHECK(first->key_refreshed());
    CHECK(first->key_id() == world.issuer.key_id(Algorithm::es256));

    // The set is cached whole: the other algorithms' new keys came along.
    for (const Algorithm algorithm : {Algorithm::rs256, Algorithm::ps256, Algorithm::eddsa}) {
      const auto token = world.verifier.verify(world.token({.algorithm = algorithm}));
      REQUIRE(token.has_value());
      CHECK_FALSE(token->key_refreshed());
    }
    CHECK(world.jwks_requests() == 2);
    CHECK(world.verifier.stats().fetches == 2);
  }
}

TEST_CASE("a token of a key that is still published stays good after the rotation") {
  const World world;
  const std::string old = world.token();
  REQUIRE(world.verifier.verify(old).has_value());
  take_nothing(world.issuer.rotate_keys(Rotation::switch_to));
  REQUIRE(world.verifier.verify(world.token()).has_value());
  CHECK(world.verifier.verify(old).has_value());
  CHECK(world.jwks_requests() == 2);
}

TEST_CASE("a token of a removed key is refused from the moment the new set is known",
          "[claim-56]") {
  const World world;
  const std::string old = world.token();
  REQUIRE(world.verifier.verify(old).has_value());
  take_nothing(world.issuer.rotate_keys(Rotation::hard));
  CHECK(world.verifier.verify(old).has_value());  // nobody has heard of the rotation yet
  REQUIRE(world.verifier.verify(world.token()).has_value());
  const auto refused = world.verifier.verify(old);
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().code() == ErrorCode::unknown_key);
}

TEST_CASE("a key that was announced costs no request when it begins to sign") {
  const World world;
  take_nothing(world.issuer.rotate_keys(Rotation::announce));
  const std::string old_kid = world.issuer.key_id(Algorithm::es256);
  take_nothing(world.verifier.refresh(std::chrono::seconds(30)));  // as time would bring about
  const std::size_t requests = world.jwks_requests();

  take_nothing(world.issuer.rotate_keys(Rotation::switch_to));
  const auto token = world.verifier.verify(world.token());
  REQUIRE(token.has_value());
  CHECK(token->key_id() != old_kid);
  CHECK_FALSE(token->key_refreshed());
  CHECK(world.jwks_requests() == requests);
}

TEST_CASE("an unknown kid twice in a row costs one fetch", "[claim-18]") {
  const World world;
  REQUIRE(world.verifier.verify(world.token()).has_value());
  const std::string stranger = world.token({.header = {{"kid", R"("nobody")"}}});
  check_refused(world.verifier.verify(stranger), ErrorCode::unknown_key);
  CHECK(world.jwks_requests() == 2);
  check_refused(world.verifier.verify(stranger), ErrorCode::unknown_key, ErrorReason::negative);
  CHECK(world.jwks_requests() == 2);
}

TEST_CASE("many threads that meet a rotation at once cost one fetch, and all succeed",
          "[claim-14]") {
  constexpr int kThreads = 32;
  const World world;
  const std::string old = world.token();
  REQUIRE(world.verifier.verify(old).has_value());
  take_nothing(world.issuer.rotate_keys(Rotation::switch_to));
  const std::string fresh = world.token();

  std::latch start(kThreads);
  std::atomic<int> accepted{0};
  std::atomic<int> old_accepted{0};
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < kThreads; ++i) {
      threads.emplace_back([&] {
        start.arrive_and_wait();
        if (world.verifier.verify(fresh)) ++accepted;
        if (world.verifier.verify(old)) ++old_accepted;
      });
    }
  }
  CHECK(accepted == kThreads);
  CHECK(old_accepted == kThreads);
  CHECK(world.jwks_requests() == 2);
}

TEST_CASE("verification from many threads goes on while the issuer rotates again and again") {
  constexpr int kThreads = 4;
  constexpr int kRotations = 5;
  const World world;
  const std::string first = world.token();
  REQUIRE(world.verifier.verify(first).has_value());

  std::atomic<bool> done{false};
  std::atomic<int> refused{0};
  std::atomic<int> verified{0};
  std::vector<std::jthread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&] {
      do {
        world.verifier.verify(first) ? ++verified : ++refused;
      } while (!done);
    });
  }
  for (int i = 0; i < kRotations; ++i) {
    take_nothing(world.issuer.rotate_keys(Rotation::switch_to));  // the first key stays published
    take_nothing(world.verifier.refresh(std::chrono::seconds(30)));
  }
  done = true;
  threads.clear();
  CHECK(refused == 0);
  CHECK(verified >= kThreads);
  CHECK(world.verifier.verify(world.token()).has_value());
}

}  // namespace
