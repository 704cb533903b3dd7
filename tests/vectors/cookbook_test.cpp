// Examples that others print or test with: the IETF's JOSE cookbook (RFC 7520, 7797, 8037), panva's
// collection of the same in one form, joserfc's fixtures and the JOSE examples of ML-DSA. Every
// token has its recorded answer, every form of it is counted: the JSON Serializations are no JWTs,
// and encrypted tokens are malformed here.
//
// Source: ietf-jose/cookbook (Unlicense), panva/jose-cookbook (MIT), authlib/joserfc
// (BSD-3-Clause), draft-ietf-cose-dilithium (IETF Trust Legal Provisions).

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "jwks/jwk_set.hpp"
#include "support/catch.hpp"
#include "vectors/vectors.hpp"

namespace {

using jwks::ErrorReason;
using jwks::JsonValue;
using jwks::Jwk;
using jwks::JwkSet;
using vectors::answer;
using vectors::member;
using vectors::string_member;
using vectors::trusted;

using Lines = std::vector<std::string>;
using vectors::Tally;

/// What is said to every form of a token in `output`: Compact Serialization as it is, the JSON
/// ones as text.
void judge(JsonValue output, const JwkSet& keys, Tally& answers) {
  for (auto it = output.begin(), end = output.end(); it != end; ++it) {
    const JsonValue token = *it;
    answers.add(std::string(it.name()) + ": " +
                answer(token.as_string().value_or(token.text()), keys));
  }
}

TEST_CASE("the IETF's JOSE cookbook: each token in each form",
          "[rfc7520][attack-060][attack-061][attack-071]") {
  if (!vectors::available("ietf-jose-cookbook")) return;
  Tally answers;
  std::size_t files = 0;
  for (const char* folder : {"jws/", "curve25519/", "rfc7797/"}) {
    const std::string path = std::string("ietf-jose-cookbook/") + folder;
    for (const std::string& name : vectors::names_in(path)) {
      if (!name.ends_with(".json")) continue;
      const vectors::JsonText document(vectors::read(path + name));
      const JsonValue key = member(member(document.root(), "input"), "key");
      judge(member(document.root(), "output"), key.is_object() ? trusted(key) : JwkSet(), answers);
      ++files;
    }
  }
  CHECK(files == 12);
  CHECK(answers.lines() == Lines{"5 × compact: accepted",            // RFC 7520 4.1–4.4, 8037 A.4
                                 "1 × compact: bad_base64url",       // RFC 7797, with spaces
                                 "1 × compact: bad_signature",       // detached: RFC 7520 4.5
                                 "1 × compact: not_three_segments",  // encrypted
                                 "12 × json: not_three_segments",
                                 "11 × json_flat: not_three_segments"});
}

TEST_CASE(
    "the IETF's JOSE cookbook: of a nested token the signed one is accepted, the encrypted one "
    "malformed",
    "[rfc7520][attack-060]") {
  if (!vectors::available("ietf-jose-cookbook")) return;
  const vectors::JsonText document(
      vectors::read("ietf-jose-cookbook/6.nesting_signatures_and_encryption.json"));
  const JsonValue sign = member(document.root(), "sign");
  Tally answers;
  const JwkSet keys = trusted(member(member(sign, "input"), "key"));
  judge(member(sign, "output"), keys, answers);
  CHECK(answers.lines() == Lines{"1 × compact: accepted"});
  Tally encrypted;
  judge(member(member(document.root(), "encrypt"), "output"), keys, encrypted);
  CHECK(encrypted.lines() == Lines{"1 × compact: not_three_segments",
                                   "1 × json: not_three_segments",
                                   "1 × json_flat: not_three_segments"});
}

TEST_CASE("the IETF's JOSE cookbook: public keys are read, private and secret ones refused",
          "[rfc7520][attack-167][attack-168]") {
  if (!vectors::available("ietf-jose-cookbook")) return;
  struct Row {
    const char* file;
    ErrorReason as_public;
    ErrorReason as_secret;
  };
  const Row rows[] = {
      {"3_1.ec_public_key", ErrorReason::none, ErrorReason::unknown_kty},
      {"3_2.ec_private_key", ErrorReason::private_material, ErrorReason::unknown_kty},
      {"3_3.rsa_public_key", ErrorReason::none, ErrorReason::unknown_kty},
      {"3_4.rsa_private_key", ErrorReason::private_material, ErrorReason::unknown_kty},
      {"3_5.symmetric_key_mac_computation", ErrorReason::symmetric, ErrorReason::none},
      {"3_6.symmetric_key_encryption", ErrorReason::use_not_sig, ErrorReason::use_not_sig},
  };
  for (const Row& row : rows) {
    CAPTURE(row.file);
    const std::string text =
        vectors::read("ietf-jose-cookbook/jwk/" + std::string(row.file) + ".json");
    const auto reason = [](const auto& key) {
      return key ? ErrorReason::none : key.error().reason();
    };
    CHECK(to_string(reason(Jwk::parse(text))) == to_string(row.as_public));
    CHECK(to_string(reason(Jwk::parse_secret(text))) == to_string(row.as_secret));
  }
  CHECK(vectors::names_in("ietf-jose-cookbook/jwk").size() == std::size(rows));
}

/// Tells whether the tokens of all three parameter sets of ML-DSA are to be accepted.
bool have_ml_dsa() { return is_supported(jwks::Algorithm::ml_dsa_44); }

TEST_CASE("panva's cookbook: each token in each form", "[rfc7520][attack-061]") {
  if (!vectors::available("panva-jose-cookbook")) return;
  const vectors::JsonText document(vectors::read("panva-jose-cookbook/jws.json"));
  Tally answers;
  for (const JsonValue example : document.root()) {
    judge(member(example, "output"), trusted(member(member(example, "input"), "key")), answers);
  }
  CHECK(document.root().size() == 11);
  // The three of ML-DSA name a kid that their JWK lacks, with or without OpenSSL 3.5.
  CHECK(answers.lines() == Lines{"5 × compact: accepted", "3 × compact: unknown_key",
                                 "11 × json: not_three_segments",
                                 "11 × json_flat: not_three_segments"});
}

TEST_CASE("the JOSE examples of ML-DSA are accepted where OpenSSL has it", "[rfc9964]") {
  if (!vectors::available("draft-ietf-cose-dilithium")) return;
  const std::string folder = "draft-ietf-cose-dilithium/examples/jose/examples/";
  Tally answers;
  for (const std::string& name : vectors::names_in(folder)) {
    const vectors::JsonText document(vectors::read(folder + name));
    CHECK(Jwk::parse(member(document.root(), "jwk").text()).error().code() ==
          jwks::ErrorCode::key_rejected);  // they come with "priv"
    answers.add(
        answer(string_member(document.root(), "jws"), trusted(member(document.root(), "jwk"))));
  }
  CHECK(answers.lines() == Lines{have_ml_dsa() ? "3 × accepted" : "3 × key_rejected"});
}

/// The forms of one of joserfc's tests.
void judge_joserfc(JsonValue test, const JwkSet& keys, Tally& answers) {
  for (const char* form : {"compact", "token", "general_json", "flattened_json"}) {
    const auto token = test.find(form);
    if (!token) continue;
    const bool is_text = token->is_string();
    answers.add((is_text ? "compact: " : "json: ") +
                answer(token->as_string().value_or(token->text()), keys));
  }
}

Lines joserfc(std::string_view file, const std::map<std::string, JwkSet>& keys) {
  const vectors::JsonText document(vectors::read("authlib-joserfc/" + std::string(file)));
  Tally answers;
  for (const JsonValue test : member(document.root(), "tests")) {
    const auto key = keys.find(
        string_member(member(test, test.find("protected") ? "protected" : "header"), "alg"));
    judge_joserfc(test, key == keys.end() ? JwkSet() : key->second, answers);
  }
  return answers.lines();
}

JwkSet cookbook_key(std::string_view name) {
  const vectors::JsonText jwk(vectors::read("ietf-jose-cookbook/jwk/" + std::string(name)));
  return trusted(jwk.root());
}

TEST_CASE("joserfc's fixtures of RFC 7520 and RFC 7797",
          "[rfc7520][rfc7797][attack-068][attack-070]") {
  if (!vectors::available("authlib-joserfc")) return;
  if (!vectors::available("ietf-jose-cookbook")) return;
  const JwkSet rsa = cookbook_key("3_3.rsa_public_key.json");
  CHECK(joserfc("jws_rfc7520.json",
                {{"RS256", rsa},
                 {"PS384", rsa},
                 {"ES512", cookbook_key("3_1.ec_public_key.json")},
                 {"HS256", cookbook_key("3_5.symmetric_key_mac_computation.json")}}) ==
        Lines{"4 × compact: accepted", "8 × json: not_three_segments"});
  CHECK(joserfc("jwe_rfc7520.json", {}) ==
        Lines{"5 × compact: not_three_segments", "8 × json: not_three_segments"});

  // RFC 7515 A.1: the key of RFC 7797 §4.
  const vectors::JsonText secret(
      R"({"kty":"oct","k":"AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow"})");
  CHECK(joserfc("jws_rfc7797.json", {{"HS256", trusted(secret.root())}}) ==
        Lines{"1 × compact: accepted",          // 4.1
              "1 × compact: bad_base64url",     // an unencoded payload
              "2 × compact: crit_unsupported",  // 4.2, and b64 true
              "4 × json: not_three_segments"});
}

TEST_CASE("joserfc's fixtures with secrets of 3 and 6 bytes", "[attack-014]") {
  if (!vectors::available("authlib-joserfc")) return;
  for (const char* secret : {"rfc", "secret"}) {
    const auto key = Jwk::from_secret(secret, jwks::Algorithm::hs256);
    REQUIRE_FALSE(key);
    CHECK(key.error().reason() == ErrorReason::weak_secret);
  }
  // Well formed, and without a key that we would take.
  CHECK(joserfc("jws_examples.json", {}) ==
        Lines{"6 × compact: unknown_key", "12 × json: not_three_segments"});
  CHECK(joserfc("jwt_use_jws.json", {}) == Lines{"6 × compact: unknown_key"});
}

}  // namespace
