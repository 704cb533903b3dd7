// Values printed in the RFCs that this library implements, each with its section. The JWKs are
// given without their private members, which the library refuses; that refusal is tested as well.
//
// Source: appendices of RFC 7515, 7517, 7638, 8037 and 9449 (examples, IETF Trust Legal Provisions;
// code components under the Revised BSD License).

#include <chrono>
#include <string>
#include <string_view>

#include "base/base64url.hpp"
#include "crypto/signature.hpp"
#include "jwks/jwk_set.hpp"
#include "jwks/verify.hpp"
#include "support/catch.hpp"

namespace {

using jwks::Algorithm;
using jwks::ErrorCode;
using jwks::ErrorReason;
using jwks::Jwk;
using jwks::JwkSet;

// RFC 7515 A.1.1: {"iss":"joe", "exp":1300819380, "http://example.com/is_root":true}, with the
// line breaks that the RFC gives it.
constexpr std::string_view kJoePayload =
    "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlf"
    "Q";
constexpr std::chrono::sys_seconds kJoeExpires{std::chrono::seconds{1300819380}};

constexpr std::string_view kHs256Token =
    "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9"
    ".eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlf"
    "Q"
    ".dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

constexpr std::string_view kRs256Key =
    R"({"kty":"RSA","e":"AQAB","n":"ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ"})";
constexpr std::string_view kRs256Token =
    "eyJhbGciOiJSUzI1NiJ9"
    ".eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlf"
    "Q"
    ".cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5"
    "jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L"
    "07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUi"
    "pUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw";

constexpr std::string_view kEs256Key =
    R"({"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"})";
constexpr std::string_view kEs256Token =
    "eyJhbGciOiJFUzI1NiJ9"
    ".eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlf"
    "Q"
    ".DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";

constexpr std::string_view kEs512Key =
    R"({"kty":"EC","crv":"P-521","x":"AekpBQ8ST8a8VcfVOTNl353vSrDCLLJXmPk06wTjxrrjcBpXp5EOnYG_NjFZ6OvLFV1jSfS9tsz4qUxcWceqwQGk","y":"ADSmRA43Z1DSNx_RvcLI87cdL07l6jQyyBXMoxVg_l2Th-x3S1WDhjDly79ajL4Kkd0AZMaZmh9ubmf63e3kyMj2"})";
constexpr std::string_view kEs512Token =
    "eyJhbGciOiJFUzUxMiJ9.UGF5bG9hZA"
    ".AdwMgeerwtHoh-l192l60hp9wAHZFVJbLfD_UxMi70cwnZOYaRI1bKPWROc-mZZqwqT2SI-KGDKB34XO0aw_7XdtAG8G"
    "aSwFKdCAPZgoXD2YBJZCPEX3xKpRwcdOO8KpEHwJjyqOgzDO7iKvU8vcnwNrmxYbSW9ERBXukOXolLzeO_Jn";

constexpr std::string_view kEd25519Key =
    R"({"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"})";
constexpr std::string_view kEdDsaToken =
    "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc"
    ".hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg";

constexpr std::string_view kRsaOfRfc7517 =
    R"({"kty":"RSA","n":"0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw","e":"AQAB","alg":"RS256","kid":"2011-04-29"})";

JwkSet set_of(std::string_view jwk) {
  auto key = Jwk::parse(jwk);
  REQUIRE(key.has_value());
  return JwkSet::of({*key}).value();
}

auto verified(std::string_view token, const JwkSet& keys,
              std::chrono::system_clock::time_point now = kJoeExpires - std::chrono::seconds{1}) {
  const auto policy = jwks::ValidationPolicy::create({.issuer = "joe", .allow_any_audience = true});
  REQUIRE(policy.has_value());
  return jwks::verify(token, keys, *policy, now);
}

// The signature alone, where the payload of the example is no JWT Claims Set.
bool signature_holds(std::string_view token, std::string_view jwk, Algorithm algorithm) {
  const auto key = Jwk::parse(jwk);
  REQUIRE(key.has_value());
  const std::size_t dot = token.rfind('.');
  const auto signature = jwks::base64url::decode(token.substr(dot + 1));
  REQUIRE(signature.has_value());
  return jwks::crypto::verify_signature(algorithm, (*key).public_key(), token.substr(0, dot),
                                        *signature);
}

std::string with_last_signature_byte_changed(std::string_view token) {
  const std::size_t dot = token.rfind('.');
  auto signature = jwks::base64url::decode(token.substr(dot + 1));
  REQUIRE(signature.has_value());
  signature->back() = static_cast<char>(signature->back() ^ 1);
  return std::string(token.substr(0, dot + 1)) + jwks::base64url::encode(*signature);
}

void check_joe(std::string_view token, std::string_view jwk, Algorithm algorithm) {
  const JwkSet keys = set_of(jwk);
  const auto result = verified(token, keys);
  REQUIRE(result.has_value());
  CHECK(result->algorithm() == algorithm);
  CHECK(result->claims().issuer() == "joe");
  CHECK(result->claims().expires_at() == jwks::NumericDate{.seconds = 1300819380});
  const auto is_root = result->claims().boolean("http://example.com/is_root");
  REQUIRE(is_root.has_value());
  CHECK(*is_root);

  const auto late = verified(token, keys, kJoeExpires + std::chrono::seconds{60});
  REQUIRE_FALSE(late.has_value());
  CHECK(late.error().code() == ErrorCode::expired);

  const auto tampered = verified(with_last_signature_byte_changed(token), keys);
  REQUIRE_FALSE(tampered.has_value());
  CHECK(tampered.error().code() == ErrorCode::bad_signature);
}

void check_code(std::string_view token, const JwkSet& keys, ErrorCode code) {
  const auto result = verified(token, keys);
  REQUIRE_FALSE(result.has_value());
  CHECK(result.error().code() == code);
}

TEST_CASE("RFC 7515 A.1: a token with a symmetric algorithm is refused", "[rfc7515]") {
  check_code(kHs256Token, set_of(kRs256Key), ErrorCode::alg_not_allowed);
}

TEST_CASE("RFC 7515 A.2: the RS256 example is a valid JWT until it expires", "[rfc7515]") {
  check_joe(kRs256Token, kRs256Key, Algorithm::rs256);
}

TEST_CASE("RFC 7515 A.3: the ES256 example is a valid JWT until it expires", "[rfc7515]") {
  check_joe(kEs256Token, kEs256Key, Algorithm::es256);
}

TEST_CASE("RFC 7515 A.4: the signature of the ES512 example holds, its payload is no JWT",
          "[rfc7515]") {
  CHECK(signature_holds(kEs512Token, kEs512Key, Algorithm::es512));
  const std::string tampered = with_last_signature_byte_changed(kEs512Token);
  CHECK_FALSE(signature_holds(tampered, kEs512Key, Algorithm::es512));
  check_code(kEs512Token, set_of(kEs512Key), ErrorCode::bad_json);
  check_code(tampered, set_of(kEs512Key), ErrorCode::bad_signature);
}

TEST_CASE("RFC 7515 A.5: an unsecured token is refused", "[rfc7515]") {
  const std::string token = "eyJhbGciOiJub25lIn0." + std::string(kJoePayload) + ".";
  check_code(token, set_of(kEs256Key), ErrorCode::alg_not_allowed);
}

TEST_CASE("RFC 7515 A.7: the JSON Serialization is not a JWT", "[rfc7515]") {
  const std::string token =
      R"({"payload":")" + std::string(kJoePayload) +
      R"(","protected":"eyJhbGciOiJFUzI1NiJ9","signature":"DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q"})";
  check_code(token, set_of(kEs256Key), ErrorCode::not_three_segments);
}

