// The OpenID Foundation's tests of FAPI relying parties: FAPI 1.0 Advanced (the ID token comes from
// the authorization endpoint, with all hashes), FAPI 2.0 (from the token endpoint) and CIBA.

#include "attacks/oidf.hpp"

using namespace oidf;  // NOLINT(google-build-using-namespace): the vocabulary of these cases

namespace {

constexpr std::string_view kIntent = "urn:intent:88379";

/// What every FAPI client asks for: an algorithm of FAPI's, and a token of the last minutes.
jwks::ValidationOptions fapi_options(TokenProfile profile) {
  auto options = options_for(profile, {Algorithm::ps256, Algorithm::es256, Algorithm::eddsa});
  options.max_token_age = minutes(10);
  return options;
}

jwks::Result<void> check_intent(const jwks::Claims& claims) {
  const auto intent = claims.string("openbanking_intent_id");
  if (!intent) return intent.error();
  if (*intent != kIntent) return jwks::Error(jwks::ErrorCode::custom);
  return {};
}

RelyingParty fapi1_client() {
  RelyingParty party{.keys = test::key_set({fapi_key()}),
                     .options = fapi_options(TokenProfile::id_token),
                     .sign_in = jwks::IdTokenPolicy{
                         .nonce = kNonce, .code = kCode, .state = kState, .require_hashes = true}};
  party.options.validators = {{"openbanking_intent_id", check_intent}};
  return party;
}

RelyingParty fapi2_client() {
  RelyingParty party = fapi1_client();
  party.keys = keys_with_decoys();
  party.sign_in = jwks::IdTokenPolicy{.nonce = kNonce, .access_token = kAccessToken};
  return party;
}

/// CIBA has no front channel, so no nonce, code or state.
RelyingParty ciba_client() {
  RelyingParty party = fapi1_client();
  party.sign_in = jwks::IdTokenPolicy{.access_token = kAccessToken, .require_hashes = true};
  return party;
}

TokenBuilder fapi_token() {
  return id_token(fapi_key()).claim("openbanking_intent_id", json_quoted(kIntent));
}

std::string fapi1(Fault fault) { return fapi1_client().answer_to(fault, fapi_token()); }
std::string fapi2(Fault fault) { return fapi2_client().answer_to(fault, fapi_token()); }
std::string ciba(Fault fault) {
  return ciba_client().answer_to(
      fault, fapi_token()
                 .claim("nonce", "")
                 .claim("urn:openid:params:jwt:claim:auth_req_id", json_quoted("1c266114")));
}

void wrong_intent(TokenBuilder& t) {
  t.claim("openbanking_intent_id", json_quoted(std::string(kIntent) + "1"));
}

}  // namespace

// FAPI 1.0 Advanced.

TEST_CASE("fapi1-advanced-final-client-test", "[oidf]") { CHECK(fapi1(none) == "accepted"); }

TEST_CASE("fapi1-advanced-final-client-test-invalid-iss", "[oidf][attack-118]") {
  CHECK(fapi1(wrong_iss) == "wrong_issuer");
}

TEST_CASE("fapi1-advanced-final-client-test-invalid-missing-iss", "[oidf][attack-116]") {
  CHECK(fapi1(missing_iss) == "missing_claim");
}

TEST_CASE("fapi1-advanced-final-client-test-invalid-aud", "[oidf][attack-122]") {
  CHECK(fapi1(wrong_aud) == "wrong_audience");
}

TEST_CASE("fapi1-advanced-final-client-test-invalid-missing-aud", "[oidf][attack-121]") {
  CHECK(fapi1(missing_aud) == "missing_claim");
}

TEST_CASE("fapi1-advanced-final-client-test-invalid-secondary-aud", "[oidf][attack-125]") {
  CHECK(fapi1(secondary_aud) == "wrong_azp");
}

TEST_CASE("fapi1-advanced-final-client-test-valid-aud-as-array", "[oidf][attack-125]") {
  CHECK(fapi1(aud_as_array) == "accepted");
}

TEST_CASE("fapi1-advanced-final-client-test-invalid-missing-exp", "[oidf][attack-102]") {
  CHECK(fapi1(missing_exp) == "missing_claim");
}

