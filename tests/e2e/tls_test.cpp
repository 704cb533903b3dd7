// The emulator over https, with the certificate authority that it makes at its start.

#include <string>

#include "e2e/world.hpp"

namespace {

using namespace test;

jwks::emulator::EmulatorOptions with_tls() {
  auto options = small_keys();
  options.tls = true;
  return options;
}

jwks::VerifierOptions trusting(const Emulator& issuer, std::string ca) {
  return {.issuer = issuer.issuer(),
          .audiences = {std::string(kAudience)},
          .cache = {.caller_wait = std::chrono::seconds(60), .background_refresh = false},
          .http = {.ca_pem = std::move(ca)}};
}

TEST_CASE("a verifier that trusts the emulator's CA finds its keys over https") {
  const auto issuer = take(Emulator::start(with_tls()));
  CHECK(issuer.url().starts_with("https://"));
  CHECK(issuer.issuer() == issuer.url());
  CHECK(issuer.jwks_uri().starts_with(issuer.url()));
  // Without allow_loopback_http: nothing but https would be asked.
  const auto verifier = take(jwks::JwksVerifier::create(trusting(issuer, issuer.ca_pem())));
  const std::string first = take(issuer.issue({.audience = std::string(kAudience)}));
  REQUIRE(verifier.verify(first).has_value());
  take_nothing(issuer.rotate_keys(Rotation::hard));
  REQUIRE(verifier.verify(take(issuer.issue({.audience = std::string(kAudience)}))).has_value());
  const auto refused = verifier.verify(first);
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().code() == ErrorCode::unknown_key);
}

TEST_CASE("who does not trust the emulator's CA does not get as far as a request", "[attack-197]") {
  const auto issuer = take(Emulator::start(with_tls()));
  const auto other = take(Emulator::start(with_tls()));
  const std::string token = take(issuer.issue({.audience = std::string(kAudience)}));
  CHECK(issuer.ca_pem() != other.ca_pem());
  for (const std::string& ca : {std::string(), other.ca_pem()}) {
    const auto verifier = take(jwks::JwksVerifier::create(trusting(issuer, ca)));
    check_refused(verifier.verify(token), ErrorCode::keys_unavailable, ErrorReason::fetch_failed);
  }
  CHECK(issuer.journal().empty());
}

TEST_CASE("an emulator without TLS has no CA to trust") {
  const auto issuer = take(Emulator::start(small_keys()));
  CHECK(issuer.ca_pem().empty());
  CHECK(issuer.url().starts_with("http://"));
}

}  // namespace
