#include "jwks/jwk_set.hpp"

#include <map>
#include <string>

#include "base/base64url.hpp"
#include "support/catch.hpp"
#include "support/hex.hpp"
#include "support/moduli.hpp"
#include "support/tokens.hpp"

using jwks::ErrorCode;
using jwks::ErrorReason;
using jwks::Jwk;
using jwks::JwkSet;
using test::Algorithm;
using test::jwks_document;

namespace {

// RFC 7517 A.1, the EC key without its "use":"enc".
const std::string kX = "MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4";
const std::string kY = "4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM";
const std::string kEdX = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";  // RFC 8037 A.2

std::string ec(const std::string& more = {}, const std::string& x = kX, const std::string& y = kY) {
  return R"({"kty":"EC","crv":"P-256","x":")" + x + R"(","y":")" + y + "\"" + more + "}";
}

std::string rsa(const std::string& n, const std::string& e = "AQAB", const std::string& more = {}) {
  return R"({"kty":"RSA","n":")" + n + R"(","e":")" + e + "\"" + more + "}";
}

std::string encoded(std::string_view bytes) { return jwks::base64url::encode(bytes); }
std::string number(std::size_t bits, unsigned char last = 1) {
  return encoded(test::number(bits, last));
}
std::string modulus(std::size_t bits) { return encoded(test::modulus(bits)); }

ErrorReason reason(const std::string& jwk) {
  const auto key = Jwk::parse(jwk);
  if (key) return ErrorReason::none;
  CHECK(key.error().code() == ErrorCode::key_rejected);
  return key.error().reason();
}

/// "0","1",… for "key_ops".
std::string operations(int count) {
  std::string list;
  for (int i = 0; i < count; ++i) list += (i == 0 ? "\"" : ",\"") + std::to_string(i) + "\"";
  return list;
}

}  // namespace

TEST_CASE("a JWK without faults is taken, extra members or not") {
  CHECK(reason(ec()) == ErrorReason::none);
  CHECK(reason(ec(R"(,"use":"sig","key_ops":["verify"],"alg":"ES256","kid":"1","x-y":[{}])")) ==
        ErrorReason::none);
  CHECK(reason(R"({"kty":"OKP","crv":"Ed25519","x":")" + kEdX + "\"}") == ErrorReason::none);
  const auto key = Jwk::parse(ec(R"(,"kid":"","alg":"ES256")"));
  REQUIRE(key);
  CHECK(key->has_key_id());
  CHECK(key->key_id().empty());
  CHECK(key->key_type() == "EC");
  CHECK(key->bits() == 256);
  CHECK(key->algorithm() == Algorithm::es256);
}

