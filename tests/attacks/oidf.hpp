#pragma once

// What the OpenID Foundation's conformance suite does as an issuer, so that its test modules for
// relying parties can be played here without a network: its keys, its tokens and its faults (the
// values are those of the suite's sources), and a relying party to receive them.
//
// A case has the exact name of the module. It makes a token that is accepted, spoils it as the
// module does, and tells the answer.

#include <chrono>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "base/base64url.hpp"
#include "crypto/digest.hpp"
#include "jwks/id_token.hpp"
#include "jwks/verify.hpp"
#include "support/catch.hpp"
#include "support/tokens.hpp"

namespace oidf {

using jwks::Algorithm;
using jwks::TokenProfile;
using std::chrono::minutes;
using std::chrono::seconds;
using test::json_quoted;
using test::kNow;
using test::SigningKey;
using test::TokenBuilder;

inline const std::string kIssuer = "https://op.example/test/a/rp/";
inline const std::string kClient = "client-1";
inline const std::string kSubject = "user-subject-1234531";
inline const std::string kNonce = "nonce-4f6f";
inline const std::string kState = "state-9b1c";
inline const std::string kCode = "code-2d77";
inline const std::string kAccessToken = "access-token-c0de";

/// at_hash, c_hash and s_hash of algorithms with SHA-256.
inline std::string hash_of(std::string_view value) {
  const auto hash = jwks::crypto::sha256(value).value();
  return jwks::base64url::encode(std::span(hash).first(16));
}

// Keys.

/// The suite's key sets of the OpenID Connect tests name no algorithms.
inline std::string without_alg(std::string jwk) {
  const auto begin = jwk.find(",\"alg\":\"");
  const auto end = jwk.find('"', begin + 8);
  if (begin == std::string::npos || end == std::string::npos) throw std::logic_error(jwk);
  return jwk.erase(begin, end + 1 - begin);
}

/// Keys of others: those of RFC 7517 A.1 and RFC 8037 A.2, and the generator of secp256k1.
inline std::string other_rsa(const std::string& more) {
  return R"({"kty":"RSA","e":"AQAB","n":"0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbb)"
         R"(fAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBX)"
         R"(Arwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qM)"
         R"(QvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqb)"
         R"(w0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw")" +
         more + "}";
}
inline std::string other_p256(const std::string& more) {
  return R"({"kty":"EC","crv":"P-256","x":"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4",)"
         R"("y":"4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM")" +
         more + "}";
}
inline std::string other_secp256k1(const std::string& more) {
  return R"({"kty":"EC","crv":"secp256k1","x":"eb5mfvncu6xVoGKVzocLBwKb_NstzijZWfKBWxb4F5g",)"
         R"("y":"SDradyajxGVdpPv8DhEIqP0XtEimhVQZnEfQj_sQ1Lg")" +
         more + "}";
}
inline std::string other_ed25519(const std::string& more) {
  return R"({"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo")" +
         more + "}";
}

inline const SigningKey& rsa() { return test::key(Algorithm::rs256); }
inline const SigningKey& p256() { return test::key(Algorithm::es256); }

/// The set of the OpenID Connect tests around `signer`: two RSA and two P-256 keys, one each of
/// secp256k1 and Ed25519, all without "alg", and keys for encryption.
inline jwks::JwkSet op_keys(const SigningKey& signer) {
  const std::string sig = R"(,"use":"sig","kid":)";
  const std::string enc = R"(,"use":"enc","kid":)";
  return jwks::JwkSet::parse(
             test::jwks_document({other_rsa(sig + "\"r2\""), other_p256(sig + "\"e2\""),
                                  without_alg(signer.public_jwk()), other_secp256k1(sig + "\"k1\""),
                                  other_ed25519(sig + "\"o1\""),
                                  other_rsa(enc + R"("r3","alg":"RSA-OAEP")"),
                                  other_p256(enc + R"("e3","alg":"ECDH-ES")")}))
      .value();
}

/// The signing key of the FAPI tests; its kid is shared by the decoys around it.
inline const SigningKey& fapi_key() {
  static const SigningKey key = SigningKey::generate(Algorithm::es256, "fapi").value();
  return key;
}

/// The set of the FAPI 2 tests: the real key between decoys of its kid for EdDSA and PS256.
inline jwks::JwkSet keys_with_decoys() {
  return jwks::JwkSet::parse(
             test::jwks_document({other_ed25519(R"(,"use":"sig","alg":"EdDSA","kid":"fapi")"),
                                  fapi_key().public_jwk(),
                                  other_rsa(R"(,"use":"sig","alg":"PS256","kid":"fapi")")}))
      .value();
}

// Faults. Each is what the suite's condition of that name does to a token.

using Fault = void (*)(TokenBuilder&);