TEST_CASE("RFC 7515 A.3: a key that is published with its private member is refused", "[rfc7515]") {
  std::string jwk(kEs256Key);
  jwk.insert(jwk.size() - 1, R"(,"d":"jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI")");
  const auto key = Jwk::parse(jwk);
  REQUIRE_FALSE(key.has_value());
  CHECK(key.error().code() == ErrorCode::key_rejected);
  CHECK(key.error().reason() == ErrorReason::private_material);
}

TEST_CASE("RFC 7517 A.1: of the example set the signature key is used, the other skipped",
          "[rfc7517]") {
  const auto keys = JwkSet::parse(
      R"({"keys":[{"kty":"EC","crv":"P-256","x":"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4","y":"4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM","use":"enc","kid":"1"},)" +
      std::string(kRsaOfRfc7517) + "]}");
  REQUIRE(keys.has_value());
  REQUIRE(keys->keys().size() == 1);
  const Jwk& key = keys->keys().front();
  CHECK(key.key_id() == "2011-04-29");
  CHECK(key.key_type() == "RSA");
  CHECK(key.bits() == 2048);
  CHECK(key.algorithm() == Algorithm::rs256);
  CHECK(key.fits(Algorithm::rs256));
  CHECK_FALSE(key.fits(Algorithm::ps256));
  REQUIRE(keys->skipped().size() == 1);
  CHECK(keys->skipped().front().key_id == "1");
  CHECK(keys->skipped().front().reason == ErrorReason::use_not_sig);
}

