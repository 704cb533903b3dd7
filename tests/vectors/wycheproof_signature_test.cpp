// Wycheproof signature and MAC vectors through the JWK path: the key of each group is imported from
// the JWK that the file carries, then every signature is checked by the raw seam, because the
// messages are arbitrary bytes and no JWS signing inputs. Where a group has no JWK its PEM is used.
//
// Each file's counts are asserted, so that a vector that is skipped fails. "acceptable" means
// refused: it marks encodings that JOSE does not allow.
//
// Source: C2SP/wycheproof, testvectors_v1 (Apache-2.0). Not used: rsa_signature_2048_sha512_256,
// whose hash no JOSE algorithm has.

#include <cstddef>
#include <initializer_list>
#include <set>
#include <string>
#include <string_view>

#include "base/base64url.hpp"
#include "jose/jwk_state.hpp"
#include "jwks/jwk_set.hpp"
#include "support/catch.hpp"
#include "vectors/vectors.hpp"

namespace {

using jwks::Algorithm;
using jwks::ErrorReason;
using jwks::JsonValue;
using jwks::Jwk;
using jwks::jose::signature_holds;
using vectors::count_member;
using vectors::hex_member;
using vectors::member;
using vectors::string_member;

struct File {
  std::string_view name;
  Algorithm algorithm;
  std::size_t valid;
  std::size_t invalid;
  std::size_t acceptable;
  std::size_t from_pem;  ///< vectors of groups without a JWK
};

bool have_vectors() { return vectors::available("wycheproof/testvectors_v1"); }

std::string read(std::string_view name) {
  return vectors::read("wycheproof/testvectors_v1/" + std::string(name) + ".json");
}

bool has_jwk(JsonValue group) { return group.find("publicKeyJwk") || group.find("keyJwk"); }

jwks::Result<Jwk> key_of(JsonValue group, Algorithm algorithm) {
  for (const char* name : {"publicKeyJwk", "keyJwk"}) {
    if (const auto jwk = group.find(name)) return Jwk::parse(jwk->text());
  }
  return Jwk::from_pem(string_member(group, "publicKeyPem"), algorithm);
}

void run(const File& file) {
  CAPTURE(file.name);
  const vectors::JsonText document(read(file.name));
  File seen{.name = file.name,
            .algorithm = file.algorithm,
            .valid = 0,
            .invalid = 0,
            .acceptable = 0,
            .from_pem = 0};
  for (const JsonValue group : member(document.root(), "testGroups")) {
    const auto key = key_of(group, file.algorithm);
    if (!key) FAIL("the key was refused: " << key.error().message());
    CHECK(key->fits(file.algorithm));
    for (const JsonValue vector : member(group, "tests")) {
      const std::string result = string_member(vector, "result");
      const bool accepted = signature_holds(*key, file.algorithm, hex_member(vector, "msg"),
                                            hex_member(vector, "sig"));
      if (accepted != (result == "valid")) {
        FAIL_CHECK("tcId " << count_member(vector, "tcId") << " ("
                           << string_member(vector, "comment") << ") is " << result << " and was "
                           << (accepted ? "accepted" : "refused"));
      }
      ++(result == "valid" ? seen.valid : result == "invalid" ? seen.invalid : seen.acceptable);
      if (!has_jwk(group)) ++seen.from_pem;
    }
  }
  CHECK(seen.valid == file.valid);
  CHECK(seen.invalid == file.invalid);
  CHECK(seen.acceptable == file.acceptable);
  CHECK(seen.from_pem == file.from_pem);
  CHECK(seen.valid + seen.invalid + seen.acceptable ==
        count_member(document.root(), "numberOfTests"));
}

/// Runs all and checks how many vectors that were.
void run_all(std::initializer_list<File> files, std::size_t vectors) {
  if (!have_vectors()) return;
  std::size_t sum = 0;
  for (const File& file : files) {
    run(file);
    sum += file.valid + file.invalid + file.acceptable;
  }
  CHECK(sum == vectors);
}

/// Signatures of another kind, whatever upstream says of them: of all vectors exactly those in
/// `exceptions` hold as `algorithm`. The keys are read as ones of `kind`.
void expect_refused(std::string_view name, Algorithm algorithm, std::size_t vectors,
                    const std::set<std::size_t>& exceptions, Algorithm kind) {
  CAPTURE(name);
  std::size_t seen = 0;
  const vectors::JsonText document(read(name));
  for (const JsonValue group : member(document.root(), "testGroups")) {
    const auto key = key_of(group, kind);
    if (!key) FAIL("the key was refused: " << key.error().message());
    CHECK(key->fits(algorithm) == (algorithm == kind));
    for (const JsonValue vector : member(group, "tests")) {
      const std::size_t id = count_member(vector, "tcId");
      CAPTURE(id);
      CHECK(signature_holds(*key, algorithm, hex_member(vector, "msg"),
                            hex_member(vector, "sig")) == exceptions.contains(id));
      ++seen;
    }
  }
  CHECK(seen == vectors);
}

void expect_refused(std::string_view name, Algorithm algorithm, std::size_t vectors,
                    const std::set<std::size_t>& exceptions = {}) {
  expect_refused(name, algorithm, vectors, exceptions, algorithm);
}

// The first vector of each of these files is (r, n − s): JWS has no rule about the size of s.
TEST_CASE("Wycheproof: ES256 in P1363 form", "[wycheproof][attack-148]") {
  run_all({{"ecdsa_secp256r1_sha256_p1363_test", Algorithm::es256, 173, 89, 0, 10}}, 262);
}

TEST_CASE("Wycheproof: ES384 in P1363 form", "[wycheproof]") {
  run_all({{"ecdsa_secp384r1_sha384_p1363_test", Algorithm::es384, 193, 87, 0, 10}}, 280);
}

TEST_CASE("Wycheproof: ES512 in P1363 form", "[wycheproof]") {
  run_all({{"ecdsa_secp521r1_sha512_p1363_test", Algorithm::es512, 231, 87, 0, 10}}, 318);
}

TEST_CASE("Wycheproof: ES256K in P1363 form, and none of it as ES256", "[wycheproof][attack-021]") {
  run_all({{"ecdsa_secp256k1_sha256_p1363_test", Algorithm::es256k, 167, 85, 0, 10}}, 252);
  if (!have_vectors()) return;
  expect_refused("ecdsa_secp256k1_sha256_p1363_test", Algorithm::es256, 252, {}, Algorithm::es256k);
}

TEST_CASE("Wycheproof: Ed25519 under both of its names", "[wycheproof][attack-151]") {
  run_all({{"ed25519_test", Algorithm::eddsa, 88, 63, 0, 0},
           {"ed25519_test", Algorithm::ed25519, 88, 63, 0, 0}},
          302);
}

TEST_CASE("Wycheproof: Ed448 under both of its names", "[wycheproof][attack-151]") {
  run_all({{"ed448_test", Algorithm::eddsa, 17, 70, 0, 0},
           {"ed448_test", Algorithm::ed448, 17, 70, 0, 0}},
          174);
}

TEST_CASE("Wycheproof: RS256, RS384 and RS512", "[wycheproof][attack-023][attack-149]") {
  run_all({{"rsa_signature_2048_sha256_test", Algorithm::rs256, 9, 249, 1, 0},
           {"rsa_signature_2048_sha384_test", Algorithm::rs384, 7, 250, 1, 0},
           {"rsa_signature_2048_sha512_test", Algorithm::rs512, 8, 250, 1, 0},
           {"rsa_signature_3072_sha256_test", Algorithm::rs256, 8, 250, 1, 0},
           {"rsa_signature_3072_sha384_test", Algorithm::rs384, 7, 251, 1, 0},
           {"rsa_signature_3072_sha512_test", Algorithm::rs512, 8, 251, 1, 0},
           {"rsa_signature_4096_sha256_test", Algorithm::rs256, 7, 250, 1, 0},
           {"rsa_signature_4096_sha384_test", Algorithm::rs384, 7, 251, 1, 0},
           {"rsa_signature_4096_sha512_test", Algorithm::rs512, 7, 251, 1, 0},
           {"rsa_signature_8192_sha256_test", Algorithm::rs256, 7, 250, 1, 0},
           {"rsa_signature_8192_sha384_test", Algorithm::rs384, 7, 251, 1, 0},
           {"rsa_signature_8192_sha512_test", Algorithm::rs512, 7, 251, 1, 0}},
          3106);
}

TEST_CASE("Wycheproof: PS256, PS384 and PS512", "[wycheproof]") {
  run_all({{"rsa_pss_2048_sha256_mgf1_32_test", Algorithm::ps256, 63, 45, 0, 0},
           {"rsa_pss_3072_sha256_mgf1_32_test", Algorithm::ps256, 63, 45, 0, 0},
           {"rsa_pss_4096_sha256_mgf1_32_test", Algorithm::ps256, 63, 45, 0, 0},
           {"rsa_pss_2048_sha384_mgf1_48_test", Algorithm::ps384, 95, 46, 0, 0},
           {"rsa_pss_4096_sha384_mgf1_48_test", Algorithm::ps384, 95, 46, 0, 0},
           {"rsa_pss_4096_sha512_mgf1_64_test", Algorithm::ps512, 132, 47, 0, 0}},
          785);
}

TEST_CASE("Wycheproof: PSS with another salt length or mask hash is no JOSE algorithm",
          "[wycheproof][attack-150]") {
  if (!have_vectors()) return;
  // tcId 69 of the file for salts of 0 bytes is the one whose salt was changed to 32.
  expect_refused("rsa_pss_2048_sha256_mgf1_0_test", Algorithm::ps256, 103, {69});
  expect_refused("rsa_pss_2048_sha256_mgf1sha1_20_test", Algorithm::ps256, 108);
  expect_refused("rsa_pss_4096_sha512_mgf1_32_test", Algorithm::ps512, 177);
  // 150 valid signatures, each with other parameters: one is PS256, one PS384, one PS512.
  expect_refused("rsa_pss_misc_test", Algorithm::ps256, 150, {76});
  expect_refused("rsa_pss_misc_test", Algorithm::ps384, 150, {113});
  expect_refused("rsa_pss_misc_test", Algorithm::ps512, 150, {150});
}

TEST_CASE("Wycheproof: a DER signature is never an ECDSA signature of JOSE",
          "[wycheproof][attack-146]") {
  if (!have_vectors()) return;
  expect_refused("ecdsa_secp256r1_sha256_test", Algorithm::es256, 484);
  expect_refused("ecdsa_secp384r1_sha384_test", Algorithm::es384, 504);
  expect_refused("ecdsa_secp521r1_sha512_test", Algorithm::es512, 542);
}

/// How the 174 vectors of each HMAC file fall: 30 + 54 with whole tags, 84 with truncated ones,
/// whatever they say, and 6 whose key is shorter than the hash.
void run_hmac(std::string_view name, Algorithm algorithm, std::size_t hash_bytes) {
  CAPTURE(name);
  std::size_t accepted = 0;
  std::size_t refused = 0;
  std::size_t truncated = 0;
  std::size_t short_key = 0;
  const vectors::JsonText document(read(name));
  for (const JsonValue group : member(document.root(), "testGroups")) {
    const bool whole_tag = count_member(group, "tagSize") == hash_bytes * 8;
    for (const JsonValue vector : member(group, "tests")) {
      const std::string secret = hex_member(vector, "key");
      const auto key = Jwk::from_secret(secret, algorithm);
      if (secret.size() < hash_bytes) {
        REQUIRE_FALSE(key);
        CHECK(key.error().reason() == ErrorReason::weak_secret);
        ++short_key;
        continue;
      }
      REQUIRE(key);
      const std::size_t id = count_member(vector, "tcId");
      CAPTURE(id);
      const bool holds =
          signature_holds(*key, algorithm, hex_member(vector, "msg"), hex_member(vector, "tag"));
      CHECK(holds == (whole_tag && string_member(vector, "result") == "valid"));
      ++(!whole_tag ? truncated : holds ? accepted : refused);
    }
  }
  CHECK(accepted == 30);
  CHECK(refused == 54);
  CHECK(truncated == 84);
  CHECK(short_key == 6);
}

TEST_CASE("Wycheproof: HS256, HS384 and HS512 with whole tags and long enough secrets only",
          "[wycheproof][attack-014]") {
  if (!have_vectors()) return;
  run_hmac("hmac_sha256_test", Algorithm::hs256, 32);
  run_hmac("hmac_sha384_test", Algorithm::hs384, 48);
  run_hmac("hmac_sha512_test", Algorithm::hs512, 64);
}

/// The context string of a JOSE signature is empty (RFC 9964): signatures with another one are
/// refused, those included that upstream calls valid. Keys of a wrong length are refused.
void run_ml_dsa(std::string_view name, Algorithm algorithm, std::size_t valid,
                std::size_t valid_with_context, std::size_t invalid) {
  CAPTURE(name);
  std::size_t seen_valid = 0;
  std::size_t seen_with_context = 0;
  std::size_t seen_invalid = 0;
  const vectors::JsonText document(read(name));
  for (const JsonValue group : member(document.root(), "testGroups")) {
    const auto key =
        Jwk::parse(R"({"kty":"AKP","alg":")" + std::string(to_string(algorithm)) + R"(","pub":")" +
                   jwks::base64url::encode(hex_member(group, "publicKey")) + "\"}");
    for (const JsonValue vector : member(group, "tests")) {
      const std::size_t id = count_member(vector, "tcId");
      CAPTURE(id);
      const auto context = vector.find("ctx");
      const bool has_context = context && !context->as_string().value().empty();
      const bool is_valid = string_member(vector, "result") == "valid";
      const bool holds = key && signature_holds(*key, algorithm, hex_member(vector, "msg"),
                                                hex_member(vector, "sig"));
      CHECK(holds == (is_valid && !has_context));
      ++(!is_valid ? seen_invalid : has_context ? seen_with_context : seen_valid);
    }
  }
  CHECK(seen_valid == valid);
  CHECK(seen_with_context == valid_with_context);
  CHECK(seen_invalid == invalid);
}

bool have_ml_dsa(Algorithm algorithm) {
  if (!have_vectors()) return false;
  if (is_supported(algorithm)) return true;
  vectors::skip("the linked OpenSSL has no " + std::string(to_string(algorithm)));
  return false;
}

TEST_CASE("Wycheproof: ML-DSA-44", "[wycheproof][attack-024]") {
  if (have_ml_dsa(Algorithm::ml_dsa_44)) {
    run_ml_dsa("mldsa_44_verify_test", Algorithm::ml_dsa_44, 75, 2, 103);
  }
}

TEST_CASE("Wycheproof: ML-DSA-65", "[wycheproof][attack-024]") {
  if (have_ml_dsa(Algorithm::ml_dsa_65)) {
    run_ml_dsa("mldsa_65_verify_test", Algorithm::ml_dsa_65, 77, 2, 131);
  }
}

TEST_CASE("Wycheproof: ML-DSA-87", "[wycheproof][attack-024]") {
  if (have_ml_dsa(Algorithm::ml_dsa_87)) {
    run_ml_dsa("mldsa_87_verify_test", Algorithm::ml_dsa_87, 69, 2, 170);
  }
}

}  // namespace
