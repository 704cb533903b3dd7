// Several issuers, each with its own keys and its own way to name things.

#include <string>
#include <vector>

#include "jwks/authenticator.hpp"
#include "support/catch.hpp"
#include "support/many_issuers.hpp"
#include "unit/auth/authenticators.hpp"

namespace {

using jwks::AuthenticatorPtr;
using jwks::ErrorReason;
using jwks::HealthStatus;
using jwks::make_multi_issuer_authenticator;
using jwks::PrincipalMapper;
using jwks::TrustedIssuer;
using std::chrono::seconds;
using test::answer_of;
using test::fault_of;
using test::lasting_token;
using test::Mailbox;
using test::ManyIssuers;
using test::refusal_of;

/// The user of the issuer number i is in the claim "user-i".
std::vector<TrustedIssuer> trusted(const ManyIssuers& issuers) {
  std::vector<TrustedIssuer> all;
  for (std::size_t i = 0; i < issuers.size(); ++i) {
    const std::string claim = "user-" + std::to_string(i);
    all.push_back({.verifier = issuers.options(i, {.background_refresh = false}),
                   .mapper = PrincipalMapper::create({.user_id = {claim}}).value()});
  }
  return all;
}

AuthenticatorPtr authenticator(const ManyIssuers& issuers) {
  return make_multi_issuer_authenticator(trusted(issuers)).value();
}

/// A token of one issuer, signed with another's key if it is to be forged.
std::string token(const ManyIssuers& issuers, std::size_t i, std::size_t signer) {
  return lasting_token(issuers.key(signer))
      .claim("iss", test::json_quoted(issuers.name(i)))
      .claim("user-0", R"("zero")")
      .claim("user-1", R"("one")")
      .build()
      .value();
}

}  // namespace

TEST_CASE("a caller is named by the mapper of the issuer whose key signed") {
  const ManyIssuers issuers(2);
  const auto auth = authenticator(issuers);
  CHECK(auth->mode() == "multi_issuer");
  for (const std::size_t i : {0U, 1U}) {
    const auto caller = auth->authenticate(token(issuers, i, i));
    REQUIRE(caller);
    CHECK(caller->user_id == (i == 0 ? "zero" : "one"));
    CHECK(caller->issuer == issuers.name(i));
  }
  CHECK(answer_of(auth->authenticate(token(issuers, 0, 1))) == "bad_signature");
  CHECK(answer_of(auth->authenticate(issuers.token(0))) == "missing_claim");
}

TEST_CASE("a stranger's token is refused, and costs no request") {
  const ManyIssuers issuers(3);
  auto known = trusted(issuers);
  known.pop_back();
  const auto auth = make_multi_issuer_authenticator(std::move(known)).value();
  REQUIRE(auth->warm_up(seconds(5)));
  const auto requests = issuers.fetches();
  CHECK(answer_of(auth->authenticate(token(issuers, 2, 2))) == "wrong_issuer");
  CHECK(answer_of(auth->authenticate(
            lasting_token(issuers.key(0)).claim("iss", "").build().value())) == "missing_claim");
  CHECK(issuers.fetches() == requests);
}

TEST_CASE("a callback that waits gets the caller by the mapper of its issuer") {
  const ManyIssuers issuers(2);
  issuers.fetcher(1).close_gate();
  auto auth = authenticator(issuers);
  REQUIRE_FALSE(auth->warm_up(seconds(0)));
  Mailbox mailbox;
  auth->authenticate_async(token(issuers, 1, 1), mailbox.callback());
  CHECK(mailbox.calls() == 0);
  issuers.fetcher(1).open_gate();
  CHECK(answer_of(mailbox.outcome()) == "one");

  Mailbox stranger;
  auth->authenticate_async("garbage", stranger.callback());
  CHECK(stranger.was_called_here());
  CHECK(answer_of(stranger.outcome()) == "not_three_segments");
}

TEST_CASE("a callback that waits when all issuers go is told so") {
  const ManyIssuers issuers(2);
  issuers.fetcher(0).close_gate();
  auto auth = authenticator(issuers);
  Mailbox mailbox;
  auth->authenticate_async(token(issuers, 0, 0), mailbox.callback());
  auth.reset();
  CHECK(refusal_of(mailbox.outcome()).reason() == ErrorReason::closed);
}

TEST_CASE("the health of several issuers is that of the worst") {
  const ManyIssuers issuers(2);
  issuers.fetcher(1).close_gate();
  const auto auth = authenticator(issuers);
  CHECK(auth->authenticate(token(issuers, 0, 0)));
  CHECK(auth->health() == HealthStatus::unavailable);
  issuers.fetcher(1).open_gate();
  REQUIRE(auth->warm_up(seconds(5)));
  CHECK(auth->health() == HealthStatus::healthy);

  issuers.clock->advance(seconds(400));
  issuers.fetcher(1).fail();
  CHECK(auth->authenticate(token(issuers, 0, 0)));
  CHECK(auth->authenticate(token(issuers, 1, 1)).value().evidence.stale_keys);
  CHECK(auth->health() == HealthStatus::degraded);
}

TEST_CASE("the metrics of several issuers are one entry each, and one for strangers") {
  const ManyIssuers issuers(2);
  const auto auth = authenticator(issuers);
  CHECK(auth->authenticate(token(issuers, 1, 1)));
  CHECK_FALSE(auth->authenticate("garbage"));
  const auto metrics = auth->metrics();
  REQUIRE(metrics.size() == 3);
  CHECK(metrics[0].issuer.empty());
  CHECK(metrics[0].stats.refused == 1);
  CHECK(metrics[1].issuer == issuers.name(0));
  CHECK(metrics[2].issuer == issuers.name(1));
  CHECK(metrics[2].stats.accepted == 1);
}

TEST_CASE("a list of issuers that makes no sense is refused") {
  const ManyIssuers issuers(2);
  CHECK(fault_of(make_multi_issuer_authenticator({})) == "bad_config issuers");
  auto twice = trusted(issuers);
  twice[1].verifier = twice[0].verifier;
  CHECK(fault_of(make_multi_issuer_authenticator(twice)) == "bad_config issuers[1].issuer");
  auto any_audience = trusted(issuers);
  any_audience[1].verifier.audiences.clear();
  CHECK(fault_of(make_multi_issuer_authenticator(any_audience)) ==
        "bad_config issuers[1].audiences");
}
