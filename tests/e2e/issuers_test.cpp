// Several issuers of one emulator, and the rotations that change what a known key is.

#include <chrono>
#include <string>
#include <vector>

#include "e2e/world.hpp"
#include "jwks/multi_issuer_verifier.hpp"

namespace {

using namespace test;
using jwks::MultiIssuerVerifier;
using std::chrono::seconds;

jwks::emulator::EmulatorOptions with_issuers() {
  auto options = small_keys();
  options.issuers = {{.name = "blue"},
                     {.name = "green",
                      .keys = {{.algorithm = Algorithm::es384}},
                      .token_lifetime = seconds(60),
                      .claims = {{"colour", R"("green")"}}}};
  return options;
}

jwks::VerifierOptions options_for(const Emulator& emulator, std::string_view name) {
  jwks::VerifierOptions options = test::options_for(emulator);
  options.issuer = emulator.issuer(name);
  return options;
}

std::string token_of(const Emulator& emulator, std::string_view name) {
  return take(emulator.issue({.audience = std::string(kAudience), .issuer = std::string(name)}));
}

TEST_CASE("the issuers of one emulator are found by discovery, each with keys of its own") {
  const auto emulator = take(Emulator::start(with_issuers()));
  const auto verifier = take(MultiIssuerVerifier::create(
      {options_for(emulator, ""), options_for(emulator, "blue"), options_for(emulator, "green")}));
  for (const std::string name : {"", "blue", "green"}) {
    CAPTURE(name);
    const auto token = verifier.verify(token_of(emulator, name));
    REQUIRE(token.has_value());
    CHECK(token->claims().issuer() == emulator.issuer(name));
    CHECK(token->key_id() == emulator.key_id(token->algorithm(), name));
    CHECK(emulator.requests(emulator.jwks_uri(name).substr(emulator.url().size())) == 1);
  }
  const auto green = verifier.verify(token_of(emulator, "green"));
  REQUIRE(green.has_value());
  CHECK(green->algorithm() == Algorithm::es384);
}

TEST_CASE("an issuer of an emulator can't sign for its neighbour") {
  const auto emulator = take(Emulator::start(with_issuers()));
  const auto verifier = take(
      MultiIssuerVerifier::create({options_for(emulator, "blue"), options_for(emulator, "green")}));
  const std::string forged =
      take(emulator.issue({.audience = std::string(kAudience),
                           .claims = {{"iss", '"' + emulator.issuer("green") + '"'}},
                           .issuer = "blue"}));
  check_refused(verifier.verify(forged), ErrorCode::unknown_key);
  check_refused(verifier.verify(token_of(emulator, "")), ErrorCode::wrong_issuer);
}

TEST_CASE("a rotation of one issuer leaves the keys of the others alone") {
  const auto emulator = take(Emulator::start(with_issuers()));
  const auto verifier = take(
      MultiIssuerVerifier::create({options_for(emulator, "blue"), options_for(emulator, "green")}));
  const std::string blue = token_of(emulator, "blue");
  REQUIRE(verifier.verify(blue).has_value());
  const auto version = emulator.jwks_version("blue");
  take_nothing(emulator.rotate_keys(Rotation::hard, "green"));
  CHECK(emulator.jwks_version("blue") == version);
  CHECK(verifier.verify(token_of(emulator, "green")).has_value());
  CHECK(verifier.verify(blue).has_value());
  take_nothing(verifier.verifier_of(emulator.issuer("blue"))->refresh(seconds(30)));
  CHECK(verifier.verify(blue).has_value());
}

TEST_CASE("issuers come into being when they are first asked for, if that is on") {
  auto options = small_keys();
  options.auto_issuers = true;
  const auto emulator = take(Emulator::start(options));
  auto of_tenant = test::options_for(emulator);
  of_tenant.issuer = emulator.issuer() + "/tenant-7";
  const auto verifier = take(jwks::JwksVerifier::create(of_tenant));
  take_nothing(verifier.warm_up(seconds(30)));
  CHECK(verifier.verify(token_of(emulator, "tenant-7")).has_value());
  check_refused(verifier.verify(token_of(emulator, "")), ErrorCode::wrong_issuer);
}

TEST_CASE("a key that was withdrawn and published again verifies its tokens again") {
  const World world;
  const std::string old = world.token();
  REQUIRE(world.verifier.verify(old).has_value());
  take_nothing(world.issuer.rotate_keys(Rotation::switch_to));
  take_nothing(world.issuer.rotate_keys(Rotation::retire));
  take_nothing(world.verifier.refresh(seconds(30)));
  const auto refused = world.verifier.verify(old);
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().code() == ErrorCode::unknown_key);

  take_nothing(world.issuer.rotate_keys(Rotation::republish));
  take_nothing(world.verifier.refresh(seconds(30)));
  CHECK(world.verifier.verify(old).has_value());
  CHECK(world.verifier.verify(world.token()).has_value());
}

TEST_CASE("another key under a known kid is believed from the next refresh on", "[attack-180]") {
  const World world;
  const std::string old = world.token();
  REQUIRE(world.verifier.verify(old).has_value());
  const std::string kid = world.issuer.key_id(Algorithm::es256);
  take_nothing(world.issuer.rotate_keys(Rotation::same_kid));
  REQUIRE(world.issuer.key_id(Algorithm::es256) == kid);
  const std::string fresh = world.token();
  check_refused(world.verifier.verify(fresh), ErrorCode::bad_signature);
  CHECK(world.verifier.verify(old).has_value());

  take_nothing(world.verifier.refresh(seconds(30)));
  CHECK(world.verifier.verify(fresh).has_value());
  check_refused(world.verifier.verify(old), ErrorCode::bad_signature);
}

TEST_CASE("a verifier that may fetch for a bad signature follows a key under a known kid",
          "[attack-180]") {
  const auto issuer = take(Emulator::start(small_keys()));
  auto options = test::options_for(issuer);
  options.cache.bad_signature_refresh = true;
  const auto verifier = take(jwks::JwksVerifier::create(options));
  REQUIRE(verifier.verify(token_of(issuer, "")).has_value());
  take_nothing(issuer.rotate_keys(Rotation::same_kid));
  CHECK(verifier.verify(token_of(issuer, "")).has_value());
}

}  // namespace