inline void none(TokenBuilder&) {}
inline void wrong_iss(TokenBuilder& t) { t.claim("iss", json_quoted(kIssuer + "1")); }
inline void missing_iss(TokenBuilder& t) { t.claim("iss", ""); }
inline void wrong_aud(TokenBuilder& t) { t.claim("aud", json_quoted(kClient + "1")); }
inline void missing_aud(TokenBuilder& t) { t.claim("aud", ""); }
inline void aud_as_array(TokenBuilder& t) { t.claim("aud", "[" + json_quoted(kClient) + "]"); }
inline void secondary_aud(TokenBuilder& t) {
  t.claim("aud", "[" + json_quoted(kClient) + "," + json_quoted(kClient + "1") + "]");
}
inline void missing_sub(TokenBuilder& t) { t.claim("sub", ""); }
inline void wrong_sub(TokenBuilder& t) { t.claim("sub", json_quoted(kSubject + "1")); }
inline void missing_exp(TokenBuilder& t) { t.claim("exp", ""); }
inline void expired_exp(TokenBuilder& t) {
  t.claim("exp", kNow - minutes(6)).claim("iat", kNow - minutes(11));
}
inline void missing_iat(TokenBuilder& t) { t.claim("iat", ""); }
inline void iat_is_week_in_past(TokenBuilder& t) { t.claim("iat", kNow - std::chrono::hours(168)); }
inline void wrong_nonce(TokenBuilder& t) { t.claim("nonce", json_quoted(kNonce + "1")); }
inline void missing_nonce(TokenBuilder& t) { t.claim("nonce", ""); }
inline void wrong_at_hash(TokenBuilder& t) { t.claim("at_hash", json_quoted(hash_of("other"))); }
inline void missing_at_hash(TokenBuilder& t) { t.claim("at_hash", ""); }
inline void wrong_c_hash(TokenBuilder& t) { t.claim("c_hash", json_quoted(hash_of("other"))); }
inline void missing_c_hash(TokenBuilder& t) { t.claim("c_hash", ""); }
inline void wrong_s_hash(TokenBuilder& t) { t.claim("s_hash", json_quoted(hash_of("other"))); }
inline void missing_s_hash(TokenBuilder& t) { t.claim("s_hash", ""); }
inline void null_alg(TokenBuilder& t) { t.header("alg", json_quoted("none")).without_signature(); }
/// RS256 by a key of the issuer's, where another algorithm was registered.
inline void alternate_alg(TokenBuilder& t) {
  t.header("alg", json_quoted("RS256")).header("kid", json_quoted(rsa().key_id())).sign_with(rsa());
}
inline void wrong_signature(TokenBuilder& t) {
  t.change_signature([](std::string bytes) {
    for (char& byte : bytes) byte = static_cast<char>(byte ^ 0x5A);
    return bytes;
  });
}

// Tokens and their receivers.

inline TokenBuilder jwt(const SigningKey& signer) {
  return TokenBuilder(signer)
      .claim("iss", json_quoted(kIssuer))
      .claim("sub", json_quoted(kSubject))
      .claim("aud", json_quoted(kClient))
      .claim("iat", kNow)
      .claim("exp", kNow + minutes(5));
}

/// With everything that any flow returns it with.
inline TokenBuilder id_token(const SigningKey& signer) {
  return jwt(signer)
      .claim("nonce", json_quoted(kNonce))
      .claim("at_hash", json_quoted(hash_of(kAccessToken)))
      .claim("c_hash", json_quoted(hash_of(kCode)))
      .claim("s_hash", json_quoted(hash_of(kState)));
}

/// A client of the suite, and what it holds of the sign-in.
struct RelyingParty {
  jwks::JwkSet keys{};
  jwks::ValidationOptions options{};
  std::optional<jwks::IdTokenPolicy> sign_in{};

  [[nodiscard]] std::string answer(const TokenBuilder& builder) const {
    const auto token = jwks::verify(builder.build().value(), keys, test::policy(options), kNow);
    if (!token) return std::string(to_string(token.error().code()));
    if (!sign_in) return "accepted";
    const auto valid = jwks::validate_id_token(*token, *sign_in, kNow);
    return valid ? "accepted" : std::string(to_string(valid.error().code()));
  }

  /// The answer to `good` with the fault; without it the token must be accepted.
  [[nodiscard]] std::string answer_to(Fault fault, const TokenBuilder& good) const {
    REQUIRE(answer(good) == "accepted");
    TokenBuilder spoilt = good;
    fault(spoilt);
    return answer(spoilt);
  }
};

inline jwks::ValidationOptions options_for(TokenProfile profile, jwks::AlgorithmSet registered) {
  return {.issuer = kIssuer, .audiences = {kClient}, .algorithms = registered, .profile = profile};
}

}  // namespace oidf
