// Callers that are called back with: by whom, how often, and when the authenticator is gone.

#include <memory>
#include <stdexcept>
#include <string>

#include "jwks/authenticator.hpp"
#include "support/catch.hpp"
#include "support/issuer_fixture.hpp"
#include "unit/auth/authenticators.hpp"

namespace {

using jwks::Authenticator;
using jwks::AuthenticatorPtr;
using jwks::ErrorReason;
using jwks::Principal;
using jwks::PrincipalMapper;
using jwks::Result;
using std::chrono::seconds;
using test::answer_of;
using test::Issuer;
using test::key_a;
using test::key_b;
using test::lasting_token;
using test::Mailbox;
using test::refusal_of;
using test::token_of;

AuthenticatorPtr published(const Issuer& issuer, PrincipalMapper mapper = {}) {
  auto made = jwks::make_jwks_authenticator(issuer.options({.background_refresh = false}),
                                            std::move(mapper));
  return std::move(made).value();
}

AuthenticatorPtr loaded(const Issuer& issuer, PrincipalMapper mapper = {}) {
  auto auth = published(issuer, std::move(mapper));
  auth->warm_up(seconds(5)).value();
  return auth;
}

/// What is called back before the return.
std::string at_once(const Authenticator& auth, std::string_view token) {
  Mailbox mailbox;
  auth.authenticate_async(token, mailbox.callback());
  REQUIRE(mailbox.calls() == 1);
  REQUIRE(mailbox.was_called_here());
  return answer_of(mailbox.outcome());
}

}  // namespace

TEST_CASE("what needs no wait is called back before the return, mapped or refused") {
  const Issuer issuer;
  const auto mapper = PrincipalMapper::create({.user_id = {"uid"}}).value();
  const auto auth = loaded(issuer, mapper);
  const auto with_uid = [](const char* uid) {
    return lasting_token(key_a()).claim("uid", uid).build().value();
  };
  CHECK(at_once(*auth, with_uid(R"("u-1")")) == "u-1");
  CHECK(at_once(*auth, with_uid("1")) == "invalid_claim");
  CHECK(at_once(*auth, with_uid("")) == "missing_claim");
  CHECK(at_once(*auth, "garbage") == "not_three_segments");
}

TEST_CASE("authenticators without published keys call back before the return") {
  const auto development = jwks::make_development_authenticator({.user_id = "dev"}).value();
  CHECK(at_once(*development, "") == "dev");
  const auto disabled = jwks::make_disabled_authenticator().value();
  CHECK(at_once(*disabled, token_of(key_a())) == "unknown_key");
  const auto secret = jwks::make_static_authenticator(test::key_set({key_a()}), test::options(), {},
                                                      std::make_shared<test::FakeClock>(test::kNow))
                          .value();
  CHECK(at_once(*secret, token_of(key_a())) == "alice");
}

TEST_CASE("who waits for a key is called back once, mapped, from another thread") {
  const Issuer issuer;
  const auto auth = loaded(issuer, PrincipalMapper::create({.org_id = {"tenant"}}).value());
  issuer.publish({key_a(), key_b()});
  issuer.fetcher->close_gate();
  Mailbox mailbox;
  auth->authenticate_async(lasting_token(key_b()).claim("tenant", R"("acme")").build().value(),
                           mailbox.callback());
  CHECK(mailbox.calls() == 0);
  issuer.fetcher->open_gate();
  const auto caller = mailbox.outcome();
  REQUIRE(caller);
  CHECK(caller->org_id == "acme");
  CHECK(caller->evidence.key_refreshed);
  CHECK_FALSE(mailbox.was_called_here());
  CHECK(mailbox.calls() == 1);
}

TEST_CASE("a callback outlives its authenticator, and is told that it is gone") {
  const Issuer issuer;
  issuer.fetcher->close_gate();
  auto auth = published(issuer);
  Mailbox mailbox;
  auth->authenticate_async(token_of(key_a()), mailbox.callback());
  auth.reset();
  CHECK(refusal_of(mailbox.outcome()).reason() == ErrorReason::closed);
  CHECK(mailbox.calls() == 1);
}

TEST_CASE("a callback may destroy the authenticator, or throw") {
  const Issuer issuer;
  auto auth = loaded(issuer);
  int calls = 0;
  auth->authenticate_async(token_of(key_a()), [&](const Result<Principal>&) {
    ++calls;
    throw std::runtime_error("of no concern");
  });
  auth->authenticate_async(token_of(key_a()), [&](const Result<Principal>& outcome) {
    ++calls;
    auth.reset();
    CHECK(answer_of(outcome) == "alice");
  });
  CHECK(calls == 2);
  CHECK(auth == nullptr);

  auto development = jwks::make_development_authenticator({.user_id = "dev"}).value();
  development->authenticate_async("", [&](const Result<Principal>&) {
    development.reset();
    throw std::runtime_error("of no concern");
  });
  CHECK(development == nullptr);
}

TEST_CASE("no callback is no crash") {
  const Issuer issuer;
  const auto auth = loaded(issuer);
  auth->authenticate_async(token_of(key_a()), nullptr);
  CHECK(auth->metrics()[0].stats.accepted == 1);
  jwks::make_disabled_authenticator().value()->authenticate_async("", nullptr);
}
