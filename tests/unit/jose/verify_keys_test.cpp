// Which key may verify a token, and with which algorithm.

#include "jwks/verify.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include "support/catch.hpp"
#include "support/certificates.hpp"
#include "support/tokens.hpp"

using jwks::ErrorCode;
using jwks::ErrorReason;
using jwks::JwkSet;
using jwks::KeySelection;
using test::Algorithm;
using test::answer;
using test::es256;
using test::es256_set;
using test::json_quoted;
using test::kNow;
using test::refusal;
using test::token;

TEST_CASE("alg none is refused in every spelling, with and without a signature",
          "[attack-001][attack-002][attack-003][claim-50]") {
  std::vector<std::string> names;
  for (unsigned mask = 0; mask < 16; ++mask) {
    std::string name = "none";
    for (unsigned i = 0; i < 4; ++i) {
      if ((mask >> i & 1) != 0) name[i] = static_cast<char>(name[i] - 32);
    }
    names.push_back(name);
  }
  for (const std::string& name : names) {
    CAPTURE(name);
    CHECK(answer([&](auto& t) { t.header("alg", json_quoted(name)).without_signature(); }) ==
          "alg_not_allowed");
    CHECK(answer([&](auto& t) { t.header("alg", json_quoted(name)); }) == "alg_not_allowed");
  }
}