TEST_CASE("each fault of a JWK has its reason",
          "[attack-161][attack-163][attack-164][attack-165][attack-166][attack-167][attack-170]["
          "attack-171][attack-172][attack-173][attack-174]") {
  const std::string zero32(43, 'A');
  const std::string all_ones = jwks::base64url::encode(std::string_view(std::string(32, '\xff')));
  const std::string p256 =
      test::from_hex("ffffffff00000001000000000000000000000000ffffffffffffffffffffffff");
  const auto cut = [](const std::string& text, std::size_t bytes) {
    std::string value = *jwks::base64url::decode(text);
    value.resize(bytes, '\x01');
    return jwks::base64url::encode(std::string_view(value));
  };
  /// The point of P-256 under another name, its numbers cut or filled up at the end.
  const auto on_curve = [&](std::string_view crv, std::size_t size) {
    return R"({"kty":"EC","crv":")" + std::string(crv) + R"(","x":")" + cut(kX, size) +
           R"(","y":")" + cut(kY, size) + "\"}";
  };
  const std::pair<std::string, ErrorReason> cases[] = {
      {R"({"kty":"XYZ"})", ErrorReason::unknown_kty},
      {R"({"kty":"AKP","alg":"ML-DSA-44","pub":"AA"})", ErrorReason::bad_length},
      {R"({"kty":"oct","k":"AAAA"})", ErrorReason::symmetric},
      {R"({})", ErrorReason::missing_member},
      {R"({"kty":1})", ErrorReason::bad_member},
      {R"({"kty":"ec","crv":"P-256"})", ErrorReason::unknown_kty},
      {ec(R"(,"d":"AA")"), ErrorReason::private_material},
      {ec(R"(,"d":1)"), ErrorReason::private_material},
      {ec(R"(,"p":"AA")"), ErrorReason::private_material},
      {ec(R"(,"q":"AA")"), ErrorReason::private_material},
      {ec(R"(,"dp":"AA")"), ErrorReason::private_material},
      {ec(R"(,"dq":"AA")"), ErrorReason::private_material},
      {ec(R"(,"qi":"AA")"), ErrorReason::private_material},
      {ec(R"(,"oth":[{}])"), ErrorReason::private_material},
      {ec(R"(,"priv":"AA")"), ErrorReason::private_material},
      {ec(R"(,"use":"enc")"), ErrorReason::use_not_sig},
      {ec(R"(,"use":"SIG")"), ErrorReason::use_not_sig},
      {ec(R"(,"use":1)"), ErrorReason::bad_member},
      {ec(R"(,"use":"enc","key_ops":["verify"])"), ErrorReason::use_not_sig},
      {ec(R"(,"key_ops":["sign"])"), ErrorReason::key_ops},
      {ec(R"(,"key_ops":["encrypt"])"), ErrorReason::key_ops},
      {ec(R"(,"key_ops":["Verify"])"), ErrorReason::key_ops},
      {ec(R"(,"key_ops":{})"), ErrorReason::key_ops},
      {ec(R"(,"key_ops":null)"), ErrorReason::key_ops},
      {ec(R"(,"key_ops":[])"), ErrorReason::key_ops},
      {ec(R"(,"key_ops":"verify")"), ErrorReason::key_ops},
      {ec(R"(,"key_ops":["verify","verify"])"), ErrorReason::key_ops},
      {ec(R"(,"key_ops":["verify",1])"), ErrorReason::key_ops},
      {ec(R"(,"use":"sig","key_ops":["verify","encrypt"])"), ErrorReason::key_ops},
      {ec(R"(,"key_ops":["verify",)" + operations(16) + "]"), ErrorReason::key_ops},
      // Nothing is no private material, and 16 operations are not too many.
      {ec(R"(,"d":null,"p":"","oth":[])"), ErrorReason::none},
      {ec(R"(,"use":"sig","key_ops":["verify","sign"])"), ErrorReason::none},
      {ec(R"(,"key_ops":["verify",)" + operations(15) + "]"), ErrorReason::none},
      {ec(R"(,"kid":1)"), ErrorReason::bad_member},
      {ec(R"(,"kid":null)"), ErrorReason::bad_member},
      {ec(",\"kid\":\"" + std::string(257, 'k') + "\""), ErrorReason::bad_length},
      {ec(R"(,"alg":"RS256")"), ErrorReason::alg_mismatch},
      {ec(R"(,"alg":"ES384")"), ErrorReason::alg_mismatch},
      {ec(R"(,"alg":"ECDH-ES")"), ErrorReason::unknown_alg},
      {ec(R"(,"alg":"es256")"), ErrorReason::unknown_alg},
      {ec(R"(,"alg":["ES256"])"), ErrorReason::bad_member},
      {ec({}, kY, kX), ErrorReason::point_not_on_curve},
      {ec({}, kX, kX), ErrorReason::point_not_on_curve},
      {ec({}, encoded(p256), kY), ErrorReason::point_not_on_curve},
      {ec({}, kX, encoded(p256)), ErrorReason::point_not_on_curve},
      {on_curve("P-384", 32), ErrorReason::bad_length},  // a point of P-256
      {on_curve("secp256k1", 32), ErrorReason::point_not_on_curve},
      {on_curve("P-521", 65), ErrorReason::bad_length},
      {on_curve("P-521", 66), ErrorReason::point_not_on_curve},
      {on_curve("P-521", 67), ErrorReason::bad_length},
      {on_curve("P-384", 47), ErrorReason::bad_length},
      {on_curve("P-384", 49), ErrorReason::bad_length},
      {on_curve("P-256K", 32), ErrorReason::unsupported_crv},
      {on_curve("p-256", 32), ErrorReason::unsupported_crv},
      {on_curve("", 32), ErrorReason::unsupported_crv},
      {ec({}, zero32, zero32), ErrorReason::point_not_on_curve},
      {ec({}, all_ones, kY), ErrorReason::point_not_on_curve},
      {ec({}, cut(kX, 31), kY), ErrorReason::bad_length},
      {ec({}, kX, cut(kY, 33)), ErrorReason::bad_length},
      {ec({}, "", ""), ErrorReason::bad_length},
      {ec({}, kX + "=", kY), ErrorReason::bad_base64},
      {ec({}, "+" + kX.substr(1), kY), ErrorReason::bad_base64},
      {R"({"kty":"EC","crv":"P-256","x":1,"y":"AA"})", ErrorReason::bad_member},
      {R"({"kty":"EC","crv":"P-256","x":"AA"})", ErrorReason::missing_member},
      {R"({"kty":"EC","x":"AA","y":"AA"})", ErrorReason::missing_member},
      {R"({"kty":"EC","crv":1,"x":"AA","y":"AA"})", ErrorReason::bad_member},
      {R"({"kty":"RSA"})", ErrorReason::missing_member},
      {R"({"kty":"RSA","n":"AQAB"})", ErrorReason::missing_member},
      {R"({"kty":"RSA","e":"AQAB"})", ErrorReason::missing_member},
      {R"({"kty":"RSA","n":1,"e":"AQAB"})", ErrorReason::bad_member},
      {R"({"kty":"RSA","n":["AQAB"],"e":"AQAB"})", ErrorReason::bad_member},
      {R"({"kty":"RSA","n":"AQAB","e":65537})", ErrorReason::bad_member},
      {R"({"kty":"OKP","crv":"Ed25519"})", ErrorReason::missing_member},
      {R"({"kty":"OKP","x":"AA"})", ErrorReason::missing_member},
      {R"({"kty":"EC","crv":"P-224","x":"AA","y":"AA"})", ErrorReason::unsupported_crv},
      {R"({"kty":"EC","crv":"secp256r1","x":"AA","y":"AA"})", ErrorReason::unsupported_crv},
      {R"({"kty":"EC","crv":"Ed25519","x":"AA","y":"AA"})", ErrorReason::unsupported_crv},
      {R"({"kty":"OKP","crv":"X25519","x":")" + kEdX + "\"}", ErrorReason::unsupported_crv},
      {R"({"kty":"OKP","crv":"P-256","x":")" + kEdX + "\"}", ErrorReason::unsupported_crv},
      {R"({"kty":"OKP","crv":"Ed25519","x":")" + cut(kEdX, 31) + "\"}", ErrorReason::bad_length},
      {R"({"kty":"OKP","crv":"Ed25519","x":")" + cut(kEdX, 33) + "\"}", ErrorReason::bad_length},
  };
  for (const auto& [jwk, expected] : cases) {
    CAPTURE(jwk, to_string(expected));
    CHECK(to_string(reason(jwk)) == to_string(expected));
  }
}

