// What each kind of key may verify, and what it writes.

#include <string>
#include <vector>

#include "base/base64url.hpp"
#include "jwks/verify.hpp"
#include "support/catch.hpp"
#include "support/tokens.hpp"

using jwks::ErrorCode;
using jwks::ErrorReason;
using jwks::Jwk;
using jwks::JwkSet;
using test::Algorithm;
using test::json_quoted;
using test::kNow;

namespace {

constexpr Algorithm kAll[] = {
    Algorithm::rs256,     Algorithm::rs384,     Algorithm::rs512,    Algorithm::ps256,
    Algorithm::ps384,     Algorithm::ps512,     Algorithm::es256,    Algorithm::es384,
    Algorithm::es512,     Algorithm::eddsa,     Algorithm::ed25519,  Algorithm::ed448,
    Algorithm::es256k,    Algorithm::hs256,     Algorithm::hs384,    Algorithm::hs512,
    Algorithm::ml_dsa_44, Algorithm::ml_dsa_65, Algorithm::ml_dsa_87};

std::string fitting(const Jwk& key) {
  std::string names;
  for (const Algorithm each : kAll) {
    if (key.fits(each)) names.append(names.empty() ? "" : " ").append(to_string(each));
  }
  return names;
}

/// The public JWK of this key with another "alg", or with none.
std::string with_alg(const test::SigningKey& key, std::string_view alg) {
  std::string jwk = key.public_jwk();
  const std::string old = R"("alg":")" + std::string(to_string(key.algorithm())) + "\",";
  REQUIRE(jwk.find(old) != std::string::npos);
  return jwk.replace(jwk.find(old), old.size(),
                     alg.empty() ? "" : R"("alg":")" + std::string(alg) + "\",");
}

std::string reason(const std::string& jwk) {
  const auto key = Jwk::parse(jwk);
  return std::string(key ? "none" : to_string(key.error().reason()));
}

std::string akp(std::string_view alg, std::size_t size, const std::string& more = {}) {
  return R"({"kty":"AKP","alg":")" + std::string(alg) + R"(","pub":")" +
         jwks::base64url::encode(std::string_view(std::string(size, 'p'))) + "\"" + more + "}";
}

}  // namespace

TEST_CASE("each kind of key fits the algorithms of its kind alone",
          "[attack-017][attack-021][attack-022]") {
  const std::pair<Algorithm, std::string> cases[] = {
      {Algorithm::rs256, "RS256 RS384 RS512 PS256 PS384 PS512"},
      {Algorithm::es256, "ES256"},
      {Algorithm::es384, "ES384"},
      {Algorithm::es512, "ES512"},
      {Algorithm::es256k, "ES256K"},
      {Algorithm::ed25519, "EdDSA Ed25519"},
      {Algorithm::ed448, "EdDSA Ed448"}};
  for (const auto& [algorithm, expected] : cases) {
    CAPTURE(to_string(algorithm));
    CHECK(fitting(Jwk::parse(with_alg(test::key(algorithm), "")).value()) == expected);
  }
}

TEST_CASE("a JWK whose alg is not of its kind is refused", "[attack-022][attack-172]") {
  for (const Algorithm of_key :
       {Algorithm::rs256, Algorithm::es256, Algorithm::es384, Algorithm::es512, Algorithm::es256k,
        Algorithm::ed25519, Algorithm::ed448}) {
    const Jwk open = Jwk::parse(with_alg(test::key(of_key), "")).value();
    for (const Algorithm named : kAll) {
      CAPTURE(to_string(of_key), to_string(named));
      CHECK(reason(with_alg(test::key(of_key), to_string(named))) ==
            (open.fits(named) ? "none" : "alg_mismatch"));
    }
  }
}

TEST_CASE("EdDSA and the name of the curve mean one algorithm, whichever the JWK has",
          "[attack-022]") {
  for (const auto& [signer, name] : {std::pair(test::key(Algorithm::ed25519), "Ed25519"),
                                     std::pair(test::key(Algorithm::ed448), "Ed448")}) {
    for (const char* in_jwk : {"", "EdDSA", name}) {
      const JwkSet set = JwkSet::parse(test::jwks_document({with_alg(signer, in_jwk)})).value();
      for (const char* in_header : {"EdDSA", name}) {
        CAPTURE(in_jwk, in_header);
        const auto text = test::token(signer).header("alg", json_quoted(in_header)).build().value();
        CHECK(jwks::verify(text, set, test::policy(), kNow).has_value());
      }
      const char* other = std::string_view(name) == "Ed448" ? "Ed25519" : "Ed448";
      const auto text = test::token(signer).header("alg", json_quoted(other)).build().value();
      CHECK(test::refusal(text, set).code() == ErrorCode::alg_mismatch);
    }
  }
}

