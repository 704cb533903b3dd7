// Attacks on the choice of the algorithm: secrets made of public keys, algorithms that the key is
// not made for, and names that mean more than one thing.

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "attacks/jwk_text.hpp"
#include "base/base64url.hpp"
#include "jwks/jwk_set.hpp"
#include "support/catch.hpp"
#include "support/tokens.hpp"

using jwks::ErrorCode;
using jwks::ErrorReason;
using jwks::Jwk;
using jwks::JwkSet;
using jwks::KeySelection;
using test::Algorithm;
using test::json_quoted;
using test::key;
using test::kNow;
using test::refusal;
using test::SigningKey;
using test::token;

namespace {

constexpr Algorithm kHmac[] = {Algorithm::hs256, Algorithm::hs384, Algorithm::hs512};

std::string replaced(std::string text, std::string_view from, std::string_view to) {
  for (std::size_t at = text.find(from); at != std::string::npos; at = text.find(from, at)) {
    text.replace(at, from.size(), to);
    at += to.size();
  }
  return text;
}

/// The DER bytes of a PEM text.
std::string der_of(std::string_view pem) {
  std::string body(pem.substr(pem.find('\n') + 1));
  body.erase(body.find("-----"));
  for (const auto& [from, to] : {std::pair{"\n", ""}, {"=", ""}, {"+", "-"}, {"/", "_"}}) {
    body = replaced(body, from, to);
  }
  return jwks::base64url::decode(body).value();
}

std::string pem_of(std::string_view der, std::string_view label) {
  std::string body = jwks::base64url::encode(der);
  while (body.size() % 4 != 0) body += '=';
  body = replaced(replaced(body, "-", "+"), "_", "/");
  for (std::size_t at = 64; at < body.size(); at += 65) body.insert(at, "\n");
  const std::string name = std::string(label) + "-----\n";
  return "-----BEGIN " + name + body + "\n-----END " + name;
}

std::string member_bytes(const SigningKey& signer, std::string_view name) {
  return jwks::base64url::decode(test::member_text(signer.public_jwk(), name)).value();
}

/// The JWK without its "alg": its type decides.
std::string without_alg(const SigningKey& signer) {
  return test::without_member(signer.public_jwk(), "alg");
}

JwkSet set_of(const std::string& jwk) { return JwkSet::parse(test::jwks_document({jwk})).value(); }

/// The texts of a public key that an attacker can read, and that a library may take for a secret.
std::vector<std::string> public_texts(const SigningKey& signer) {
  const std::string& pem = signer.public_pem();
  const std::string der = der_of(pem);
  std::vector<std::string> texts = {
      pem,
      replaced(pem, "\n", "\r\n"),
      pem.substr(0, pem.size() - 1),
      pem_of(der, "CERTIFICATE"),
      signer.public_jwk(),
      test::jwks_document({signer.public_jwk()}),
      Jwk::parse(signer.public_jwk()).value().to_json(),
      der,
  };
  if (signer.algorithm() == Algorithm::rs256) {
    // A SubjectPublicKeyInfo of 2048 bits holds the PKCS#1 form after 24 bytes.
    texts.push_back(pem_of(std::string_view(der).substr(24), "RSA PUBLIC KEY"));
    texts.push_back(member_bytes(signer, "n"));
  } else {
    texts.push_back(member_bytes(signer, "x") + member_bytes(signer, "y"));
  }
  return texts;
}

jwks::ValidationPolicy allowing(jwks::AlgorithmSet algorithms) {
  auto options = test::options();
  options.algorithms = algorithms;
  return test::policy(options);
}

}  // namespace

TEST_CASE("a token authenticated with a published key is refused, whatever its form",
          "[attack-009][attack-010]") {
  for (const SigningKey& signer : {key(Algorithm::rs256), key(Algorithm::es256)}) {
    const JwkSet pinned = test::key_set({signer});
    const JwkSet open = set_of(without_alg(signer));
    for (const std::string& secret : public_texts(signer)) {
      for (const unsigned bits : {256U, 384U, 512U}) {
        CAPTURE(secret.substr(0, 40), bits);
        auto forged = token(signer).sign_hmac(bits, secret);
        const std::string text = forged.build().value();
        CHECK(refusal(text, pinned).code() == ErrorCode::alg_not_allowed);
        CHECK(refusal(text, open).code() == ErrorCode::alg_not_allowed);
        // A policy for secrets does not make a secret of a public key either.
        CHECK(refusal(text, pinned, allowing(jwks::kSymmetricAlgorithms)).code() ==
              ErrorCode::alg_mismatch);
        CHECK(refusal(text, open, allowing(jwks::kSymmetricAlgorithms)).code() ==
              ErrorCode::alg_mismatch);
        const std::string any_key = forged.header("kid", "").build().value();
        CHECK(refusal(any_key, open, allowing(jwks::kSymmetricAlgorithms)).code() ==
              ErrorCode::unknown_key);
      }
    }
  }
}

