// Keys in PEM, and what OpenSSL would have taken.

#include "crypto/public_key.hpp"

#include <openssl/ec.h>
#include <openssl/pem.h>

#include <string>

#include "crypto/certificate.hpp"
#include "crypto/openssl.hpp"
#include "support/catch.hpp"
#include "support/certificates.hpp"
#include "support/hex.hpp"

using jwks::ErrorReason;
using jwks::crypto::EvpPkeyPtr;
using jwks::crypto::KeyKind;
using jwks::crypto::PublicKey;
using test::from_hex;

namespace {

template <class Write>
std::string written(Write write) {
  const jwks::crypto::BioPtr out(BIO_new(BIO_s_mem()));
  REQUIRE(write(out.get()) == 1);
  char* data = nullptr;
  const long size = BIO_get_mem_data(out.get(), &data);
  return {data, static_cast<std::size_t>(size)};
}

std::string public_pem(const EvpPkeyPtr& key) {
  return written([&](BIO* out) { return PEM_write_bio_PUBKEY(out, key.get()); });
}

std::string private_pem(const EvpPkeyPtr& key) {
  return written([&](BIO* out) {
    return PEM_write_bio_PrivateKey(out, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
  });
}

EvpPkeyPtr ec_key(const char* group) {
  return EvpPkeyPtr(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", group));
}

const EvpPkeyPtr& rsa_key() {
  static const EvpPkeyPtr key(EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", std::size_t{2048}));
  return key;
}

template <class Encode>
std::string encoded(Encode encode, const EvpPkeyPtr& key) {
  unsigned char* bytes = nullptr;
  const int size = encode(key.get(), &bytes);
  REQUIRE(size > 0);
  std::string der(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size));
  OPENSSL_free(bytes);
  return der;
}

std::string pkcs1_pem(const EvpPkeyPtr& key) {
  return test::pem("RSA PUBLIC KEY", encoded(i2d_PublicKey, key));
}

ErrorReason refusal(std::string_view pem) {
  const auto key = PublicKey::from_pem(pem);
  return key ? ErrorReason::none : key.error().reason();
}

}  // namespace

TEST_CASE("every kind of key is read from SubjectPublicKeyInfo and written to it again") {
  const std::pair<KeyKind, EvpPkeyPtr> keys[] = {
      {KeyKind::p256, ec_key("P-256")},
      {KeyKind::p384, ec_key("P-384")},
      {KeyKind::p521, ec_key("P-521")},
      {KeyKind::secp256k1, ec_key("secp256k1")},
      {KeyKind::ed25519, EvpPkeyPtr(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"))},
      {KeyKind::ed448, EvpPkeyPtr(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED448"))}};
  for (const auto& [kind, key] : keys) {
    const std::string pem = public_pem(key);
    CAPTURE(pem);
    const auto read = PublicKey::from_pem(pem);
    REQUIRE(read);
    CHECK(read->kind() == kind);
    CHECK(read->to_pem().value() == pem);
  }
  const auto rsa = PublicKey::from_pem(public_pem(rsa_key()));
  REQUIRE(rsa);
  CHECK(rsa->kind() == KeyKind::rsa);
  CHECK(rsa->to_pem().value() == public_pem(rsa_key()));
}

TEST_CASE("ML-DSA keys are read where OpenSSL has them") {
  for (const KeyKind kind : {KeyKind::ml_dsa_44, KeyKind::ml_dsa_65, KeyKind::ml_dsa_87}) {
    const auto& traits = jwks::crypto::traits_of(kind);
    CAPTURE(traits.name);
    if (!is_available(kind)) {
      const auto key = PublicKey::encoded(kind, std::string(traits.size, 'k'));
      REQUIRE_FALSE(key);
      CHECK(key.error().reason() == ErrorReason::unsupported);
      continue;
    }
    const EvpPkeyPtr key(EVP_PKEY_Q_keygen(nullptr, nullptr, traits.openssl_type));
    const auto read = PublicKey::from_pem(public_pem(key));
    REQUIRE(read);
    CHECK(read->kind() == kind);
    CHECK(read->to_pem().value() == public_pem(key));
  }
}

TEST_CASE("PKCS#1 and certificates hold the same key as SubjectPublicKeyInfo") {
  const auto spki = PublicKey::from_pem(public_pem(rsa_key()));
  REQUIRE(spki);
  const auto pkcs1 = PublicKey::from_pem(pkcs1_pem(rsa_key()));
  REQUIRE(pkcs1);
  CHECK(pkcs1->material() == spki->material());
  const auto certificate =
      PublicKey::from_pem(test::pem("CERTIFICATE", test::certificate(private_pem(rsa_key()))));
  REQUIRE(certificate);
  CHECK(certificate->material() == spki->material());
}

TEST_CASE("private keys are refused in every PEM form, and in second place") {
  const EvpPkeyPtr key = ec_key("P-256");
  CHECK(refusal(private_pem(key)) == ErrorReason::private_material);
  const std::string traditional = written([&](BIO* out) {
    return PEM_write_bio_PrivateKey_traditional(out, key.get(), nullptr, nullptr, 0, nullptr,
                                                nullptr);
  });
  CHECK(refusal(traditional) == ErrorReason::private_material);
  CHECK(refusal(public_pem(key) + private_pem(key)) == ErrorReason::bad_pem);
  CHECK(refusal(private_pem(key) + public_pem(key)) == ErrorReason::private_material);
}

TEST_CASE("PEM that holds no key of ours is refused", "[attack-021][attack-165]") {
  CHECK(refusal(public_pem(ec_key("secp224r1"))) == ErrorReason::unsupported_crv);
  CHECK(refusal(public_pem(ec_key("brainpoolP256r1"))) == ErrorReason::unsupported_crv);
  CHECK(refusal(public_pem(EvpPkeyPtr(EVP_PKEY_Q_keygen(nullptr, nullptr, "X25519")))) ==
        ErrorReason::unknown_kty);
  const std::string good = public_pem(ec_key("P-256"));
  CHECK(refusal(good.substr(0, good.size() / 2)) == ErrorReason::bad_pem);
  CHECK(refusal(good + good) == ErrorReason::bad_pem);
  CHECK(refusal(good + good.substr(0, good.size() / 2)) == ErrorReason::bad_pem);
  CHECK(refusal("text before\n" + good + "text after\n") == ErrorReason::none);
  CHECK(refusal(test::pem("PUBLIC KEY", "not DER")) == ErrorReason::bad_pem);
  CHECK(refusal(test::pem("CERTIFICATE", "not DER")) == ErrorReason::bad_pem);
  CHECK(refusal(test::pem("CERTIFICATE REQUEST", "x")) == ErrorReason::bad_pem);
  const std::string der = test::certificate(private_pem(rsa_key()));
  CHECK(refusal(test::pem("CERTIFICATE", der + '\0')) == ErrorReason::bad_pem);
  const std::string spki = encoded(i2d_PUBKEY, rsa_key());
  const std::string pkcs1 = encoded(i2d_PublicKey, rsa_key());
  CHECK(refusal(test::pem("PUBLIC KEY", spki)) == ErrorReason::none);
  CHECK(refusal(test::pem("RSA PUBLIC KEY", pkcs1)) == ErrorReason::none);
  for (const std::string& more : {std::string(1, '\0'), std::string("x"), spki}) {
    CHECK(refusal(test::pem("PUBLIC KEY", spki + more)) == ErrorReason::bad_pem);
    CHECK(refusal(test::pem("RSA PUBLIC KEY", pkcs1 + more)) == ErrorReason::bad_pem);
  }
  CHECK(refusal(test::pem("PUBLIC KEY", pkcs1)) == ErrorReason::bad_pem);
  CHECK(refusal(test::pem("RSA PUBLIC KEY", spki)) == ErrorReason::bad_pem);
}

TEST_CASE("the point at infinity is no key", "[attack-162]") {
  // SubjectPublicKeyInfo of P-256 with the point 00 (SEC 1 §2.3.3).
  const std::string der = from_hex("3019301306072a8648ce3d020106082a8648ce3d03010703020000");
  const unsigned char* next = reinterpret_cast<const unsigned char*>(der.data());
  REQUIRE(EvpPkeyPtr(d2i_PUBKEY(nullptr, &next, static_cast<long>(der.size()))));  // OpenSSL: yes
  CHECK(refusal(test::pem("PUBLIC KEY", der)) == ErrorReason::point_not_on_curve);
}

TEST_CASE("explicit curve parameters are refused, even those of a named curve", "[attack-165]") {
  const jwks::crypto::EvpPkeyCtxPtr context(EVP_PKEY_CTX_new_from_name(nullptr, "EC", nullptr));
  EVP_PKEY* made = nullptr;
  REQUIRE(EVP_PKEY_keygen_init(context.get()) == 1);
  REQUIRE(EVP_PKEY_CTX_set_group_name(context.get(), "P-256") == 1);
  REQUIRE(EVP_PKEY_CTX_set_ec_param_enc(context.get(), OPENSSL_EC_EXPLICIT_CURVE) == 1);
  REQUIRE(EVP_PKEY_generate(context.get(), &made) == 1);
  CHECK(refusal(public_pem(EvpPkeyPtr(made))) == ErrorReason::unsupported_crv);
}

TEST_CASE("RSA numbers in PEM are held to the limits of a JWK", "[attack-153][attack-156]") {
  const EvpPkeyPtr weak(EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", std::size_t{1024}));
  CHECK(refusal(public_pem(weak)) == ErrorReason::weak_rsa);
  CHECK(refusal(pkcs1_pem(weak)) == ErrorReason::weak_rsa);

  const auto with_exponent = [](unsigned long e) {
    BIGNUM* n = nullptr;
    REQUIRE(EVP_PKEY_get_bn_param(rsa_key().get(), "n", &n) == 1);
    const jwks::crypto::BignumPtr modulus(n);
    const jwks::crypto::BignumPtr exponent(BN_new());
    BN_set_word(exponent.get(), e);
    const jwks::crypto::ParamBldPtr members(OSSL_PARAM_BLD_new());
    OSSL_PARAM_BLD_push_BN(members.get(), "n", modulus.get());
    OSSL_PARAM_BLD_push_BN(members.get(), "e", exponent.get());
    const jwks::crypto::ParamsPtr params(OSSL_PARAM_BLD_to_param(members.get()));
    const jwks::crypto::EvpPkeyCtxPtr context(EVP_PKEY_CTX_new_from_name(nullptr, "RSA", nullptr));
    EVP_PKEY* key = nullptr;
    REQUIRE(EVP_PKEY_fromdata_init(context.get()) == 1);
    REQUIRE(EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, params.get()) == 1);
    return public_pem(EvpPkeyPtr(key));
  };
  CHECK(refusal(with_exponent(1)) == ErrorReason::bad_exponent);
  CHECK(refusal(with_exponent(2)) == ErrorReason::bad_exponent);
  CHECK(refusal(with_exponent(3)) == ErrorReason::none);
  CHECK(refusal(with_exponent(0xffffffff)) == ErrorReason::none);
  CHECK(refusal(with_exponent(0x100000001)) == ErrorReason::bad_exponent);
}

TEST_CASE("an Edwards key of small order is no key in PEM either", "[attack-152]") {
  const std::string spki = from_hex("302a300506032b6570032100");
  CHECK(refusal(test::pem("PUBLIC KEY", spki + std::string(32, '\0'))) == ErrorReason::small_order);
}

TEST_CASE("each kind of key is made by the function for its type alone", "[attack-165]") {
  const std::string bytes(32, 'x');
  CHECK(PublicKey::ec(KeyKind::ed25519, bytes, bytes).error().reason() ==
        ErrorReason::unsupported_crv);
  CHECK(PublicKey::encoded(KeyKind::p256, bytes).error().reason() == ErrorReason::unsupported_crv);
  CHECK(PublicKey::encoded(KeyKind::rsa, bytes).error().reason() == ErrorReason::unsupported_crv);
}

TEST_CASE("the DER of a certificate is found in PEM, and is otherwise taken as it is") {
  const std::string der = test::certificate(private_pem(rsa_key()));
  CHECK(jwks::crypto::certificate_der(der).value() == der);
  CHECK(jwks::crypto::certificate_der(test::pem("CERTIFICATE", der)).value() == der);
  for (const std::string& bad : {std::string(), der + "x", der.substr(0, der.size() - 1),
                                 test::pem("CERTIFICATE", der + "x"), public_pem(rsa_key()),
                                 test::pem("CERTIFICATE", der) + test::pem("CERTIFICATE", der)}) {
    CHECK(jwks::crypto::certificate_der(bad).error().reason() == ErrorReason::bad_pem);
  }
}

TEST_CASE("reading PEM leaves nothing in OpenSSL's error queue") {
  ERR_clear_error();
  CHECK(refusal("nothing") == ErrorReason::bad_pem);
  CHECK(refusal(test::pem("PUBLIC KEY", "not DER")) == ErrorReason::bad_pem);
  CHECK(ERR_peek_error() == 0);
}
