// Several issuers over real sockets.

#include <string>
#include <vector>

#include "e2e/world.hpp"
#include "jwks/multi_issuer_verifier.hpp"
#include "support/raw_server.hpp"

namespace {

using namespace test;
using jwks::MultiIssuerVerifier;
using std::chrono::seconds;

jwks::VerifierOptions options_for_silent(const std::string& url) {
  return {.issuer = url,
          .audiences = {std::string(kAudience)},
          .cache = {.caller_wait = std::chrono::milliseconds(0)},
          .http = {.allow_loopback_http = true, .total_timeout = seconds(60)}};
}

std::string token_of(const Emulator& issuer) {
  return take(issuer.issue({.audience = std::string(kAudience)}));
}

/// The same, but with the name of another issuer.
std::string token_in_the_name_of(const std::string& name, const Emulator& signer) {
  return take(
      signer.issue({.audience = std::string(kAudience), .claims = {{"iss", "\"" + name + "\""}}}));
}

}  // namespace

TEST_CASE("fifty issuers over sockets with one that hangs, and the others verify and refresh",
          "[claim-66]") {
  const RawServer silent(silence());
  const std::string silent_url = silent.origin();
  std::vector<Emulator> issuers;
  std::vector<jwks::VerifierOptions> options{options_for_silent(silent_url)};
  for (int i = 1; i < 50; ++i) {
    issuers.push_back(take(Emulator::start({.keys = {{.algorithm = Algorithm::es256}}})));
    options.push_back(options_for(issuers.back()));
  }
  const auto verifier = take(MultiIssuerVerifier::create(options));
  for (const Emulator& issuer : issuers) {
    CAPTURE(issuer.issuer());
    const auto token = verifier.verify(token_of(issuer));
    REQUIRE(token.has_value());
    CHECK(token->claims().issuer() == issuer.issuer());
  }
  check_refused(verifier.verify(token_in_the_name_of(silent_url, issuers[0])),
                ErrorCode::keys_unavailable, ErrorReason::never_loaded);
  for (const Emulator& issuer : issuers) {
    CAPTURE(issuer.issuer());
    take_nothing(issuer.rotate_keys(Rotation::hard));
    take_nothing(verifier.verifier_of(issuer.issuer())->refresh(seconds(30)));
    const auto token = verifier.verify(token_of(issuer));
    REQUIRE(token.has_value());
    CHECK_FALSE(token->key_refreshed());
    CHECK(verifier.verifier_of(issuer.issuer())->stats().fetch_failures == 0);
  }
  CHECK(verifier.verifier_of(silent_url)->health().state == jwks::KeySetState::empty);
  CHECK_FALSE(silent.requests().empty());  // it was asked, and hung indeed
}

TEST_CASE("an issuer can't sign for another, whoever is asked for the key") {
  const World one;
  const World other;
  const auto verifier =
      take(MultiIssuerVerifier::create({options_for(one.issuer), options_for(other.issuer)}));
  const std::string forged = token_in_the_name_of(one.issuer.issuer(), other.issuer);
  check_refused(verifier.verify(forged), ErrorCode::unknown_key);
  REQUIRE(verifier.verify(token_of(one.issuer)).has_value());
  REQUIRE(verifier.verify(token_of(other.issuer)).has_value());
  check_refused(verifier.verify(forged), ErrorCode::unknown_key, ErrorReason::negative);
}

TEST_CASE("an issuer that goes away and comes back is removed and added without a restart") {
  const World world;
  const auto verifier = take(MultiIssuerVerifier::create({}));
  const std::string token = token_of(world.issuer);
  check_refused(verifier.verify(token), ErrorCode::wrong_issuer);
  for (int round = 0; round < 3; ++round) {
    take_nothing(verifier.add(options_for(world.issuer)));
    take_nothing(verifier.warm_up(seconds(30)));
    CHECK(verifier.verify(token).has_value());
    CHECK(verifier.remove(world.issuer.issuer()));
    check_refused(verifier.verify(token), ErrorCode::wrong_issuer);
  }
}
