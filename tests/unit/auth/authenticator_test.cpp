// From the text of a token to a caller: published keys, static keys, nobody's keys.

#include "jwks/authenticator.hpp"

#include <future>
#include <memory>
#include <string>

#include "jwks/http.hpp"
#include "support/catch.hpp"
#include "support/issuer_fixture.hpp"
#include "unit/auth/authenticators.hpp"

namespace {

using jwks::Algorithm;
using jwks::AuthenticatorPtr;
using jwks::ErrorCode;
using jwks::ErrorReason;
using jwks::HealthStatus;
using jwks::JwkSet;
using jwks::make_development_authenticator;
using jwks::make_disabled_authenticator;
using jwks::make_jwks_authenticator;
using jwks::make_static_authenticator;
using jwks::PrincipalMapper;
using std::chrono::seconds;
using test::answer_of;
using test::fault_of;
using test::Issuer;
using test::key_a;
using test::key_b;
using test::refusal_of;
using test::token_of;

const std::string kSecret(64, 's');

AuthenticatorPtr published(const Issuer& issuer, PrincipalMapper mapper = {}) {
  auto made = make_jwks_authenticator(issuer.options({.background_refresh = false}), mapper);
  return std::move(made).value();
}

AuthenticatorPtr with_keys(JwkSet keys, jwks::ValidationOptions validation = test::options(),
                           PrincipalMapper mapper = {}) {
  auto made = make_static_authenticator(std::move(keys), std::move(validation), std::move(mapper),
                                        std::make_shared<test::FakeClock>(test::kNow));
  return std::move(made).value();
}

test::TokenBuilder hmac_token(unsigned bits, const std::string& secret = kSecret) {
  return test::token(key_a()).sign_hmac(bits, secret);
}

}  // namespace

TEST_CASE("a token of ES256 becomes a caller with the issuer's published keys",
          "[smooth-operator]") {
  const Issuer issuer;
  const auto mapper = PrincipalMapper::create({.org_id = {"org", "org_id"},
                                               .required = {"org_id", "role"},
                                               .role_order = {"basic", "curator", "admin"}})
                          .value();
  const auto auth = published(issuer, mapper);
  CHECK(auth->mode() == "jwks");
  CHECK(auth->warm_up(seconds(5)));
  const auto caller = auth->authenticate(test::lasting_token(key_a())
                                             .claim("org_id", R"("acme")")
                                             .claim("role", R"("curator")")
                                             .claim("email", R"(" ")")
                                             .build()
                                             .value());
  REQUIRE(caller);
  CHECK(caller->user_id == "alice");
  CHECK(caller->org_id == "acme");
  CHECK(caller->role == "curator");
  CHECK(caller->email.empty());
  CHECK(caller->evidence.verified);
  CHECK(caller->evidence.algorithm == Algorithm::es256);
  CHECK(caller->evidence.key_id == "key-a");
  CHECK(answer_of(auth->authenticate(token_of(key_a()))) == "missing_claim");
  CHECK(mapper.require_role(*caller, "basic"));
  CHECK_FALSE(mapper.require_role(*caller, "admin"));
}

TEST_CASE("a token without iss or aud is refused", "[smooth-operator]") {
  const Issuer issuer;
  const auto auth = published(issuer);
  for (const char* claim : {"iss", "aud"}) {
    const auto error = refusal_of(
        auth->authenticate(test::lasting_token(key_a()).claim(claim, "").build().value()));
    CHECK(error.code() == ErrorCode::missing_claim);
    CHECK(error.subject() == claim);
    CHECK(jwks::http_status(error) == 401);
  }
}

TEST_CASE("no claim of a token is looked at before its signature holds") {
  const Issuer issuer;
  const auto auth = published(issuer);
  const auto forged = refusal_of(auth->authenticate(test::lasting_token(key_a())
                                                        .claim("org", "1")
                                                        .signature(std::string(64, 'x'))
                                                        .build()
                                                        .value()));
  CHECK(forged.code() == ErrorCode::bad_signature);
  CHECK(answer_of(auth->authenticate("")) == "not_three_segments");
}