TEST_CASE("a public key is not taken for a secret, with anything around it", "[attack-011]") {
  for (const SigningKey& signer : {key(Algorithm::rs256), key(Algorithm::es256)}) {
    const std::string& pem = signer.public_pem();
    const std::string document = test::jwks_document({signer.public_jwk()});
    for (const std::string& text : {pem, signer.public_jwk(), document}) {
      for (const char* before : {"", " ", "\n", "\r\n\t", "\xef\xbb\xbf", "\xef\xbb\xbf\n"}) {
        for (const char* after : {"", "\n", " ", "\r\n"}) {
          CAPTURE(before, after);
          for (const Algorithm algorithm : kHmac) {
            const auto secret = Jwk::from_secret(before + text + after, algorithm);
            REQUIRE_FALSE(secret);
            CHECK(secret.error().code() == ErrorCode::key_rejected);
          }
        }
      }
    }
    CHECK_FALSE(Jwk::from_secret("junk\n" + pem, Algorithm::hs256));
  }
}

TEST_CASE("each door takes one kind of key", "[attack-011]") {
  const SigningKey& signer = key(Algorithm::es256);
  CHECK(Jwk::from_pem(signer.public_jwk(), Algorithm::es256).error().reason() ==
        ErrorReason::bad_pem);
  CHECK(Jwk::from_pem(std::string(64, 's'), Algorithm::es256).error().reason() ==
        ErrorReason::bad_pem);
  CHECK(Jwk::from_pem(signer.public_pem(), Algorithm::hs256).error().reason() ==
        ErrorReason::alg_mismatch);
  CHECK(Jwk::parse(signer.public_pem()).error().code() == ErrorCode::bad_json);
  CHECK(JwkSet::parse(signer.public_pem()).error().code() == ErrorCode::bad_json);
  CHECK(Jwk::from_secret(std::string(64, 's'), Algorithm::es256).error().code() ==
        ErrorCode::key_rejected);
}

TEST_CASE("an empty secret does not stand in for a key without alg", "[attack-012]") {
  const SigningKey& rsa = key(Algorithm::rs256);
  const JwkSet open = set_of(without_alg(rsa));
  for (const unsigned bits : {256U, 384U, 512U}) {
    const std::string text = token(rsa).sign_hmac(bits, "").build().value();
    CHECK(refusal(text, open).code() == ErrorCode::alg_not_allowed);
    CHECK(refusal(text, open, allowing(jwks::kSymmetricAlgorithms)).code() ==
          ErrorCode::alg_mismatch);
  }
}

TEST_CASE("an allowed name in the header does not cover for the algorithm that was used",
          "[attack-016][attack-023]") {
  const SigningKey& rsa = key(Algorithm::rs256);
  const SigningKey& pss = key(Algorithm::ps256);
  const auto header_says_rs256 = [](const SigningKey& signer, Algorithm really) {
    return token(signer)
        .header("alg", json_quoted("RS256"))
        .sign_with(signer, really)
        .build()
        .value();
  };
  // The JWK says PS256, and so is the signature; the header says RS256.
  const std::string text = header_says_rs256(pss, Algorithm::ps256);
  CHECK(refusal(text, test::key_set({pss})).code() == ErrorCode::alg_mismatch);
  CHECK(refusal(text, test::key_set({pss}), allowing({Algorithm::rs256})).code() ==
        ErrorCode::alg_mismatch);
  // Without "alg" in the JWK the header's name counts, and the signature is none of that name.
  for (const Algorithm really : {Algorithm::ps256, Algorithm::rs384, Algorithm::rs512}) {
    CAPTURE(to_string(really));
    CHECK(refusal(header_says_rs256(rsa, really), set_of(without_alg(rsa))).code() ==
          ErrorCode::bad_signature);
  }
  // The curve and the width are right, the hash is not.
  const SigningKey& ec = test::es256();
  for (const Algorithm really : {Algorithm::es384, Algorithm::es512}) {
    CAPTURE(to_string(really));
    const auto other_hash = token(ec).sign_with(ec, really).header("alg", json_quoted("ES256"));
    CHECK(refusal(other_hash.build().value(), test::es256_set()).code() ==
          ErrorCode::bad_signature);
  }
}

TEST_CASE("a key without alg takes what its type can do and the policy lists, no other",
          "[attack-017]") {
  const SigningKey& rsa = key(Algorithm::rs256);
  const JwkSet open = set_of(without_alg(rsa));
  for (const char* name : {"none", "RS1", "HS256", "RSA1_5", "RSA-OAEP"}) {
    CAPTURE(name);
    const auto text = token(rsa).header("alg", json_quoted(name)).build().value();
    CHECK(refusal(text, open).code() == ErrorCode::alg_not_allowed);
  }
  for (const char* name : {"ES256", "EdDSA", "Ed25519"}) {
    CAPTURE(name);
    const auto text = token(rsa).header("alg", json_quoted(name)).build().value();
    CHECK(refusal(text, open).code() == ErrorCode::alg_mismatch);
  }
  const auto pss = token(rsa)
                       .header("alg", json_quoted("PS512"))
                       .sign_with(rsa, Algorithm::ps512)
                       .build()
                       .value();
  CHECK(jwks::verify(pss, open, allowing({Algorithm::ps512}), kNow));
  CHECK(refusal(pss, open, allowing({Algorithm::rs256})).code() == ErrorCode::alg_not_allowed);
}