TEST_CASE("fapi1-advanced-final-client-test-invalid-expired-exp", "[oidf][attack-103]") {
  CHECK(fapi1(expired_exp) == "expired");
}

TEST_CASE("fapi1-advanced-final-client-test-iat-is-week-in-past", "[oidf][attack-112]") {
  CHECK(fapi1(iat_is_week_in_past) == "too_old");
}

TEST_CASE("fapi1-advanced-final-client-test-invalid-nonce", "[oidf][attack-130]") {
  CHECK(fapi1(wrong_nonce) == "wrong_nonce");
}

TEST_CASE("fapi1-advanced-final-client-test-invalid-missing-nonce", "[oidf][attack-130]") {
  CHECK(fapi1(missing_nonce) == "wrong_nonce");
}

TEST_CASE("fapi1-advanced-final-client-test-invalid-shash", "[oidf][attack-131]") {
  CHECK(fapi1(wrong_s_hash) == "wrong_hash");
}

TEST_CASE("fapi1-advanced-final-client-test-invalid-missing-shash", "[oidf][attack-131]") {
  CHECK(fapi1(missing_s_hash) == "wrong_hash");
}

TEST_CASE("fapi1-advanced-final-client-test-invalid-chash", "[oidf][attack-131]") {
  CHECK(fapi1(wrong_c_hash) == "wrong_hash");
}

TEST_CASE("fapi1-advanced-final-client-test-missing-athash", "[oidf][attack-131]") {
  // The access token comes later, from the token endpoint: at_hash is optional here.
  CHECK(fapi1(missing_at_hash) == "accepted");
}

TEST_CASE("fapi1-advanced-final-client-test-invalid-signature", "[oidf]") {
  CHECK(fapi1(wrong_signature) == "bad_signature");
}

TEST_CASE("fapi1-advanced-final-client-test-invalid-null-alg", "[oidf][attack-001]") {
  CHECK(fapi1(null_alg) == "alg_not_allowed");
}

TEST_CASE("fapi1-advanced-final-client-test-invalid-alternate-alg", "[oidf]") {
  CHECK(fapi1(alternate_alg) == "alg_not_allowed");
}

TEST_CASE("fapi1-advanced-final-client-test-invalid-openbanking-intent-id", "[oidf]") {
  CHECK(fapi1(wrong_intent) == "custom");
}

TEST_CASE("fapi1-advanced-final-client-test-encrypted-idtoken-usingrsa15", "[oidf][attack-060]") {
  const auto part = [](std::string_view text) { return jwks::base64url::encode(text); };
  const std::string jwe = part(R"({"alg":"RSA1_5","enc":"A256GCM","cty":"JWT","kid":"fapi"})") +
                          "." + part(std::string(256, 'k')) + "." + part("initial vect") + "." +
                          part(fapi_token().build().value()) + "." + part(std::string(16, 't'));
  const auto error = test::refusal(jwe, test::key_set({fapi_key()}),
                                   test::policy(fapi_options(TokenProfile::id_token)));
  CHECK(error.code() == jwks::ErrorCode::not_three_segments);
}

TEST_CASE("fapi1-advanced-final-client-test-payment-consent-response-valid-aud-as-array",
          "[oidf][attack-125]") {
  // A signed response of the payments API: no ID token, and it never expires.
  RelyingParty party{.keys = test::key_set({fapi_key()}),
                     .options = fapi_options(TokenProfile::jwt)};
  party.options.require_expiration = false;
  party.options.required_claims = {"jti", "data"};
  CHECK(party.answer_to(aud_as_array, jwt(fapi_key())
                                          .claim("sub", "")
                                          .claim("exp", "")
                                          .claim("jti", json_quoted("1"))
                                          .claim("data", R"({"status":"AUTHORISED"})")) ==
        "accepted");
}

// FAPI 2.0 Security Profile. Its key set has decoys of the real key's kid.

TEST_CASE("fapi2-security-profile-final-client-test-happy-path", "[oidf][attack-050]") {
  CHECK(fapi2(none) == "accepted");
}

TEST_CASE("fapi2-security-profile-final-client-test-invalid-iss", "[oidf][attack-118]") {
  CHECK(fapi2(wrong_iss) == "wrong_issuer");
}