TEST_CASE("a caller whose key had to be fetched says so") {
  const Issuer issuer;
  const auto auth = published(issuer);
  REQUIRE(auth->warm_up(seconds(5)));
  CHECK_FALSE(auth->authenticate(token_of(key_a())).value().evidence.key_refreshed);
  issuer.publish({key_a(), key_b()});
  const auto after_rotation = auth->authenticate(token_of(key_b()));
  REQUIRE(after_rotation);
  CHECK(after_rotation->evidence.key_refreshed);
  CHECK(after_rotation->evidence.key_id == "key-b");
  CHECK(issuer.fetcher->calls() == 2);
}

TEST_CASE("a caller in an outage says that the keys are stale") {
  const Issuer issuer;
  const auto auth = published(issuer);
  REQUIRE(auth->warm_up(seconds(5)));
  issuer.fetcher->fail();
  issuer.clock->advance(seconds(400));
  CHECK(auth->authenticate(token_of(key_a())).value().evidence.stale_keys);
  CHECK(auth->health() == HealthStatus::degraded);
}

TEST_CASE("operators see the keys of a published set behind an authenticator") {
  const Issuer issuer;
  issuer.fetcher->close_gate();
  const auto auth = published(issuer);
  CHECK(auth->health() == HealthStatus::unavailable);
  const auto cold = auth->warm_up(seconds(0));
  REQUIRE_FALSE(cold);
  CHECK(cold.error().code() == ErrorCode::keys_unavailable);
  issuer.fetcher->open_gate();
  REQUIRE(auth->warm_up(seconds(5)));
  CHECK(auth->health() == HealthStatus::healthy);
  CHECK(auth->authenticate(token_of(key_a())));
  const auto metrics = auth->metrics();
  REQUIRE(metrics.size() == 1);
  CHECK(metrics[0].issuer == issuer.name);
  CHECK(metrics[0].stats.accepted == 1);
}

TEST_CASE("a verifier that can't be made makes no authenticator") {
  jwks::VerifierOptions options = Issuer().options();
  options.audiences.clear();
  CHECK(fault_of(make_jwks_authenticator(options)) == "bad_config audiences");
  CHECK(fault_of(make_static_authenticator(test::key_set({key_a()}), {})) == "bad_config issuer");
}

TEST_CASE("a static public key verifies the tokens of its algorithm") {
  const auto keys = JwkSet::from_pem(key_a().public_pem(), Algorithm::es256).value();
  const auto auth = with_keys(keys);
  CHECK(auth->mode() == "public_key");
  CHECK(answer_of(auth->authenticate(token_of(key_a()))) == "alice");
  CHECK(answer_of(auth->authenticate(token_of(key_b()))) == "bad_signature");
  CHECK(answer_of(auth->authenticate(
            hmac_token(256, std::string(key_a().public_pem())).build().value())) ==
        "alg_not_allowed");
  CHECK(auth->warm_up(seconds(0)));
  CHECK(auth->health() == HealthStatus::healthy);
  REQUIRE(auth->metrics().size() == 1);
  CHECK(auth->metrics()[0].stats.accepted == 1);
}

TEST_CASE("a static secret authenticates tokens of every HMAC") {
  for (const auto& [algorithm, bits] :
       {std::pair{Algorithm::hs256, 256U}, std::pair{Algorithm::hs384, 384U},
        std::pair{Algorithm::hs512, 512U}}) {
    CAPTURE(bits);
    const auto auth =
        with_keys(JwkSet::from_secret(kSecret, algorithm).value(), test::symmetric_algorithms());
    CHECK(auth->mode() == "secret");
    const auto caller = auth->authenticate(hmac_token(bits).build().value());
    REQUIRE(caller);
    CHECK(caller->evidence.algorithm == algorithm);
    CHECK(caller->evidence.verified);
    CHECK(answer_of(auth->authenticate(hmac_token(bits, kSecret + "s").build().value())) ==
          "bad_signature");
    CHECK(answer_of(auth->authenticate(token_of(key_a()))) == "alg_not_allowed");
  }
}