TEST_CASE("each issuer's policy has its own algorithms", "[attack-018]") {
  const SigningKey& rsa = key(Algorithm::rs256);
  const JwkSet both = test::key_set({rsa, test::es256()});
  auto a = test::options();
  a.algorithms = {Algorithm::es256};
  auto b = test::options();
  b.issuer = "https://b.example";
  b.algorithms = {Algorithm::rs256};
  const auto of_a = token(rsa).build().value();
  const auto of_b = token(rsa).claim("iss", json_quoted("https://b.example")).build().value();
  CHECK(refusal(of_a, both, test::policy(a)).code() == ErrorCode::alg_not_allowed);
  CHECK(jwks::verify(of_b, both, test::policy(b), kNow));
}

TEST_CASE("a policy has either public-key algorithms or those of secrets", "[attack-020]") {
  auto options = test::options();
  options.algorithms = {Algorithm::rs256, Algorithm::hs256};
  const auto mixed = jwks::ValidationPolicy::create(options);
  REQUIRE_FALSE(mixed);
  CHECK(mixed.error().code() == ErrorCode::bad_config);
  CHECK(mixed.error().subject() == "algorithms");
}

TEST_CASE("an ECDSA algorithm belongs to its curve", "[attack-021]") {
  constexpr Algorithm kCurves[] = {Algorithm::es256, Algorithm::es384, Algorithm::es512};
  for (const Algorithm of_key : kCurves) {
    const SigningKey& signer = key(of_key);
    const JwkSet open = set_of(without_alg(signer));
    for (const Algorithm in_header : kCurves) {
      CAPTURE(to_string(of_key), to_string(in_header));
      auto builder = token(signer).header("alg", json_quoted(to_string(in_header)));
      const auto text = builder.sign_with(signer, in_header).build().value();
      if (in_header == of_key) {
        CHECK(jwks::verify(text, open, test::policy(), kNow));
      } else {
        CHECK(refusal(text, open).code() == ErrorCode::alg_mismatch);
      }
    }
  }
}

TEST_CASE("ES256 is not ES256K, though both are ECDSA with SHA-256 on 256 bits", "[attack-021]") {
  const SigningKey& k1 = key(Algorithm::es256k);
  const JwkSet keys = test::key_set({k1});
  const auto every = allowing({Algorithm::es256, Algorithm::es256k});
  const auto as_es256 = token(k1).header("alg", json_quoted("ES256")).sign_with(k1).build().value();
  CHECK(refusal(as_es256, keys, every).code() == ErrorCode::alg_mismatch);
  const auto text = token(k1).build().value();
  CHECK(refusal(text, keys).code() == ErrorCode::alg_not_allowed);  // by default
  CHECK(jwks::verify(text, keys, every, kNow));
}

TEST_CASE("the names of EdDSA are bound to the curve of the key", "[attack-022]") {
  const SigningKey& ed25519 = key(Algorithm::ed25519);
  const SigningKey& ed448 = key(Algorithm::ed448);
  const auto named = [](const SigningKey& signer, const char* name) {
    return token(signer).header("alg", json_quoted(name)).build().value();
  };
  CHECK(refusal(named(ed448, "Ed25519"), test::key_set({ed448})).code() == ErrorCode::alg_mismatch);
  CHECK(refusal(named(ed25519, "Ed448"), test::key_set({ed25519})).code() ==
        ErrorCode::alg_mismatch);
  CHECK(refusal(named(ed448, "Ed25519"), set_of(without_alg(ed448))).code() ==
        ErrorCode::alg_mismatch);

  // RFC 9864 §2.2: one algorithm, two names; the policy lists the header's.
  const auto text = named(ed25519, "EdDSA");
  const JwkSet keys = test::key_set({ed25519});
  CHECK(jwks::verify(text, keys, allowing({Algorithm::eddsa}), kNow));
  CHECK(jwks::verify(named(ed25519, "Ed25519"), keys, allowing({Algorithm::ed25519}), kNow));
  CHECK(refusal(text, keys, allowing({Algorithm::ed25519})).code() == ErrorCode::alg_not_allowed);

  // X25519 is for key agreement.
  const JwkSet x25519 = set_of(replaced(ed25519.public_jwk(), "\"Ed25519\"", "\"X25519\""));
  const auto error = refusal(text, x25519);
  CHECK(error.code() == ErrorCode::key_rejected);
}
