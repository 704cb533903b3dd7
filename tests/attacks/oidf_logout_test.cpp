// The OpenID Foundation's tests of back-channel logout: the token that a relying party gets when
// the user has signed out elsewhere.

#include "attacks/oidf.hpp"

using namespace oidf;  // NOLINT(google-build-using-namespace): the vocabulary of these cases

namespace {

TokenBuilder logout_token() {
  return jwt(p256())
      .header("typ", json_quoted("logout+jwt"))
      .claim("jti", json_quoted("logout-1"))
      .claim("sid", json_quoted("session-1"))
      .claim("events", R"({"http://schemas.openid.net/event/backchannel-logout":{}})");
}

std::string answer_to(Fault fault) {
  const RelyingParty party{.keys = op_keys(p256()),
                           .options = options_for(TokenProfile::logout_token, {Algorithm::es256})};
  return party.answer_to(fault, logout_token());
}

}  // namespace

TEST_CASE("oidcc-client-test-rp-backchannel-rpinitlogout", "[oidf]") {
  CHECK(answer_to(none) == "accepted");
}

TEST_CASE("oidcc-client-test-rp-backchannel-rpinitlogout-alg-none", "[oidf][attack-139]") {
  CHECK(answer_to(null_alg) == "alg_not_allowed");
}

TEST_CASE("oidcc-client-test-rp-backchannel-rpinitlogout-wrong-alg", "[oidf][attack-139]") {
  CHECK(answer_to(alternate_alg) == "alg_not_allowed");
}

TEST_CASE("oidcc-client-test-rp-backchannel-rpinitlogout-wrong-iss", "[oidf][attack-139]") {
  CHECK(answer_to(wrong_iss) == "wrong_issuer");
}

TEST_CASE("oidcc-client-test-rp-backchannel-rpinitlogout-wrong-aud", "[oidf][attack-139]") {
  CHECK(answer_to(wrong_aud) == "wrong_audience");
}

TEST_CASE("oidcc-client-test-rp-backchannel-rpinitlogout-no-event", "[oidf][attack-139]") {
  CHECK(answer_to([](TokenBuilder& t) { t.claim("events", ""); }) == "missing_claim");
}

TEST_CASE("oidcc-client-test-rp-backchannel-rpinitlogout-wrong-event", "[oidf][attack-139]") {
  CHECK(answer_to([](TokenBuilder& t) {
          t.claim("events", R"({"http://schemas.openid.net/event/backchannel-logout1":{}})");
        }) == "invalid_claim");
}

TEST_CASE("oidcc-client-test-rp-backchannel-rpinitlogout-with-nonce", "[oidf][attack-139]") {
  CHECK(answer_to([](TokenBuilder& t) { t.claim("nonce", json_quoted(kNonce)); }) ==
        "invalid_claim");
}
