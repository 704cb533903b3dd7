// The OpenID Foundation's tests of FAPI 2.0 Message Signing: authorization responses as JWTs
// (JARM). To the library they are plain JWTs of an issuer for a client.

#include "attacks/oidf.hpp"

using namespace oidf;  // NOLINT(google-build-using-namespace): the vocabulary of these cases

namespace {

jwks::Result<void> check_state(const jwks::Claims& claims) {
  const auto state = claims.string("state");
  if (!state) return state.error();
  if (*state != kState) return jwks::Error(jwks::ErrorCode::custom);
  return {};
}

/// The answer to an authorization response with the fault (JARM §2.1, §2.4).
std::string answer_to(Fault fault) {
  RelyingParty party{.keys = keys_with_decoys(),
                     .options = options_for(TokenProfile::jwt, {Algorithm::ps256, Algorithm::es256,
                                                                Algorithm::eddsa})};
  party.options.max_lifetime = minutes(10);
  party.options.validators = {{"state", check_state}};
  return party.answer_to(fault, jwt(fapi_key())
                                    .claim("sub", "")
                                    .claim("code", json_quoted(kCode))
                                    .claim("state", json_quoted(kState)));
}

}  // namespace

TEST_CASE("fapi2-security-profile-final-client-test-ensure-jarm-signature-is-not-none",
          "[oidf][attack-001]") {
  CHECK(answer_to(null_alg) == "alg_not_allowed");
}

TEST_CASE("fapi2-security-profile-final-client-test-ensure-jarm-with-invalid-sig-fails", "[oidf]") {
  CHECK(answer_to(wrong_signature) == "bad_signature");
}

TEST_CASE("fapi2-security-profile-final-client-test-ensure-jarm-with-expired-exp-fails",
          "[oidf][attack-103]") {
  CHECK(answer_to(expired_exp) == "expired");
}

TEST_CASE("fapi2-security-profile-final-client-test-ensure-jarm-without-exp-fails",
          "[oidf][attack-102]") {
  CHECK(answer_to(missing_exp) == "missing_claim");
}

TEST_CASE("fapi2-security-profile-final-client-test-ensure-jarm-with-invalid-aud-fails",
          "[oidf][attack-122]") {
  CHECK(answer_to(wrong_aud) == "wrong_audience");
}

TEST_CASE("fapi2-security-profile-final-client-test-ensure-jarm-without-aud-fails",
          "[oidf][attack-121]") {
  CHECK(answer_to(missing_aud) == "missing_claim");
}

TEST_CASE("fapi2-security-profile-final-client-test-ensure-jarm-with-invalid-iss-fails",
          "[oidf][attack-118]") {
  CHECK(answer_to(wrong_iss) == "wrong_issuer");
}

TEST_CASE("fapi2-security-profile-final-client-test-ensure-jarm-without-iss-fails",
          "[oidf][attack-116]") {
  CHECK(answer_to(missing_iss) == "missing_claim");
}

TEST_CASE(
    "fapi2-security-profile-final-client-test-ensure-authorization-response-with-invalid-state-"
    "fails",
    "[oidf]") {
  CHECK(answer_to([](TokenBuilder& t) { t.claim("state", json_quoted(kState + "1")); }) ==
        "custom");
}

TEST_CASE(
    "fapi2-security-profile-final-client-test-ensure-authorization-response-with-invalid-missing-"
    "state-fails",
    "[oidf]") {
  CHECK(answer_to([](TokenBuilder& t) { t.claim("state", ""); }) == "missing_claim");
}
