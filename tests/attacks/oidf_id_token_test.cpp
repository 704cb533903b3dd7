// The OpenID Foundation's tests of basic, implicit and hybrid relying parties (oidcc-client-test…),
// and those of OpenID Federation that concern tokens.

#include "attacks/oidf.hpp"

using namespace oidf;  // NOLINT(google-build-using-namespace): the vocabulary of these cases

namespace {

/// The client of the hybrid flow, which gets everything; its registered algorithm is that of
/// `signer`.
RelyingParty client(const SigningKey& signer = rsa()) {
  return {
      .keys = op_keys(signer),
      .options = options_for(TokenProfile::id_token, {signer.algorithm()}),
      .sign_in = jwks::IdTokenPolicy{
          .nonce = kNonce, .access_token = kAccessToken, .code = kCode, .require_hashes = true}};
}

std::string answer_to(Fault fault) { return client().answer_to(fault, id_token(rsa())); }

/// The client that got a first ID token, and refreshes it: same issuer, same subject.
std::string answer_to_refreshed(Fault fault) {
  RelyingParty party = client();
  party.options.subject = kSubject;
  party.sign_in = jwks::IdTokenPolicy{};
  const auto refreshed = jwt(rsa());
  return party.answer_to(fault, refreshed);
}

/// The client that asked for a signed UserInfo Response: a JWT that never expires (§5.3.2).
std::string answer_to_userinfo(Fault fault) {
  RelyingParty party = client();
  party.options.profile = TokenProfile::jwt;
  party.options.require_expiration = false;
  party.options.subject = kSubject;
  party.sign_in.reset();
  return party.answer_to(
      fault, jwt(rsa()).claim("exp", "").claim("iat", "").claim("name", json_quoted("Demo")));
}

/// A client that reads entity configurations (OpenID Federation 1.0 §3).
std::string answer_to_entity_configuration(Fault fault) {
  RelyingParty party{.keys = test::key_set({p256()})};
  party.options = {.issuer = kIssuer,
                   .allow_any_audience = true,
                   .token_type = "entity-statement+jwt",
                   .required_claims = {"iat", "jwks"},
                   .subject = kIssuer};
  return party.answer_to(fault, jwt(p256())
                                    .header("typ", json_quoted("entity-statement+jwt"))
                                    .claim("aud", "")
                                    .claim("sub", json_quoted(kIssuer))
                                    .claim("jwks", R"({"keys":[]})"));
}

}  // namespace

TEST_CASE("oidcc-client-test", "[oidf]") { CHECK(answer_to(none) == "accepted"); }

TEST_CASE("oidcc-client-test-idtoken-sig-rs256", "[oidf]") {
  const auto token = jwks::verify(id_token(rsa()).build().value(), op_keys(rsa()),
                                  test::policy(client().options), kNow);
  REQUIRE(token);
  CHECK(token->algorithm() == Algorithm::rs256);
  CHECK(token->key_id() == rsa().key_id());
}

TEST_CASE("oidcc-client-test-idtoken-sig-none", "[oidf][attack-001]") {
  CHECK(answer_to(null_alg) == "alg_not_allowed");
}

TEST_CASE("oidcc-client-test-invalid-sig-rs256", "[oidf]") {
  CHECK(answer_to(wrong_signature) == "bad_signature");
}

TEST_CASE("oidcc-client-test-invalid-sig-es256", "[oidf]") {
  CHECK(client(p256()).answer_to(wrong_signature, id_token(p256())) == "bad_signature");
}

TEST_CASE("oidcc-client-test-invalid-sig-hs256", "[oidf]") {
  const std::string secret = "client-secret-of-at-least-32-bytes-0123456789";
  RelyingParty party = client();
  party.keys = jwks::JwkSet::from_secret(secret, Algorithm::hs256).value();
  party.options.algorithms = {Algorithm::hs256};
  const auto good = id_token(p256()).header("kid", "").sign_hmac(256, secret);
  CHECK(party.answer_to(wrong_signature, good) == "bad_signature");
}

TEST_CASE("oidcc-client-test-invalid-iss", "[oidf][attack-118]") {
  CHECK(answer_to(wrong_iss) == "wrong_issuer");
}

TEST_CASE("oidcc-client-test-invalid-aud", "[oidf][attack-122]") {
  CHECK(answer_to(wrong_aud) == "wrong_audience");
}

TEST_CASE("oidcc-client-test-missing-aud", "[oidf][attack-121]") {
  CHECK(answer_to(missing_aud) == "missing_claim");
}

TEST_CASE("oidcc-client-test-missing-sub", "[oidf][attack-129]") {
  CHECK(answer_to(missing_sub) == "missing_claim");
}