TEST_CASE("static keys are mapped as published ones are") {
  const auto mapper = PrincipalMapper::create({.user_id = {"uid"}}).value();
  const auto auth = with_keys(test::key_set({key_a()}), test::options(), mapper);
  CHECK(answer_of(auth->authenticate(token_of(key_a()))) == "missing_claim");
  CHECK(answer_of(auth->authenticate(
            test::token(key_a()).claim("uid", R"("u-1")").build().value())) == "u-1");
}

TEST_CASE("static keys that could never verify a token are refused at once") {
  const auto secret = JwkSet::from_secret(kSecret, Algorithm::hs256).value();
  auto only_rsa = test::options();
  only_rsa.algorithms = {Algorithm::rs256};
  CHECK(fault_of(make_static_authenticator(JwkSet(), test::options())) == "bad_config keys");
  CHECK(fault_of(make_static_authenticator(secret, test::options())) ==
        "bad_config validation.algorithms");
  CHECK(fault_of(make_static_authenticator(test::key_set({key_a()}), only_rsa)) ==
        "bad_config validation.algorithms");
}

TEST_CASE("in development everybody is the same caller, with any token or none") {
  jwks::Principal developer{.user_id = "dev", .org_id = "dev-org", .roles = {"admin"}};
  developer.evidence = {.verified = true, .algorithm = Algorithm::rs256, .key_id = "k"};
  const auto auth = make_development_authenticator(developer).value();
  CHECK(auth->mode() == "none");
  for (const std::string& token : {std::string(), std::string("x"), token_of(key_a())}) {
    const auto caller = auth->authenticate(token);
    REQUIRE(caller);
    CHECK(caller->user_id == "dev");
    CHECK(caller->org_id == "dev-org");
    CHECK(caller->roles == std::vector<std::string>{"admin"});
    // Whatever it was given: nothing was verified.
    CHECK_FALSE(caller->evidence.verified);
    CHECK_FALSE(caller->evidence.algorithm);
    CHECK(caller->evidence.key_id.empty());
  }
  CHECK(auth->warm_up(seconds(0)));
  CHECK(auth->health() == HealthStatus::healthy);
  CHECK(auth->metrics().empty());
}

TEST_CASE("a caller of development needs a name") {
  CHECK(fault_of(make_development_authenticator({})) == "bad_config principal.user_id");
}

TEST_CASE("a disabled authenticator refuses everything, and says why to the operator only") {
  const auto auth = make_disabled_authenticator("AUTH_JWT_ISSUER is not set").value();
  CHECK(auth->mode() == "disabled");
  CHECK(auth->health() == jwks::HealthStatus::unavailable);
  for (const std::string& token : {std::string(), std::string("x"), token_of(key_a())}) {
    const auto error = refusal_of(auth->authenticate(token));
    CHECK(error.code() == ErrorCode::unknown_key);
    CHECK(error.detail() == "AUTH_JWT_ISSUER is not set");
    CHECK(jwks::http_status(error) == 401);
    CHECK(jwks::www_authenticate(error) == R"(Bearer error="invalid_token")");
  }
  CHECK(refusal_of(make_disabled_authenticator().value()->authenticate("x")).detail() ==
        "no key source is configured");
}

TEST_CASE("who waits for keys is told when the authenticator goes") {
  const Issuer issuer;
  issuer.fetcher->close_gate();
  auto auth = published(issuer);
  auto waiting = std::async(std::launch::async,
                            [&inner = *auth] { return inner.authenticate(token_of(key_a())); });
  REQUIRE(test::eventually([&] { return auth->metrics()[0].stats.waiters == 1; }));
  auth.reset();
  CHECK(refusal_of(waiting.get()).reason() == ErrorReason::closed);
}