TEST_CASE("ES256K has to be asked for", "[attack-021]") {
  const auto& signer = test::key(Algorithm::es256k);
  const std::string text = test::token(signer).build().value();
  const JwkSet set = test::key_set({signer});
  CHECK(test::refusal(text, set).code() == ErrorCode::alg_not_allowed);
  CHECK(jwks::verify(text, set, test::policy(test::all_algorithms()), kNow).has_value());
  const auto as_es256 = test::token(signer).header("alg", json_quoted("ES256")).build().value();
  CHECK(test::refusal(as_es256, set).code() == ErrorCode::alg_mismatch);
}

TEST_CASE("the sizes of keys are those of their curves") {
  const std::pair<Algorithm, int> cases[] = {{Algorithm::rs256, 2048}, {Algorithm::es256, 256},
                                             {Algorithm::es384, 384},  {Algorithm::es512, 521},
                                             {Algorithm::es256k, 256}, {Algorithm::ed25519, 256},
                                             {Algorithm::ed448, 448}};
  for (const auto& [algorithm, bits] : cases) {
    CAPTURE(to_string(algorithm));
    CHECK(Jwk::parse(test::key(algorithm).public_jwk()).value().bits() == bits);
  }
}

TEST_CASE("every public key is written as JWK and PEM that are read as the same key") {
  for (const Algorithm algorithm : test::signed_algorithms()) {
    CAPTURE(to_string(algorithm));
    const auto& signer = test::key(algorithm);
    const Jwk key = Jwk::parse(signer.public_jwk()).value();
    CHECK_FALSE(key.is_secret());
    CHECK(key.to_pem().value() == signer.public_pem());
    const Jwk again = Jwk::parse(key.to_json()).value();
    CHECK(again.to_json() == key.to_json());
    CHECK(again.thumbprint() == key.thumbprint());
    CHECK(key.thumbprint_uri() ==
          "urn:ietf:params:oauth:jwk-thumbprint:sha-256:" + signer.thumbprint());
  }
}

TEST_CASE("a thumbprint is computed and never taken from the kid", "[attack-176]") {
  const auto& signer = test::es256();
  const std::string& other = test::key(Algorithm::es256, 1).thumbprint();
  const auto claiming =
      test::SigningKey::from_pem(signer.private_pem().value(), Algorithm::es256, other).value();
  const Jwk key = Jwk::parse(claiming.public_jwk()).value();
  CHECK(key.key_id() == other);
  CHECK(key.thumbprint() == signer.thumbprint());

  // The order of the members and what else there is does not change it.
  std::string jwk = R"({"use":"sig","y":"Y","x":"X","z":[],"kty":"EC","crv":"P-256"})";
  const std::string json = Jwk::parse(signer.public_jwk()).value().to_json();
  for (const std::string name : {"x", "y"}) {
    const std::size_t at = json.find("\"" + name + "\":\"") + name.size() + 4;
    const std::string placeholder = name == "x" ? "\"X\"" : "\"Y\"";
    jwk.replace(jwk.find(placeholder), 3, json_quoted(json.substr(at, 43)));
  }
  CHECK(Jwk::parse(jwk).value().thumbprint() == signer.thumbprint());
}

TEST_CASE("an ML-DSA key names its parameter set and has its size", "[attack-024][attack-174]") {
  const std::pair<Algorithm, std::size_t> sizes[] = {
      {Algorithm::ml_dsa_44, 1312}, {Algorithm::ml_dsa_65, 1952}, {Algorithm::ml_dsa_87, 2592}};
  for (const auto& [algorithm, size] : sizes) {
    const std::string_view name = to_string(algorithm);
    CAPTURE(name);
    const std::string expected = is_supported(algorithm) ? "none" : "unsupported";
    CHECK(reason(akp(name, size)) == expected);
    CHECK(reason(akp(name, size - 1)) == "bad_length");
    CHECK(reason(akp(name, size + 1)) == "bad_length");
    CHECK(reason(akp(name, 0)) == "bad_length");
    for (const auto& [unused, other] : sizes) {
      if (other != size) CHECK(reason(akp(name, other)) == "bad_length");
    }
    CHECK(reason(akp(name, size, R"(,"priv":"AA")")) == "private_material");
    CHECK(reason(akp(name, size, R"(,"use":"enc")")) == "use_not_sig");
  }
  CHECK(reason(R"({"kty":"AKP","pub":"AA"})") == "missing_member");
  CHECK(reason(R"({"kty":"AKP","alg":"ML-DSA-44"})") == "missing_member");
  CHECK(reason(R"({"kty":"AKP","alg":"ML-DSA-44","pub":1})") == "bad_member");
  CHECK(reason(R"({"kty":"AKP","alg":"ML-DSA-44","pub":"A="})") == "bad_base64");
  CHECK(reason(akp("ES256", 1312)) == "alg_mismatch");
  CHECK(reason(akp("ML-DSA-43", 1312)) == "unknown_alg");
  CHECK(reason(akp("ml-dsa-44", 1312)) == "unknown_alg");
}