TEST_CASE("fapi2-security-profile-final-client-test-invalid-missing-iss", "[oidf][attack-116]") {
  CHECK(fapi2(missing_iss) == "missing_claim");
}

TEST_CASE("fapi2-security-profile-final-client-test-invalid-aud", "[oidf][attack-122]") {
  CHECK(fapi2(wrong_aud) == "wrong_audience");
}

TEST_CASE("fapi2-security-profile-final-client-test-invalid-missing-aud", "[oidf][attack-121]") {
  CHECK(fapi2(missing_aud) == "missing_claim");
}

TEST_CASE("fapi2-security-profile-final-client-test-invalid-secondary-aud", "[oidf][attack-125]") {
  CHECK(fapi2(secondary_aud) == "wrong_azp");
}

TEST_CASE("fapi2-security-profile-final-client-test-valid-aud-as-array", "[oidf][attack-125]") {
  CHECK(fapi2(aud_as_array) == "accepted");
}

TEST_CASE("fapi2-security-profile-final-client-test-invalid-missing-exp", "[oidf][attack-102]") {
  CHECK(fapi2(missing_exp) == "missing_claim");
}

TEST_CASE("fapi2-security-profile-final-client-test-invalid-expired-exp", "[oidf][attack-103]") {
  CHECK(fapi2(expired_exp) == "expired");
}

TEST_CASE("fapi2-security-profile-final-client-test-invalid-nonce", "[oidf][attack-130]") {
  CHECK(fapi2(wrong_nonce) == "wrong_nonce");
}

TEST_CASE("fapi2-security-profile-final-client-test-invalid-missing-nonce", "[oidf][attack-130]") {
  CHECK(fapi2(missing_nonce) == "wrong_nonce");
}

TEST_CASE("fapi2-security-profile-final-client-test-invalid-null-alg", "[oidf][attack-001]") {
  CHECK(fapi2(null_alg) == "alg_not_allowed");
}

TEST_CASE("fapi2-security-profile-final-client-test-invalid-alternate-alg", "[oidf]") {
  CHECK(fapi2(alternate_alg) == "alg_not_allowed");
}

TEST_CASE("fapi2-security-profile-final-client-test-invalid-openbanking-intent-id", "[oidf]") {
  CHECK(fapi2(wrong_intent) == "custom");
}

// FAPI CIBA.

TEST_CASE("fapi-ciba-id1-client-invalid-iss-test", "[oidf]") {
  CHECK(ciba(wrong_iss) == "wrong_issuer");
}

TEST_CASE("fapi-ciba-id1-client-invalid-missing-iss-test", "[oidf]") {
  CHECK(ciba(missing_iss) == "missing_claim");
}

TEST_CASE("fapi-ciba-id1-client-invalid-aud-test", "[oidf]") {
  CHECK(ciba(wrong_aud) == "wrong_audience");
}

TEST_CASE("fapi-ciba-id1-client-invalid-missing-aud-test", "[oidf]") {
  CHECK(ciba(missing_aud) == "missing_claim");
}

TEST_CASE("fapi-ciba-id1-client-invalid-secondary-aud-test", "[oidf]") {
  CHECK(ciba(secondary_aud) == "wrong_azp");
}

TEST_CASE("fapi-ciba-id1-client-invalid-missing-exp-test", "[oidf]") {
  CHECK(ciba(missing_exp) == "missing_claim");
}

TEST_CASE("fapi-ciba-id1-client-invalid-expired-exp-test", "[oidf]") {
  CHECK(ciba(expired_exp) == "expired");
}

TEST_CASE("fapi-ciba-id1-client-invalid-iat-is-week-in-past-test", "[oidf]") {
  CHECK(ciba(iat_is_week_in_past) == "too_old");
}

TEST_CASE("fapi-ciba-id1-client-invalid-null-alg-test", "[oidf]") {
  CHECK(ciba(null_alg) == "alg_not_allowed");
}

TEST_CASE("fapi-ciba-id1-client-invalid-alternate-alg-test", "[oidf]") {
  CHECK(ciba(alternate_alg) == "alg_not_allowed");
}

TEST_CASE("fapi-ciba-id1-client-invalid-signature-test", "[oidf]") {
  CHECK(ciba(wrong_signature) == "bad_signature");
}
