#include "emulator/issuer/signing_key.hpp"

#include <openssl/core_names.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include <array>
#include <string>

#include "base/base64url.hpp"
#include "crypto/openssl.hpp"
#include "support/catch.hpp"

namespace {

using jwks::Algorithm;
using jwks::ErrorCode;
using jwks::emulator::SigningKey;
namespace crypto = jwks::crypto;

constexpr std::array kAlgorithms{
    Algorithm::rs256,   Algorithm::rs384, Algorithm::rs512, Algorithm::ps256, Algorithm::ps384,
    Algorithm::ps512,   Algorithm::es256, Algorithm::es384, Algorithm::es512, Algorithm::eddsa,
    Algorithm::ed25519, Algorithm::ed448, Algorithm::es256k};

const unsigned char* bytes_of(const std::string& text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

crypto::EvpPkeyPtr read_public(const std::string& pem) {
  const crypto::BioPtr bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  return crypto::EvpPkeyPtr(PEM_read_bio_PUBKEY(bio.get(), nullptr, nullptr, nullptr));
}

const char* digest_of(Algorithm algorithm) {
  switch (algorithm) {
    case Algorithm::rs256:
    case Algorithm::ps256:
    case Algorithm::es256:
    case Algorithm::es256k:
      return "SHA256";
    case Algorithm::rs384:
    case Algorithm::ps384:
    case Algorithm::es384:
      return "SHA384";
    case Algorithm::rs512:
    case Algorithm::ps512:
    case Algorithm::es512:
      return "SHA512";
    default:
      return nullptr;
  }
}

std::string der_of(const std::string& raw) {
  const int width = static_cast<int>(raw.size() / 2);
  ECDSA_SIG* signature = ECDSA_SIG_new();
  ECDSA_SIG_set0(signature, BN_bin2bn(bytes_of(raw), width, nullptr),
                 BN_bin2bn(bytes_of(raw) + width, width, nullptr));
  unsigned char* out = nullptr;
  const int size = i2d_ECDSA_SIG(signature, &out);
  std::string der(reinterpret_cast<char*>(out), static_cast<std::size_t>(size));
  OPENSSL_free(out);
  ECDSA_SIG_free(signature);
  return der;
}

/// Verifies with nothing but OpenSSL and the published PEM.
bool verifies(const std::string& public_pem, Algorithm algorithm, std::string signature,
              const std::string& input) {
  const crypto::EvpPkeyPtr key = read_public(public_pem);
  const crypto::EvpMdCtxPtr context(EVP_MD_CTX_new());
  EVP_PKEY_CTX* options = nullptr;
  if (!key || EVP_DigestVerifyInit_ex(context.get(), &options, digest_of(algorithm), nullptr,
                                      nullptr, key.get(), nullptr) != 1) {
    return false;
  }
  const std::string_view name = jwks::to_string(algorithm);
  if (name.substr(0, 2) == "PS") {
    EVP_PKEY_CTX_set_rsa_padding(options, RSA_PKCS1_PSS_PADDING);
    EVP_PKEY_CTX_set_rsa_pss_saltlen(options, RSA_PSS_SALTLEN_DIGEST);
  }
  if (name.substr(0, 2) == "ES") signature = der_of(signature);
  return EVP_DigestVerify(context.get(), bytes_of(signature), signature.size(), bytes_of(input),
                          input.size()) == 1;
}

}  // namespace

TEST_CASE("the signature of every algorithm verifies with bare OpenSSL") {
  for (const Algorithm algorithm : kAlgorithms) {
    CAPTURE(std::string(jwks::to_string(algorithm)));
    const auto key = SigningKey::generate(algorithm);
    REQUIRE(key);
    const auto signature = key->sign("the signing input");
    REQUIRE(signature);
    CHECK(verifies(key->public_pem(), algorithm, *signature, "the signing input"));
    CHECK_FALSE(verifies(key->public_pem(), algorithm, *signature, "another signing input"));
  }
}

TEST_CASE("an ECDSA signature is as wide as two coordinates of its curve, every time") {
  const std::array<std::pair<Algorithm, std::size_t>, 4> widths{{{Algorithm::es256, 64},
                                                                 {Algorithm::es384, 96},
                                                                 {Algorithm::es512, 132},
                                                                 {Algorithm::es256k, 64}}};
  for (const auto& [algorithm, width] : widths) {
    const auto key = SigningKey::generate(algorithm);
    REQUIRE(key);
    // One in 128 signatures has an r or s with a leading zero byte.
    for (int i = 0; i < 300; ++i) REQUIRE(key->sign(std::to_string(i)).value().size() == width);
  }
}

TEST_CASE("a key read from its own PEM has the same thumbprint, JWK and key id") {
  for (const Algorithm algorithm : {Algorithm::rs256, Algorithm::es512, Algorithm::es256k,
                                    Algorithm::eddsa, Algorithm::ed448}) {
    const auto key = SigningKey::generate(algorithm);
    REQUIRE(key);
    const auto again = SigningKey::from_pem(key->private_pem().value(), algorithm);
    REQUIRE(again);
    CHECK(again->public_jwk() == key->public_jwk());
    CHECK(again->key_id() == key->thumbprint());
    CHECK(again->thumbprint() == key->thumbprint());
  }
}

TEST_CASE("the thumbprint of the key in RFC 8037 A.1 is the one of A.3") {
  // RFC 8037 A.1's private key d, wrapped in the PKCS#8 of RFC 8410 §7.
  const auto seed = jwks::base64url::decode("nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A");
  REQUIRE(seed);
  const crypto::EvpPkeyPtr raw(
      EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, bytes_of(*seed), seed->size()));
  const crypto::BioPtr bio(BIO_new(BIO_s_mem()));
  REQUIRE(PEM_write_bio_PKCS8PrivateKey(bio.get(), raw.get(), nullptr, nullptr, 0, nullptr,
                                        nullptr) == 1);
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &data);
  const auto key = SigningKey::from_pem(std::string_view(data, static_cast<std::size_t>(size)),
                                        Algorithm::eddsa, "pinned");
  REQUIRE(key);
  CHECK(key->thumbprint() == "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
  CHECK(key->key_id() == "pinned");
  CHECK(key->public_jwk() ==
        R"({"kid":"pinned","use":"sig","alg":"EdDSA","crv":"Ed25519","kty":"OKP",)"
        R"("x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"})");
}

