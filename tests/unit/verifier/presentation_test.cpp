// How a token was presented reaches the core, whichever way its key is found.

#include "jwks/jwks_verifier.hpp"
#include "support/catch.hpp"
#include "support/dpop.hpp"
#include "support/issuer_fixture.hpp"

namespace {

using jwks::ErrorCode;
using jwks::JwksVerifier;
using std::chrono::seconds;
using test::error_of;
using test::Issuer;
using test::key_a;
using test::key_b;

std::string bound_token_of(const test::SigningKey& signer) {
  return test::lasting_token(signer)
      .claim("cnf", "{\"jkt\":" + test::json_quoted(test::client_key().thumbprint()) + "}")
      .build()
      .value();
}

JwksVerifier verifier_with_dpop(const Issuer& issuer) {
  auto options = issuer.options({.background_refresh = false});
  options.validation.dpop = test::dpop_options();
  auto verifier = JwksVerifier::create(options).value();
  verifier.warm_up(seconds(5)).value();
  return verifier;
}

}  // namespace

TEST_CASE("a verifier takes a bound token with its proof and not without", "[attack-140]") {
  const Issuer issuer;
  const auto verifier = verifier_with_dpop(issuer);
  const std::string token = bound_token_of(key_a());
  const std::string first = test::proof_for(token).build().value();
  CHECK(error_of(verifier.verify(token)).code() == ErrorCode::binding_failed);
  CHECK(error_of(verifier.verify_cached(token)).code() == ErrorCode::binding_failed);
  CHECK(verifier.verify(token, test::presentation(first)));
  CHECK(error_of(verifier.verify_cached(token, test::presentation(first))).code() ==
        ErrorCode::replayed);
  const std::string second = test::proof_for(token).build().value();
  CHECK(verifier.verify_cached(token, test::presentation(second)));
}

TEST_CASE("a proof is checked once although a rotation verifies the token twice", "[attack-142]") {
  const Issuer issuer;
  const auto verifier = verifier_with_dpop(issuer);
  issuer.clock->advance(seconds(2));
  issuer.publish({key_a(), key_b()});
  const std::string token = bound_token_of(key_b());
  const std::string proof = test::proof_for(token).build().value();
  const auto result = verifier.verify(token, test::presentation(proof));
  REQUIRE(result);
  CHECK(result->key_refreshed());
}

TEST_CASE("static keys take presentations too") {
  auto options = test::options();
  const std::string thumbprint = "bwcK0esc3ACC3DB2Y5_lESsXE8o9ltc05O89jdN-dg2";
  const auto verifier = JwksVerifier::create_static(test::key_set({key_a()}), options,
                                                    std::make_shared<test::FakeClock>(test::kNow))
                            .value();
  const std::string token =
      test::lasting_token(key_a())
          .claim("cnf", "{\"x5t#S256\":" + test::json_quoted(thumbprint) + "}")
          .build()
          .value();
  CHECK(verifier.verify(token, {.certificate_thumbprint = thumbprint}));
  CHECK(error_of(verifier.verify(token)).code() == ErrorCode::binding_failed);
}
