// The seeds of other projects' fuzzers, through every door of the library that takes such bytes.
// What is asserted: each seed has its recorded answer, and without a key none is accepted. (What
// fuzzing these doors finds is looked for in tests/fuzz.)
//
// Source: OpenIDC/mod_auth_openidc (Apache-2.0), google/jwt_verify_lib (Apache-2.0), Thalhammer/
// jwt-cpp (MIT).

#include <string>
#include <string_view>
#include <vector>

#include "base/base64url.hpp"
#include "base/json.hpp"
#include "jwks/jwk_set.hpp"
#include "jwks/verify.hpp"
#include "support/catch.hpp"
#include "vectors/vectors.hpp"

namespace {

using jwks::Algorithm;
using jwks::Jwk;
using jwks::JwkSet;

/// Lines of "seed: answer".
using Answers = std::vector<std::string>;

Answers answers_to(std::string_view folder, const auto& judge) {
  Answers answers;
  for (const std::string& name : vectors::names_in(folder)) {
    answers.push_back(name + ": " + judge(vectors::read(std::string(folder) + "/" + name)));
  }
  return answers;
}

std::string name_of(const jwks::Error& error) {
  std::string name(to_string(error.code()));
  if (error.reason() != jwks::ErrorReason::none) name.append(" ").append(to_string(error.reason()));
  return name;
}

/// Through the door for a set, and the one for a single key.
std::string judge_keys(std::string_view text) {
  const auto set = JwkSet::parse(text);
  const auto key = Jwk::parse(text);
  std::string said = set ? std::to_string(set->keys().size()) + " of " +
                               std::to_string(set->keys().size() + set->skipped().size())
                         : name_of(set.error());
  return said + ", " + (key ? "usable" : name_of(key.error()));
}

std::string judge_pem(std::string_view text) {
  const auto rsa = Jwk::from_pem(text, Algorithm::rs256);
  if (rsa) return "RSA";
  const auto ec = Jwk::from_pem(text, Algorithm::es512);
  return ec ? "EC" : name_of(ec.error());
}

/// Judged as a JWT with no key at all.
std::string judge_token(std::string_view text) {
  const auto policy = jwks::ValidationPolicy::create(
      {.allow_any_issuer = true, .allow_any_audience = true, .require_expiration = false});
  REQUIRE(policy);
  const auto result = jwks::verify(text, JwkSet(), *policy, {});
  return result ? "accepted" : name_of(result.error());
}

TEST_CASE("the tokens that seed other fuzzers are refused without a key", "[attack-213]") {
  if (!vectors::available("mod_auth_openidc-fuzz")) return;
  if (!vectors::available("jwt-cpp-fuzz")) return;
  CHECK(answers_to("mod_auth_openidc-fuzz/corpus/jwt", judge_token) ==
        Answers{"alg-kty-mismatch: unknown_key", "alg-none: alg_not_allowed",
                "empty: not_three_segments", "es256-kid-valid: unknown_key",
                "es256-unknown-kid: unknown_key", "five-segments: not_three_segments",
                "hs256: alg_not_allowed", "hs256-rfc-valid: alg_not_allowed",
                "jwe-a128kw-rfc: not_three_segments", "jwe-rsa-oaep-gcm-rfc: not_three_segments",
                "not-a-jwt: bad_base64url", "regression-payload-not-json: bad_base64url",
                "rs256-x5t-valid: unknown_key"});
  CHECK(answers_to("jwt-cpp-fuzz/token-corpus", judge_token) ==
        Answers{"9d891e731f75deae56884d79e9816736b7488080: not_three_segments",
                "ff384e2421a333cd52f259cec14c7f790d595db9: bad_json", "valid-sample: wrong_type"});
}

TEST_CASE("the keys that seed other fuzzers are read or refused as recorded",
          "[attack-164][attack-173][attack-187][attack-213]") {
  if (!vectors::available("mod_auth_openidc-fuzz")) return;
  CHECK(answers_to("mod_auth_openidc-fuzz/corpus/jwks", judge_keys) ==
        Answers{"ec-p256: bad_json, usable", "ec-short-coords: bad_json, key_rejected bad_length",
                "empty: bad_json, bad_json", "not-a-jwks: bad_json, key_rejected missing_member",
                "oct: bad_json, key_rejected symmetric", "rsa-public: bad_json, usable",
                "set-bad-kty: 0 of 1, key_rejected missing_member",
                "set-empty: 0 of 0, key_rejected missing_member",
                "set-good-then-bad: 1 of 3, key_rejected missing_member",
                "set-rsa-ec-oct: 2 of 3, key_rejected missing_member",
                "set-x5c-real: 0 of 1, key_rejected missing_member",
                "x5c-garbage: bad_json, key_rejected missing_member"});
  CHECK(answers_to("mod_auth_openidc-fuzz/corpus/pem_key", judge_pem) ==
        Answers{"ec-private-key: key_rejected private_material", "empty: key_rejected bad_pem",
                "pem-empty-body: key_rejected bad_pem", "pem-truncated: key_rejected bad_pem",
                "record-pair: key_rejected bad_pem", "record-triplet: key_rejected bad_pem",
                "record-use-kid: key_rejected bad_pem",
                "rsa-private-key: key_rejected private_material", "rsa-public-key: RSA",
                "x509-ec-cert: EC", "x509-rsa-cert: RSA"});
}

TEST_CASE("the JSON and base64 texts that seed other fuzzers are read or refused as recorded",
          "[attack-213]") {
  if (!vectors::available("mod_auth_openidc-fuzz")) return;
  if (!vectors::available("jwt-cpp-fuzz")) return;
  const auto judge_json = [](std::string_view text) {
    return std::string(jwks::json::Document::parse(text) ? "valid" : "refused");
  };
  CHECK(answers_to("mod_auth_openidc-fuzz/corpus/json", judge_json) ==
        Answers{"empty-object: valid", "garbage: refused", "nested-array: valid",
                "token-response: valid", "truncated: refused"});
  const auto judge_base64 = [](std::string_view text) {
    return jwks::base64url::decode(text).value_or("refused");
  };
  CHECK(answers_to("mod_auth_openidc-fuzz/corpus/base64", judge_base64) ==
        Answers{"empty: ", "hello: hello", "jwt-header: {\"alg\":\"none\"}",
                "padding-only: refused"});
  CHECK(answers_to("jwt-cpp-fuzz/decode-corpus", judge_base64) ==
        Answers{"086a3aa337038cac8a75a05131444f222e48aee8: refused",
                "8ebaef2304e91465585c8d7fcf4d9f939e08d6b4: refused",
                "ba528234d9f6949ed9c9626c08a782f6e7c15b8b: refused",
                "de1028a3fe87471f027522c3ed9ec02b8364a006: refused",
                "e8f531caaa67cecb1c7b162f3e1d4e320d79befd: x,\x88"});
}

TEST_CASE("valid tokens among the seeds are accepted with their keys, as signatures",
          "[fuzz-seeds]") {
  if (!vectors::available("mod_auth_openidc-fuzz")) return;
  const std::string folder = "mod_auth_openidc-fuzz/corpus/";
  const auto judge = [&folder](const char* token, const char* key) {
    const vectors::JsonText jwk(vectors::read(folder + "jwks/" + key));
    return vectors::answer(vectors::read(folder + "jwt/" + token), vectors::trusted(jwk.root()));
  };
  CHECK(judge("es256-kid-valid", "ec-p256") == "accepted");
  CHECK(judge("rs256-x5t-valid", "rsa-public") == "accepted");
  CHECK(judge("hs256-rfc-valid", "oct") == "accepted");
}

/// The value of one line of `name: "…"` or `name: '…'`, as YAML quotes it.
std::string line_of(std::string_view text, std::string_view name) {
  const std::size_t start = text.find(std::string(name) + ": ") + name.size() + 3;
  const char quote = text[start - 1];
  std::string value(text.substr(start, text.find(quote, start) - start));
  if (quote == '\'') return value;
  for (std::size_t at = value.find("\\n"); at != std::string::npos; at = value.find("\\n")) {
    value.replace(at, 2, "\n");
  }
  return value;
}

TEST_CASE("jwt_verify_lib's pairs of a token and its keys", "[fuzz-seeds]") {
  if (!vectors::available("jwt_verify_lib-fuzz")) return;
  Answers answers;
  for (const std::string& name : vectors::names_in("jwt_verify_lib-fuzz")) {
    if (!name.ends_with(".txt")) continue;
    CAPTURE(name);
    const std::string text = vectors::read("jwt_verify_lib-fuzz/" + name);
    const std::string token = line_of(text, "jwt");
    const std::string keys = line_of(text, "jwks");
    CHECK(vectors::answer(token, JwkSet()) == "unknown_key");
    if (keys.starts_with("-----")) {
      const auto set = JwkSet::from_pem(keys, Algorithm::es512);
      REQUIRE(set);
      answers.push_back(name + ": " + vectors::answer(token, *set));
    } else {
      const vectors::JsonText set(keys);
      answers.push_back(name + ": " + vectors::answer(token, vectors::trusted(set.root())));
    }
  }
  CHECK(answers == Answers{"jwks_ec.txt: accepted", "jwks_hmac.txt: key_ambiguous",
                           "jwks_okp.txt: accepted", "jwks_pem.txt: accepted",
                           "jwks_rsa.txt: key_ambiguous", "jwks_x509.txt: unknown_key"});
}

}  // namespace