TEST_CASE("an algorithm name counts only byte for byte", "[attack-004][attack-005][attack-008]") {
  for (const char* name : {"none ",       " none",        "none\\t",
                           "none\\u0000", "ES256 ",       " ES256",
                           "ES256\\n",    "ES256\\u0000", "ES256\\u0000HS256",
                           "es256",       "Es256",        "rs256",
                           "Rs256",       "ed25519",      "EDDSA",
                           "RS1",         "HS1",          "HS256",
                           "ES224",       "ES521",        "RSA1_5",
                           "FOO"}) {
    CAPTURE(name);
    CHECK(answer([&](auto& t) { t.header("alg", json_quoted(name)); }) == "alg_not_allowed");
  }
  // As long as a header may be, and longer: then its size is told first.
  const auto long_name = [](std::size_t bytes) {
    return answer([&](auto& t) { t.header("alg", json_quoted(std::string(bytes, 'S'))); });
  };
  CHECK(long_name(4000) == "alg_not_allowed");
  CHECK(long_name(10'000) == "too_large");
}

TEST_CASE("a public key is no HMAC secret", "[attack-009][attack-010][claim-49]") {
  const auto& rsa = test::key(Algorithm::rs256);
  const JwkSet set = test::key_set({rsa});
  for (const std::string& secret : {rsa.public_pem(), rsa.public_jwk(), std::string{}}) {
    for (const unsigned bits : {256U, 384U, 512U}) {
      const auto text = token(rsa).sign_hmac(bits, secret).build().value();
      CHECK(refusal(text, set).code() == ErrorCode::alg_not_allowed);
    }
  }
}

TEST_CASE("the algorithm is pinned to the key", "[attack-015][attack-017][attack-021][claim-48]") {
  const auto& rsa = test::key(Algorithm::rs256);
  const JwkSet pinned = test::key_set({rsa});
  for (const Algorithm other :
       {Algorithm::rs384, Algorithm::ps256, Algorithm::es256, Algorithm::eddsa}) {
    CAPTURE(to_string(other));
    const bool can_sign = other == Algorithm::rs384 || other == Algorithm::ps256;
    const auto text = token(rsa)
                          .header("alg", json_quoted(to_string(other)))
                          .sign_with(rsa, can_sign ? other : Algorithm::rs256)
                          .build()
                          .value();
    CHECK(refusal(text, pinned).code() == ErrorCode::alg_mismatch);
  }

  // Without "alg" in the JWK, its type and the policy decide.
  std::string entry = rsa.public_jwk();
  const std::string_view alg = R"(,"alg":"RS256")";
  REQUIRE(entry.find(alg) != std::string::npos);
  entry.erase(entry.find(alg), alg.size());
  const JwkSet open = JwkSet::parse(test::jwks_document({entry})).value();
  for (const Algorithm each : {Algorithm::rs256, Algorithm::rs512, Algorithm::ps384}) {
    const auto text =
        token(rsa).header("alg", json_quoted(to_string(each))).sign_with(rsa, each).build().value();
    CHECK(jwks::verify(text, open, test::policy(), kNow).has_value());
    jwks::ValidationOptions options = test::options();
    options.algorithms = {Algorithm::ps256};
    CHECK(refusal(text, open, test::policy(options)).code() == ErrorCode::alg_not_allowed);
  }
}

TEST_CASE("an allowed algorithm of another key type is no way around the allow-list",
          "[attack-018]") {
  jwks::ValidationOptions options = test::options();
  options.algorithms = {Algorithm::rs256};
  const auto text = token(es256()).build().value();
  CHECK(refusal(text, es256_set(), test::policy(options)).code() == ErrorCode::alg_not_allowed);
}

TEST_CASE("keys in the header are never used", "[attack-025][attack-028][attack-030][attack-031]") {
  const auto& attacker = test::key(Algorithm::es256, 1);
  const std::string certificate = test::certificate(attacker.private_pem().value());
  for (const auto& [name, value] : std::vector<std::pair<std::string, std::string>>{
           {"jwk", attacker.public_jwk()},
           {"jku", json_quoted("http://127.0.0.1:1/jwks")},
           {"x5u", json_quoted("http://127.0.0.1:1/cert")},
           {"x5c", "[\"AAAA\"]"},
           {"x5c", "[" + json_quoted(test::base64(certificate)) + "]"}}) {
    CAPTURE(name, value);
    const auto known_kid = token(attacker)
                               .header("kid", json_quoted(es256().key_id()))
                               .header(name, value)
                               .build()
                               .value();
    CHECK(refusal(known_kid, es256_set()).code() == ErrorCode::bad_signature);
    const auto own_kid = token(attacker).header(name, value).build().value();
    CHECK(refusal(own_kid, es256_set()).code() == ErrorCode::unknown_key);
  }
}

TEST_CASE("a kid counts only byte for byte",
          "[attack-035][attack-037][attack-038][attack-041][claim-29]") {
  for (const char* kid : {"ES256-0\\u0000x", "es256-0", "ES256-0 ", " ES256-0", "ES256-",
                          "ES256\xe2\x80\x93"
                          "0",
                          "", "../../dev/null", "x' OR 1=1"}) {
    CAPTURE(kid);
    CHECK(answer([&](auto& t) { t.header("kid", json_quoted(kid)); }) == "unknown_key");
  }
  for (const char* kid : {"1", "null", "true", "[]", "[\"ES256-0\"]", "{}"}) {
    CAPTURE(kid);
    CHECK(answer([&](auto& t) { t.header("kid", kid); }) == "invalid_header");
  }
  CHECK(answer([](auto& t) { t.header("kid", json_quoted(std::string(256, 'k'))); }) ==
        "unknown_key");
  CHECK(answer([](auto& t) { t.header("kid", json_quoted(std::string(257, 'k'))); }) ==
        "too_large");
}

TEST_CASE("a kid is compared by its code points, not by what it looks like", "[attack-038]") {
  // "é" as one code point; decomposed it is "e" and U+0301.
  const auto key =
      test::SigningKey::from_pem(es256().private_pem().value(), Algorithm::es256, "caf\xc3\xa9")
          .value();
  const JwkSet set = test::key_set({key});
  const auto with = [&](const char* kid) {
    return token(key).header("kid", json_quoted(kid)).build().value();
  };
  CHECK(jwks::verify(with("caf\xc3\xa9"), set, test::policy(), kNow).has_value());
  CHECK(jwks::verify(with("caf\\u00e9"), set, test::policy(), kNow).has_value());
  CHECK(refusal(with("cafe\xcc\x81"), set).code() == ErrorCode::unknown_key);
  CHECK(refusal(with("caf\xc3\x89"), set).code() == ErrorCode::unknown_key);
  CHECK(refusal(with("cafe"), set).code() == ErrorCode::unknown_key);
}

TEST_CASE("an empty kid is not a missing one", "[attack-041]") {
  const std::string own = R"("kid":"ES256-0",)";
  std::string nameless = es256().public_jwk();
  REQUIRE(nameless.find(own) != std::string::npos);
  nameless.erase(nameless.find(own), own.size());
  const JwkSet set = JwkSet::parse(test::jwks_document({nameless})).value();
  const auto with = [](const char* kid) {
    return token(es256()).header("kid", kid).build().value();
  };
  CHECK(jwks::verify(with(""), set, test::policy(), kNow).has_value());
  CHECK(refusal(with("\"\""), set).code() == ErrorCode::unknown_key);
}

TEST_CASE("a token without kid is matched by its algorithm", "[attack-039][attack-040][claim-27]") {
  const auto text = token(es256()).header("kid", "").build().value();
  const auto& ed = test::key(Algorithm::eddsa);
  const auto& other = test::key(Algorithm::es256, 1);
  CHECK(jwks::verify(text, test::key_set({ed, es256()}), test::policy(), kNow).has_value());
  CHECK(refusal(text, test::key_set({other, es256()})).code() == ErrorCode::key_ambiguous);
  CHECK(refusal(text, test::key_set({ed})).code() == ErrorCode::unknown_key);

  jwks::ValidationOptions options = test::options();
  options.key_selection = KeySelection::try_candidates;
  CHECK(
      jwks::verify(text, test::key_set({other, es256()}), test::policy(options), kNow).has_value());
  CHECK(
      jwks::verify(text, test::key_set({es256(), other}), test::policy(options), kNow).has_value());
  CHECK(refusal(text, test::key_set({other}), test::policy(options)).code() ==
        ErrorCode::bad_signature);
  options.key_selection = KeySelection::require_kid;
  CHECK(refusal(text, test::key_set({es256()}), test::policy(options)).code() ==
        ErrorCode::unknown_key);
}

TEST_CASE("one token tries at most four keys", "[claim-28]") {
  jwks::ValidationOptions options = test::options();
  options.key_selection = KeySelection::try_candidates;
  std::vector<test::SigningKey> keys;
  for (int i = 1; i <= 4; ++i) keys.push_back(test::key(Algorithm::es256, i));
  keys.push_back(es256());
  const auto text = token(es256()).header("kid", "").build().value();
  CHECK(refusal(text, test::key_set(keys), test::policy(options)).code() ==
        ErrorCode::bad_signature);
  keys.erase(keys.begin());
  CHECK(jwks::verify(text, test::key_set(keys), test::policy(options), kNow).has_value());
}

TEST_CASE("among keys of one kid the fitting one is used", "[attack-049][attack-050][claim-28]") {
  const auto same_kid = [](Algorithm algorithm, int which) {
    return test::SigningKey::from_pem(test::key(algorithm, which).private_pem().value(), algorithm,
                                      "k")
        .value();
  };
  const auto real = same_kid(Algorithm::es256, 0);
  const auto decoys = {same_kid(Algorithm::eddsa, 0), real, same_kid(Algorithm::ps256, 0)};
  CHECK(jwks::verify(token(real).build().value(), test::key_set(decoys), test::policy(), kNow)
            .has_value());
  CHECK(refusal(token(real).build().value(), test::key_set({real, same_kid(Algorithm::es256, 1)}))
            .code() == ErrorCode::key_ambiguous);
}

TEST_CASE("a kid whose entry was skipped is rejected with the reason", "[claim-26]") {
  std::string entry = es256().public_jwk();
  entry.replace(entry.find("\"sig\""), 5, "\"enc\"");
  const auto error =
      refusal(token(es256()).build().value(), JwkSet::parse(test::jwks_document({entry})).value());
  CHECK(error.code() == ErrorCode::key_rejected);
  CHECK(error.reason() == ErrorReason::use_not_sig);
  CHECK(error.key_id() == es256().key_id());
}