TEST_CASE("a PEM that is no private key, or of another type, is refused without its text") {
  const auto key = SigningKey::generate(Algorithm::es256);
  REQUIRE(key);
  const std::string pem = key->private_pem().value();
  ERR_clear_error();  // what other cases left

  const auto garbage = SigningKey::from_pem("-----BEGIN NONSENSE-----", Algorithm::es256);
  REQUIRE_FALSE(garbage);
  CHECK(garbage.error().code() == ErrorCode::bad_config);
  CHECK(garbage.error().message().find("NONSENSE") == std::string::npos);

  CHECK_FALSE(SigningKey::from_pem(key->public_pem(), Algorithm::es256));
  CHECK_FALSE(SigningKey::from_pem(pem, Algorithm::rs256));
  CHECK_FALSE(SigningKey::from_pem(pem, Algorithm::es384));
  CHECK_FALSE(SigningKey::from_pem(pem, Algorithm::eddsa));
  CHECK(ERR_peek_error() == 0);
}

TEST_CASE("a key signs with another algorithm of its type, and with none of another type") {
  const auto rsa = SigningKey::generate(Algorithm::rs256);
  const auto p256 = SigningKey::generate(Algorithm::es256);
  REQUIRE(rsa);
  REQUIRE(p256);
  CHECK(verifies(rsa->public_pem(), Algorithm::ps512, rsa->sign(Algorithm::ps512, "input").value(),
                 "input"));
  CHECK(verifies(p256->public_pem(), Algorithm::es384,
                 p256->sign(Algorithm::es384, "input").value(), "input"));
  CHECK(rsa->sign(Algorithm::es256, "input").error().code() == ErrorCode::bad_config);
  CHECK(p256->sign(Algorithm::rs256, "input").error().code() == ErrorCode::bad_config);
  CHECK(p256->sign(Algorithm::eddsa, "input").error().code() == ErrorCode::bad_config);
}