TEST_CASE("a key that is published twice is one key", "[attack-049]") {
  const auto& signer = test::es256();
  const auto set = test::key_set({signer, signer});
  CHECK(set.keys().size() == 1);
  REQUIRE(set.skipped().size() == 1);
  CHECK(set.skipped()[0].reason == ErrorReason::duplicate_member);
  CHECK(jwks::verify(test::token(signer).build().value(), set, test::policy(), test::kNow));
}

TEST_CASE("a static key without a kid answers to whatever kid a token names", "[claim-29]") {
  const auto& signer = test::es256();
  const auto text = test::token(signer).build().value();
  const auto unnamed = JwkSet::from_pem(signer.public_pem(), jwks::Algorithm::es256).value();
  CHECK(jwks::verify(text, unnamed, test::policy(), test::kNow));
  const auto named = JwkSet::from_pem(signer.public_pem(), jwks::Algorithm::es256, "k").value();
  CHECK(test::refusal(text, named).code() == jwks::ErrorCode::unknown_key);
  // Of a document the kid counts, even if it has none.
  const auto published =
      JwkSet::parse(
          jwks_document({Jwk::from_pem(signer.public_pem(), Algorithm::es256).value().to_json()}))
          .value();
  CHECK(test::refusal(text, published).code() == jwks::ErrorCode::unknown_key);
}