TEST_CASE("ML-DSA tokens hold for their own parameter set alone", "[attack-024]") {
  if (!test::have_ml_dsa()) return;
  constexpr Algorithm kSets[] = {Algorithm::ml_dsa_44, Algorithm::ml_dsa_65, Algorithm::ml_dsa_87};
  for (const Algorithm algorithm : kSets) {
    CAPTURE(to_string(algorithm));
    const JwkSet set = test::key_set({test::key(algorithm)});
    for (const Algorithm other : kSets) {
      const auto text = test::token(test::key(algorithm))
                            .header("alg", json_quoted(to_string(other)))
                            .build()
                            .value();
      if (other == algorithm) {
        CHECK(jwks::verify(text, set, test::policy(), kNow).has_value());
      } else {
        CHECK(test::refusal(text, set).code() == ErrorCode::alg_mismatch);
      }
    }
  }
}

TEST_CASE("all algorithms but ML-DSA are there in every OpenSSL that is supported") {
  for (const Algorithm algorithm : kAll) {
    CAPTURE(to_string(algorithm));
    if (algorithm < Algorithm::ml_dsa_44) CHECK(is_supported(algorithm));
  }
  CHECK(is_supported(Algorithm::ml_dsa_44) == is_supported(Algorithm::ml_dsa_65));
  CHECK(is_supported(Algorithm::ml_dsa_44) == is_supported(Algorithm::ml_dsa_87));
}

TEST_CASE("an Edwards key of small order in a JWK is refused", "[attack-152][attack-166]") {
  const auto okp = [](std::string_view crv, const std::string& x) {
    return R"({"kty":"OKP","crv":")" + std::string(crv) + R"(","x":")" +
           jwks::base64url::encode(std::string_view(x)) + "\"}";
  };
  CHECK(reason(okp("Ed25519", std::string(32, '\0'))) == "small_order");
  CHECK(reason(okp("Ed448", std::string(57, '\0'))) == "small_order");
  CHECK(reason(okp("Ed25519", std::string(32, '\xff'))) == "point_not_on_curve");
  CHECK(reason(okp("Ed448", std::string(57, '\xff'))) == "point_not_on_curve");
  for (const std::size_t size : {0U, 32U, 56U, 58U, 114U}) {
    CHECK(reason(okp("Ed448", std::string(size, '\1'))) == "bad_length");
  }
  CHECK(reason(okp("X448", std::string(56, '\1'))) == "unsupported_crv");
  CHECK(reason(okp("secp256k1", std::string(32, '\1'))) == "unsupported_crv");
}

TEST_CASE("kids of 255 and 256 bytes are taken, longer ones are not") {
  const auto& signer = test::es256();
  for (const std::size_t size : {255U, 256U, 257U}) {
    CAPTURE(size);
    const std::string kid(size, 'k');
    const bool allowed = size <= jwks::kMaxKeyIdBytes;
    const auto named =
        test::SigningKey::from_pem(signer.private_pem().value(), Algorithm::es256, kid).value();
    CHECK(reason(named.public_jwk()) == (allowed ? "none" : "bad_length"));
    CHECK(Jwk::from_pem(signer.public_pem(), Algorithm::es256, kid).has_value() == allowed);
  }
}

TEST_CASE("duplicate members in a JWK refuse it, and in a set the whole set", "[attack-086]") {
  const std::string jwk = R"({"kty":"RSA","kty":"oct"})";
  CHECK(Jwk::parse(jwk).error().code() == ErrorCode::duplicate_member);
  CHECK(Jwk::parse(R"({"kty":"RSA","k\u0074y":"oct"})").error().code() ==
        ErrorCode::duplicate_member);
  const std::string good = test::es256().public_jwk();
  CHECK(JwkSet::parse(test::jwks_document({good, jwk})).error().code() ==
        ErrorCode::duplicate_member);
  CHECK(JwkSet::parse(R"({"keys":[],"keys":[)" + good + "]}").error().code() ==
        ErrorCode::duplicate_member);
  CHECK(JwkSet::parse_secrets(R"({"keys":[{"kty":"oct","k":"AA","k":"AA"}]})").error().code() ==
        ErrorCode::duplicate_member);
}