TEST_CASE("EdDSA is also what an Ed448 key makes") {
  const auto ed448 = SigningKey::generate(Algorithm::ed448);
  REQUIRE(ed448);
  CHECK(ed448->sign(Algorithm::eddsa, "input").value() ==
        ed448->sign(Algorithm::ed448, "input").value());
  CHECK(ed448->sign(Algorithm::ed25519, "input").error().code() == ErrorCode::bad_config);
  const auto named = SigningKey::from_pem(ed448->private_pem().value(), Algorithm::eddsa);
  REQUIRE(named);
  CHECK(named->thumbprint() == ed448->thumbprint());
  CHECK(named->public_jwk().find(R"("alg":"EdDSA","crv":"Ed448")") != std::string::npos);
}

TEST_CASE("the type of a private key suggests its algorithm") {
  const std::array<std::pair<Algorithm, Algorithm>, 9> cases{
      {{Algorithm::rs256, Algorithm::rs256},
       {Algorithm::ps512, Algorithm::rs256},
       {Algorithm::es256, Algorithm::es256},
       {Algorithm::es384, Algorithm::es384},
       {Algorithm::es512, Algorithm::es512},
       {Algorithm::es256k, Algorithm::es256k},
       {Algorithm::ed25519, Algorithm::eddsa},
       {Algorithm::ed448, Algorithm::eddsa},
       {Algorithm::eddsa, Algorithm::eddsa}}};
  for (const auto& [made, suggested] : cases) {
    CAPTURE(std::string(jwks::to_string(made)));
    const auto key = SigningKey::generate(made);
    REQUIRE(key);
    CHECK(jwks::emulator::algorithm_for_pem(key->private_pem().value()) == suggested);
    CHECK_FALSE(jwks::emulator::algorithm_for_pem(key->public_pem()));
  }
  CHECK_FALSE(jwks::emulator::algorithm_for_pem("-----BEGIN NONSENSE-----"));
}

TEST_CASE("ML-DSA keys are made where OpenSSL has them, and refused elsewhere") {
  for (const Algorithm algorithm :
       {Algorithm::ml_dsa_44, Algorithm::ml_dsa_65, Algorithm::ml_dsa_87}) {
    const std::string name(jwks::to_string(algorithm));
    CAPTURE(name);
    const auto key = SigningKey::generate(algorithm);
    REQUIRE(key.has_value() == jwks::is_supported(algorithm));
    if (!key) {
      CHECK(key.error().code() == ErrorCode::bad_config);
      continue;
    }
    CHECK(verifies(key->public_pem(), algorithm, key->sign("input").value(), "input"));
    CHECK_FALSE(verifies(key->public_pem(), algorithm, key->sign("input").value(), "other"));
    // "alg" is one of the members that RFC 9964 hashes, and stands there once.
    const std::string& jwk = key->public_jwk();
    CHECK(jwk.find(R"("alg":")" + name + R"(","kty":"AKP","pub":")") != std::string::npos);
    CHECK(jwk.find("\"alg\"") == jwk.rfind("\"alg\""));
    CHECK(jwks::emulator::algorithm_for_pem(key->private_pem().value()) == algorithm);
  }
}

TEST_CASE("HMAC has no key pair") {
  for (const Algorithm algorithm : {Algorithm::hs256, Algorithm::hs384, Algorithm::hs512}) {
    CHECK(SigningKey::generate(algorithm).error().code() == ErrorCode::bad_config);
    const auto key = SigningKey::generate(Algorithm::es256);
    REQUIRE(key);
    CHECK(key->sign(algorithm, "input").error().code() == ErrorCode::bad_config);
    CHECK(SigningKey::from_pem(key->private_pem().value(), algorithm).error().code() ==
          ErrorCode::bad_config);
  }
}