TEST_CASE("oidcc-client-test-missing-iat", "[oidf][attack-113]") {
  CHECK(answer_to(missing_iat) == "missing_claim");
}

TEST_CASE("oidcc-client-test-nonce-invalid", "[oidf][attack-130]") {
  CHECK(answer_to(wrong_nonce) == "wrong_nonce");
}

TEST_CASE("oidcc-client-test-nonce-unless-code-flow", "[oidf][attack-130]") {
  CHECK(answer_to(missing_nonce) == "wrong_nonce");
  RelyingParty code_flow = client();
  code_flow.sign_in = jwks::IdTokenPolicy{};
  CHECK(code_flow.answer(id_token(rsa()).claim("nonce", "")) == "accepted");
}

TEST_CASE("oidcc-client-test-invalid-athash", "[oidf][attack-131]") {
  CHECK(answer_to(wrong_at_hash) == "wrong_hash");
}

TEST_CASE("oidcc-client-test-missing-athash", "[oidf][attack-131]") {
  CHECK(answer_to(missing_at_hash) == "wrong_hash");
}

TEST_CASE("oidcc-client-test-invalid-chash", "[oidf][attack-131]") {
  CHECK(answer_to(wrong_c_hash) == "wrong_hash");
}

TEST_CASE("oidcc-client-test-missing-chash", "[oidf][attack-131]") {
  CHECK(answer_to(missing_c_hash) == "wrong_hash");
}

TEST_CASE("oidcc-client-test-kid-absent-single-jwks", "[oidf][attack-039]") {
  // One RSA key for signatures, among keys of other types and for other uses.
  RelyingParty party = client();
  party.keys = jwks::JwkSet::parse(test::jwks_document({other_p256(R"(,"use":"sig","kid":"e2")"),
                                                        without_alg(rsa().public_jwk()),
                                                        other_ed25519(R"(,"use":"sig","kid":"o1")"),
                                                        other_rsa(R"(,"use":"enc","kid":"r3")")}))
                   .value();
  CHECK(party.answer(id_token(rsa()).header("kid", "")) == "accepted");
}

TEST_CASE("oidcc-client-test-kid-absent-multiple-jwks", "[oidf][attack-040]") {
  // Two RSA keys fit: the suite lets a client refuse, or try them.
  RelyingParty party = client();
  const auto nameless = id_token(rsa()).header("kid", "");
  CHECK(party.answer(nameless) == "key_ambiguous");
  party.options.key_selection = jwks::KeySelection::try_candidates;
  CHECK(party.answer(nameless) == "accepted");
  CHECK(party.answer_to(wrong_signature, nameless) == "bad_signature");
}

TEST_CASE("oidcc-client-test-refresh-token", "[oidf]") {
  CHECK(answer_to_refreshed(none) == "accepted");
}

TEST_CASE("oidcc-client-test-refresh-token-invalid-issuer", "[oidf]") {
  CHECK(answer_to_refreshed(wrong_iss) == "wrong_issuer");
}

TEST_CASE("oidcc-client-test-refresh-token-invalid-sub", "[oidf]") {
  CHECK(answer_to_refreshed(wrong_sub) == "invalid_claim");
}

TEST_CASE("oidcc-client-test-userinfo-signed", "[oidf]") {
  CHECK(answer_to_userinfo(none) == "accepted");
  CHECK(answer_to_userinfo(wrong_signature) == "bad_signature");
}

TEST_CASE("oidcc-client-test-userinfo-invalid-sub", "[oidf]") {
  CHECK(answer_to_userinfo(wrong_sub) == "invalid_claim");
}

TEST_CASE("openid-federation-client-invalid-aud-in-id-token", "[oidf]") {
  CHECK(answer_to(wrong_aud) == "wrong_audience");
}

TEST_CASE("openid-federation-client-invalid-iss-in-id-token", "[oidf]") {
  CHECK(answer_to(wrong_iss) == "wrong_issuer");
}

TEST_CASE("openid-federation-client-invalid-iss-in-entity-configuration", "[oidf]") {
  CHECK(answer_to_entity_configuration(wrong_iss) == "wrong_issuer");
}

TEST_CASE("openid-federation-client-invalid-sub-in-entity-configuration", "[oidf]") {
  CHECK(answer_to_entity_configuration(wrong_sub) == "invalid_claim");
}

TEST_CASE("openid-federation-client-invalid-missing-exp-in-entity-configuration", "[oidf]") {
  CHECK(answer_to_entity_configuration(missing_exp) == "missing_claim");
}

TEST_CASE("openid-federation-client-invalid-missing-iat-in-entity-configuration", "[oidf]") {
  CHECK(answer_to_entity_configuration(missing_iat) == "missing_claim");
}