TEST_CASE("a coordinate keeps its leading zero bytes", "[attack-164]") {
  // A multiple of P-256's base point whose x starts with a zero byte: one key in 256 does.
  std::string jwk;
  std::string x;
  for (int i = 0; i < 10'000 && x.empty(); ++i) {
    jwk = test::SigningKey::generate(Algorithm::es256).value().public_jwk();
    const std::size_t at = jwk.find(R"("x":")") + 5;
    const std::string bytes = jwks::base64url::decode(jwk.substr(at, 43)).value();
    if (bytes.front() == '\0') x = jwk.substr(at, 43);
  }
  REQUIRE_FALSE(x.empty());
  CHECK(reason(jwk) == ErrorReason::none);
  const std::string bytes = jwks::base64url::decode(x).value();
  const auto with_x = [&](std::string_view other) {
    std::string changed = jwk;
    return changed.replace(changed.find(x), x.size(), encoded(other));
  };
  CHECK(reason(with_x(bytes)) == ErrorReason::none);
  CHECK(reason(with_x(bytes.substr(1))) == ErrorReason::bad_length);
  CHECK(reason(with_x('\0' + bytes)) == ErrorReason::bad_length);
}

TEST_CASE("RSA moduli and exponents are held to their limits",
          "[attack-153][attack-154][attack-155][attack-156][attack-157][attack-158][attack-159]") {
  const std::string good = modulus(2048);
  const std::pair<std::string, ErrorReason> cases[] = {
      {rsa(modulus(2047)), ErrorReason::weak_rsa},
      {rsa(good), ErrorReason::none},
      {rsa(modulus(2049)), ErrorReason::none},
      {rsa(modulus(1024)), ErrorReason::weak_rsa},
      {rsa(modulus(512)), ErrorReason::weak_rsa},
      {rsa(modulus(8191)), ErrorReason::none},
      {rsa(modulus(8192)), ErrorReason::none},
      {rsa(modulus(8193)), ErrorReason::large_rsa},
      {rsa(modulus(16384)), ErrorReason::large_rsa},
      {rsa(modulus(16385)), ErrorReason::large_rsa},
      {rsa(number(2048, 2)), ErrorReason::bad_modulus},
      {rsa(""), ErrorReason::bad_modulus},
      {rsa("AA"), ErrorReason::bad_modulus},
      {rsa("AQ"), ErrorReason::weak_rsa},
      {rsa(encoded(std::string(1, '\0') + test::modulus(2048))), ErrorReason::bad_modulus},
      {rsa(good, "AQ"), ErrorReason::bad_exponent},
      {rsa(good, "AA"), ErrorReason::bad_exponent},
      {rsa(good, "Ag"), ErrorReason::bad_exponent},
      {rsa(good, ""), ErrorReason::bad_exponent},
      {rsa(good, "AQAA"), ErrorReason::bad_exponent},
      {rsa(good, "AAEAAQ"), ErrorReason::bad_exponent},   // a leading zero byte
      {rsa(good, "Aw"), ErrorReason::none},               // 3
      {rsa(good, "BA"), ErrorReason::bad_exponent},       // 4
      {rsa(good, "_____Q"), ErrorReason::none},           // 2^32 - 3
      {rsa(good, "_____w"), ErrorReason::none},           // 2^32 - 1
      {rsa(good, "AQAAAAA"), ErrorReason::bad_exponent},  // 2^32
      {rsa(good, "AQAAAAE"), ErrorReason::bad_exponent},  // 2^32 + 1
      {rsa(good, number(2040)), ErrorReason::bad_exponent},
  };
  for (const auto& [jwk, expected] : cases) {
    CAPTURE(jwk.size(), jwk.substr(jwk.size() - 30), to_string(expected));
    CHECK(to_string(reason(jwk)) == to_string(expected));
  }
}

TEST_CASE("a key is pinned to its algorithm, and without one its type decides",
          "[attack-015][attack-021]") {
  const auto fits = [](const std::string& jwk) {
    std::string names;
    for (const Algorithm algorithm : test::signed_algorithms()) {
      if (Jwk::parse(jwk).value().fits(algorithm)) names.append(to_string(algorithm)).append(" ");
    }
    return names;
  };
  CHECK(fits(ec()) == "ES256 ");
  CHECK(fits(rsa(modulus(2048))) == "RS256 RS384 RS512 PS256 PS384 PS512 ");
  CHECK(fits(rsa(modulus(2048), "AQAB", R"(,"alg":"PS384")")) == "PS384 ");
  CHECK(fits(R"({"kty":"OKP","crv":"Ed25519","x":")" + kEdX + "\"}") == "EdDSA Ed25519 ");
  CHECK(fits(R"({"kty":"OKP","crv":"Ed25519","alg":"EdDSA","x":")" + kEdX + "\"}") ==
        "EdDSA Ed25519 ");
}

