// Wycheproof signature vectors through the JWK path: the key of each group is imported from the JWK
// that the file carries, then every signature is checked by the raw seam, because the messages are
// arbitrary bytes and no JWS signing inputs. Where a group has no JWK its PEM is used.
//
// Each file's counts are asserted, so that a vector that is skipped fails. "acceptable" means
// refused: it marks encodings that JOSE does not allow.
//
// Source: C2SP/wycheproof, testvectors_v1 (Apache-2.0); read from JWKS_VECTORS_DIR, not part of
// this repository.

#include <cstddef>
#include <filesystem>
#include <fstream>
#include <initializer_list>
#include <iostream>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <string_view>

#include "crypto/signature.hpp"
#include "jwks/jwk_set.hpp"
#include "support/catch.hpp"

namespace {

using jwks::Algorithm;
using jwks::Jwk;

struct File {
  std::string_view name;
  Algorithm algorithm;
  std::size_t valid;
  std::size_t invalid;
  std::size_t acceptable;
  std::size_t from_pem;  ///< vectors of groups without a JWK
};

/// Tells whether the data is there. Without it the test says so in words that CTest looks for.
bool have_vectors() {
  if (std::filesystem::is_directory(JWKS_VECTORS_DIR "/wycheproof/testvectors_v1")) return true;
#if JWKS_REQUIRE_VECTORS
  FAIL("no vectors in " JWKS_VECTORS_DIR);
#else
  std::cout << "SKIPPED: no Wycheproof vectors in " JWKS_VECTORS_DIR
               "; configure with -DJWKS_VECTORS_DIR=<folder that holds wycheproof/testvectors_v1>"
            << std::endl;
  SUCCEED("skipped, and said so");
#endif
  return false;
}

nlohmann::json read(std::string_view name) {
  const std::string path =
      JWKS_VECTORS_DIR "/wycheproof/testvectors_v1/" + std::string(name) + ".json";
  CAPTURE(path);
  std::ifstream stream(path);
  REQUIRE(stream.good());
  return nlohmann::json::parse(stream);
}

std::string from_hex(const std::string& hex) {
  REQUIRE(hex.size() % 2 == 0);
  std::string bytes;
  bytes.reserve(hex.size() / 2);
  for (std::size_t i = 0; i < hex.size(); i += 2) {
    bytes += static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16));
  }
  return bytes;
}

Jwk key_of(const nlohmann::json& group, Algorithm algorithm, bool& from_pem) {
  from_pem = false;
  for (const char* name : {"publicKeyJwk", "keyJwk"}) {
    if (!group.contains(name)) continue;
    auto key = Jwk::parse(group[name].dump());
    if (!key) FAIL("the JWK was refused: " << key.error().message());
    return *key;
  }
  from_pem = true;
  auto key = Jwk::from_pem(group.at("publicKeyPem").get<std::string>(), algorithm);
  if (!key) FAIL("the PEM was refused: " << key.error().message());
  return *key;
}

void run(const File& file) {
  CAPTURE(file.name);
  const nlohmann::json document = read(file.name);
  File seen{.name = file.name,
            .algorithm = file.algorithm,
            .valid = 0,
            .invalid = 0,
            .acceptable = 0,
            .from_pem = 0};
  for (const auto& group : document.at("testGroups")) {
    bool from_pem = false;
    const Jwk key = key_of(group, file.algorithm, from_pem);
    CHECK(key.fits(file.algorithm));
    for (const auto& vector : group.at("tests")) {
      const auto result = vector.at("result").get<std::string>();
      const bool accepted = jwks::crypto::verify_signature(
          file.algorithm, key.public_key(), from_hex(vector.at("msg").get<std::string>()),
          from_hex(vector.at("sig").get<std::string>()));
      if (accepted != (result == "valid")) {
        FAIL_CHECK("tcId " << vector.at("tcId") << " (" << vector.at("comment") << ") is " << result
                           << " and was " << (accepted ? "accepted" : "refused"));
      }
      ++(result == "valid" ? seen.valid : result == "invalid" ? seen.invalid : seen.acceptable);
      seen.from_pem += from_pem ? 1 : 0;
    }
  }
  CHECK(seen.valid == file.valid);
  CHECK(seen.invalid == file.invalid);
  CHECK(seen.acceptable == file.acceptable);
  CHECK(seen.from_pem == file.from_pem);
  CHECK(seen.valid + seen.invalid + seen.acceptable ==
        document.at("numberOfTests").get<std::size_t>());
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

/// Signatures of another kind, whatever upstream says of them: none may be accepted as `algorithm`
/// but the vectors in `exceptions`.
void expect_refused(std::string_view name, Algorithm algorithm, std::size_t vectors,
                    const std::set<int>& exceptions) {
  CAPTURE(name);
  std::size_t seen = 0;
  const nlohmann::json document = read(name);
  for (const auto& group : document.at("testGroups")) {
    bool from_pem = false;
    const Jwk key = key_of(group, algorithm, from_pem);
    for (const auto& vector : group.at("tests")) {
      const int id = vector.at("tcId").get<int>();
      CAPTURE(id);
      CHECK(jwks::crypto::verify_signature(
                algorithm, key.public_key(), from_hex(vector.at("msg").get<std::string>()),
                from_hex(vector.at("sig").get<std::string>())) == exceptions.contains(id));
      ++seen;
    }
  }
  CHECK(seen == vectors);
}

TEST_CASE("Wycheproof: ES256 in P1363 form", "[wycheproof]") {
  run_all({{"ecdsa_secp256r1_sha256_p1363_test", Algorithm::es256, 173, 89, 0, 10}}, 262);
}

TEST_CASE("Wycheproof: ES384 in P1363 form", "[wycheproof]") {
  run_all({{"ecdsa_secp384r1_sha384_p1363_test", Algorithm::es384, 193, 87, 0, 10}}, 280);
}

TEST_CASE("Wycheproof: ES512 in P1363 form", "[wycheproof]") {
  run_all({{"ecdsa_secp521r1_sha512_p1363_test", Algorithm::es512, 231, 87, 0, 10}}, 318);
}

TEST_CASE("Wycheproof: Ed25519 under both of its names", "[wycheproof]") {
  run_all({{"ed25519_test", Algorithm::eddsa, 88, 63, 0, 0},
           {"ed25519_test", Algorithm::ed25519, 88, 63, 0, 0}},
          302);
}

TEST_CASE("Wycheproof: RS256, RS384 and RS512", "[wycheproof]") {
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
          "[wycheproof]") {
  if (!have_vectors()) return;
  // tcId 69 of the file for salts of 0 bytes is the one whose salt was changed to 32.
  expect_refused("rsa_pss_2048_sha256_mgf1_0_test", Algorithm::ps256, 103, {69});
  expect_refused("rsa_pss_2048_sha256_mgf1sha1_20_test", Algorithm::ps256, 108, {});
  expect_refused("rsa_pss_4096_sha512_mgf1_32_test", Algorithm::ps512, 177, {});
}

TEST_CASE("Wycheproof: a DER signature is never an ECDSA signature of JOSE", "[wycheproof]") {
  if (!have_vectors()) return;
  expect_refused("ecdsa_secp256r1_sha256_test", Algorithm::es256, 484, {});
  expect_refused("ecdsa_secp384r1_sha384_test", Algorithm::es384, 504, {});
  expect_refused("ecdsa_secp521r1_sha512_test", Algorithm::es512, 542, {});
}

}  // namespace
