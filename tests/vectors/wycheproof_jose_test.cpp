// Wycheproof's JOSE vectors: whole tokens with the keys that their reader trusts. The payloads are
// no JWT Claims Sets, so the tokens are judged as JWS. All algorithms are allowed, so that only the
// key pins the algorithm.
//
// Where a strict reader has to differ from upstream's label, overrides.json of the data says why.
// The labels of the JSON Serialization are as ours: a compact-only verifier refuses it.
//
// Source: C2SP/wycheproof, testvectors_v1 (Apache-2.0).

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "jwks/jwk_set.hpp"
#include "support/catch.hpp"
#include "vectors/vectors.hpp"

namespace {

using jwks::JsonValue;
using jwks::JwkSet;
using vectors::count_member;
using vectors::member;
using vectors::string_member;

using Lines = std::vector<std::string>;

bool have_vectors() { return vectors::available("wycheproof/testvectors_v1"); }

std::string read(std::string_view name) {
  return vectors::read("wycheproof/testvectors_v1/" + std::string(name));
}

/// The labels that differ from upstream's, by tcId.
std::map<std::size_t, std::string> overrides_of(std::string_view file) {
  const vectors::JsonText all(vectors::read("wycheproof/overrides.json"));
  std::map<std::size_t, std::string> overrides;
  for (const JsonValue each : all.root()) {
    if (string_member(each, "file") != file || !each.find("tcId")) continue;
    overrides[count_member(each, "tcId")] = string_member(each, "strict");
  }
  return overrides;
}

JsonValue key_of(JsonValue group) {
  const auto key = group.find("public");
  return key ? *key : member(group, "private");
}

/// A token as text: some files hold the JSON Serialization as an object.
std::string token_of(JsonValue value) {
  return std::string(value.as_string().value_or(value.text()));
}

struct Counts {
  std::size_t accepted = 0;
  std::size_t refused = 0;
  std::size_t jwe = 0;
  std::size_t overridden = 0;
  /// Why the signed tokens were refused, so that a key that was not read can't pass for a signature
  /// that was checked.
  vectors::Tally answers{};
};

/// Runs a file; an encrypted token must be refused by its form alone.
Counts run(std::string_view file) {
  const vectors::JsonText document(read(file));
  auto overrides = overrides_of(file);
  Counts counts;
  for (const JsonValue group : member(document.root(), "testGroups")) {
    const JwkSet keys = vectors::trusted(key_of(group));
    for (const JsonValue vector : member(group, "tests")) {
      const std::size_t id = count_member(vector, "tcId");
      CAPTURE(id, string_member(vector, "comment"));
      if (const auto jwe = vector.find("jwe")) {
        CHECK(vectors::answer(token_of(*jwe), keys) == "not_three_segments");
        ++counts.jwe;
        continue;
      }
      std::string expected = string_member(vector, "result");
      if (const auto other = overrides.extract(id)) {
        CHECK(other.mapped() != expected);
        expected = other.mapped();
        ++counts.overridden;
      }
      const std::string answer = vectors::answer(token_of(member(vector, "jws")), keys);
      CAPTURE(answer);
      CHECK((answer == "accepted") == (expected == "valid"));
      ++(answer == "accepted" ? counts.accepted : counts.refused);
      counts.answers.add(answer);
    }
  }
  CHECK(overrides.empty());
  CHECK(counts.accepted + counts.refused + counts.jwe ==
        count_member(document.root(), "numberOfTests"));
  return counts;
}

TEST_CASE("Wycheproof: JSON Web Signature", "[wycheproof]") {
  if (!have_vectors()) return;
  const Counts counts = run("json_web_signature_test.json");
  CHECK(counts.accepted == 42);  // 46 of upstream, less 6, and 2 that are the same as a valid one
  CHECK(counts.refused == 359);
  CHECK(counts.overridden == 8);
  CHECK(counts.answers.lines() ==
        Lines{"42 × accepted", "8 × alg_mismatch", "5 × alg_not_allowed", "14 × bad_base64url",
              "299 × bad_signature",
              "6 × key_rejected",  // use, key_ops, and the unregistered "ES521"
              "24 × not_three_segments", "3 × unknown_key"});  // a kid that was changed
}

TEST_CASE("Wycheproof: the signatures refused for the JWK's alg hold without it",
          "[wycheproof][attack-015]") {
  if (!have_vectors()) return;
  const vectors::JsonText document(read("json_web_signature_test.json"));
  std::size_t seen = 0;
  for (const JsonValue group : member(document.root(), "testGroups")) {
    for (const JsonValue vector : member(group, "tests")) {
      const std::size_t id = count_member(vector, "tcId");
      if (id != 346 && id != 347 && id != 350 && id != 351) continue;
      CAPTURE(id);
      const std::string token = string_member(vector, "jws");
      CHECK(vectors::answer(token, vectors::trusted(key_of(group))) != "accepted");
      const vectors::JsonText open(vectors::without(key_of(group), {"alg"}));
      CHECK(vectors::answer(token, vectors::trusted(open.root())) == "accepted");
      ++seen;
    }
  }
  CHECK(seen == 4);
}

TEST_CASE("Wycheproof: JSON Web Key",
          "[wycheproof][attack-013][attack-014][attack-049][attack-169]") {
  if (!have_vectors()) return;
  const Counts counts = run("json_web_key_test.json");
  CHECK(counts.accepted == 5);
  CHECK(counts.refused == 21);
  CHECK(counts.answers.lines() == Lines{"5 × accepted", "1 × bad_signature", "18 × key_rejected",
                                        // A set of secrets and public keys, and one of two
                                        // secrets with one kid: neither is a set.
                                        "2 × unknown_key"});
}

TEST_CASE("Wycheproof: JSON Web Crypto, 49 signed and 34 encrypted tokens",
          "[wycheproof][attack-060]") {
  if (!have_vectors()) return;
  const Counts counts = run("json_web_crypto_test.json");
  CHECK(counts.accepted == 4);
  CHECK(counts.refused == 45);
  CHECK(counts.jwe == 34);
  CHECK(counts.answers.lines() == Lines{"4 × accepted", "1 × alg_mismatch", "1 × alg_not_allowed",
                                        "14 × bad_signature", "1 × key_rejected",
                                        "24 × not_three_segments", "4 × unknown_key"});
}

TEST_CASE("Wycheproof: every encrypted token is malformed here", "[wycheproof][attack-060]") {
  if (!have_vectors()) return;
  const Counts counts = run("json_web_encryption_test.json");
  CHECK(counts.jwe == 139);
}

}  // namespace