TEST_CASE("a set keeps its good keys and lists the others with their reasons",
          "[claim-46][attack-168][attack-187]") {
  const auto set = JwkSet::parse(jwks_document(
      {R"({"kty":"oct","k":"AA","kid":"oct"})", ec(R"(,"kid":"good")"),
       R"({"kty":"new","kid":"a\nb"})", "7", "null", ec(R"(,"use":"enc","kid":"enc")"),
       rsa(modulus(1024), "AQAB", R"(,"kid":"weak")")}));
  REQUIRE(set);
  REQUIRE(set->keys().size() == 1);
  CHECK(set->keys()[0].key_id() == "good");
  REQUIRE(set->skipped().size() == 6);
  CHECK(set->skipped()[0].reason == ErrorReason::symmetric);
  CHECK(set->skipped()[1].key_id == "a\\x0ab");
  CHECK(set->skipped()[2].reason == ErrorReason::not_an_object);
  CHECK(set->rejection_of("enc") == ErrorReason::use_not_sig);
  CHECK(set->rejection_of("a\nb") == ErrorReason::unknown_kty);
  CHECK_FALSE(set->rejection_of("good"));
  CHECK_FALSE(set->rejection_of(""));
}

TEST_CASE("a document that is no JWK Set is refused whole", "[claim-45][attack-086][attack-186]") {
  const auto code = [](const std::string& text) {
    const auto set = JwkSet::parse(text);
    REQUIRE_FALSE(set);
    return set.error().code();
  };
  for (const char* text :
       {"", "null", "[]", "{}", "<html>", R"({"keys":{}})", R"({"keys":[)", R"({"keys":[NaN]})"}) {
    CAPTURE(text);
    CHECK(code(text) == ErrorCode::bad_json);
  }
  CHECK(code(R"({"keys":[],"keys":[]})") == ErrorCode::duplicate_member);
  CHECK(code(R"({"keys":[{"kty":"RSA","kty":"oct"}]})") == ErrorCode::duplicate_member);
  CHECK(JwkSet::parse(R"({"keys":[]})").value().keys().empty());
}

TEST_CASE("a set is limited to 128 keys and 256 KiB, exactly", "[attack-188][attack-204]") {
  CHECK(JwkSet::parse(jwks_document(std::vector<std::string>(127, "{}"))).has_value());
  CHECK(JwkSet::parse(jwks_document(std::vector<std::string>(128, "{}"))).has_value());
  CHECK(JwkSet::parse(jwks_document(std::vector<std::string>(129, "{}"))).error().code() ==
        ErrorCode::too_large);
  std::string text = R"({"keys":[]})";
  text.append(JwkSet::kMaxBytes - text.size(), ' ');
  CHECK(JwkSet::parse(text).has_value());
  CHECK(JwkSet::parse(text + " ").error().code() == ErrorCode::too_large);
}

TEST_CASE("a key survives the way through JWK and PEM for every algorithm") {
  for (const Algorithm algorithm : test::signed_algorithms()) {
    CAPTURE(to_string(algorithm));
    const auto& signer = test::key(algorithm);
    const Jwk jwk = Jwk::parse(signer.public_jwk()).value();
    const Jwk pem = Jwk::from_pem(signer.public_pem(), algorithm, signer.key_id()).value();
    CHECK(jwk.thumbprint() == signer.thumbprint());
    CHECK(pem.thumbprint() == jwk.thumbprint());
    CHECK(pem.to_json() == jwk.to_json());
    CHECK(Jwk::parse(jwk.to_json()).value().thumbprint() == jwk.thumbprint());
  }
}

TEST_CASE("a PEM text that is not exactly one public key is refused") {
  const auto& signer = test::key(Algorithm::es256);
  const auto refused = [](std::string_view pem, Algorithm algorithm = Algorithm::es256) {
    const auto key = Jwk::from_pem(pem, algorithm);
    REQUIRE_FALSE(key);
    return key.error().reason();
  };
  CHECK(refused(signer.private_pem().value()) == ErrorReason::private_material);
  CHECK(refused(signer.public_pem() + signer.public_pem()) == ErrorReason::bad_pem);
  CHECK(refused("") == ErrorReason::bad_pem);
  CHECK(refused("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n") ==
        ErrorReason::bad_pem);
  CHECK(refused(signer.public_pem(), Algorithm::rs256) == ErrorReason::alg_mismatch);
  CHECK(refused(std::string(70'000, ' ') + signer.public_pem()) == ErrorReason::bad_pem);
}