TEST_CASE("RFC 7517 A.3: symmetric keys of a set are skipped", "[rfc7517]") {
  const auto keys = JwkSet::parse(
      R"({"keys":[{"kty":"oct","alg":"A128KW","k":"GawgguFyGrWKav7AX4VKUg"},{"kty":"oct","k":"AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow","kid":"HMAC key used in JWS spec Appendix A.1 example"}]})");
  REQUIRE(keys.has_value());
  CHECK(keys->keys().empty());
  REQUIRE(keys->skipped().size() == 2);
  CHECK(keys->skipped()[0].reason == ErrorReason::symmetric);
  CHECK(keys->skipped()[1].reason == ErrorReason::symmetric);
}

TEST_CASE("the thumbprints that the RFCs print are computed", "[rfc7638][rfc8037][rfc9449]") {
  struct Row {
    std::string_view source;
    std::string_view jwk;
    std::string_view thumbprint;
  };
  const Row rows[] = {
      {"RFC 7638 3.1", kRsaOfRfc7517, "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"},
      {"RFC 8037 A.3", kEd25519Key, "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"},
      {"RFC 9449 6.1",
       R"({"kty":"EC","x":"l8tFrhx-34tV3hRICRDY9zCkDlpBhF42UQUfWVAWBFs","y":"9VE4jf_Ok_o64zbTTlcuNJajHmt6v9TDVrU0CdvGRDA","crv":"P-256"})",
       "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.source);
    const auto key = Jwk::parse(row.jwk);
    REQUIRE(key.has_value());
    CHECK(key->thumbprint() == row.thumbprint);
  }
}

TEST_CASE("RFC 8037 A.4: the signature of the EdDSA example holds, its payload is no JWT",
          "[rfc8037]") {
  CHECK(signature_holds(kEdDsaToken, kEd25519Key, Algorithm::eddsa));
  CHECK(signature_holds(kEdDsaToken, kEd25519Key, Algorithm::ed25519));
  const std::string tampered = with_last_signature_byte_changed(kEdDsaToken);
  CHECK_FALSE(signature_holds(tampered, kEd25519Key, Algorithm::eddsa));
  check_code(kEdDsaToken, set_of(kEd25519Key), ErrorCode::bad_json);
  check_code(tampered, set_of(kEd25519Key), ErrorCode::bad_signature);
}

}  // namespace
