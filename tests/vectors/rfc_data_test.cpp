// Tokens and thumbprints printed in RFCs, read from the data (rfc_test.cpp quotes the best known of
// them). Each token has a recorded answer.
//
// Source: RFC 7515, 7638, 7797, 8037, 9278, 9449 and 9964 (examples, IETF Trust Legal Provisions).

#include <chrono>
#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "jwks/dpop.hpp"
#include "jwks/jwk_set.hpp"
#include "jwks/verify.hpp"
#include "support/catch.hpp"
#include "vectors/vectors.hpp"

namespace {

using jwks::JsonValue;
using jwks::Jwk;
using jwks::JwkSet;
using vectors::member;
using vectors::string_member;

/// The data's words for an answer, and ours.
const std::map<std::string, std::string> kAnswers = {{"alg_not_allowed", "alg_not_allowed"},
                                                     {"malformed_token", "not_three_segments"},
                                                     {"unsupported_crit", "crit_unsupported"}};

JwkSet keys_for(JsonValue vector) {
  const JsonValue jwk = member(vector, "jwk");
  return jwk.is_object() ? vectors::trusted(jwk) : JwkSet();
}

bool is_proof(JsonValue vector) {
  const auto profile = vector.find("profile");
  return profile && profile->as_string() == "dpop";
}

TEST_CASE("the tokens printed in RFCs get the answers that are recorded for them",
          "[rfc][attack-061][attack-068][attack-071]") {
  if (!vectors::available("rfc")) return;
  const vectors::JsonText document(vectors::read("rfc/rfc_tokens.json"));
  std::size_t accepted = 0;
  std::size_t refused = 0;
  for (const JsonValue vector : member(document.root(), "vectors")) {
    CAPTURE(string_member(vector, "id"));
    const std::string answer = vectors::answer(string_member(vector, "token"), keys_for(vector),
                                               is_proof(vector) ? "dpop+jwt" : "");
    if (member(vector, "accept").as_boolean().value()) {
      CHECK(answer == "accepted");
      ++accepted;
    } else {
      CHECK(answer == kAnswers.at(string_member(vector, "expect")));
      ++refused;
    }
  }
  CHECK(accepted == 8);
  CHECK(refused == 4);
}

TEST_CASE("a DPoP proof printed in RFC 9449 is no access token", "[rfc][attack-138]") {
  if (!vectors::available("rfc")) return;
  const auto policy = jwks::ValidationPolicy::create(
      {.allow_any_issuer = true, .allow_any_audience = true, .require_expiration = false});
  REQUIRE(policy);
  const vectors::JsonText document(vectors::read("rfc/rfc_tokens.json"));
  std::size_t proofs = 0;
  for (const JsonValue vector : member(document.root(), "vectors")) {
    if (!is_proof(vector)) continue;
    const std::chrono::sys_seconds now{std::chrono::seconds(vectors::count_member(vector, "now"))};
    const auto result =
        jwks::verify(string_member(vector, "token"), keys_for(vector), *policy, now);
    REQUIRE_FALSE(result);
    CHECK(result.error().code() == jwks::ErrorCode::wrong_type);
    ++proofs;
  }
  CHECK(proofs == 2);
}

TEST_CASE("the thumbprints printed in RFCs are computed, and their URIs", "[rfc][attack-176]") {
  if (!vectors::available("rfc")) return;
  const vectors::JsonText document(vectors::read("rfc/thumbprints.json"));
  std::size_t keys = 0;
  std::size_t unsupported = 0;
  for (const JsonValue vector : document.root()) {
    CAPTURE(string_member(vector, "id"));
    const auto key = Jwk::parse(member(vector, "jwk").text());
    if (!key && key.error().reason() == jwks::ErrorReason::unsupported) {
      ++unsupported;
      continue;
    }
    REQUIRE(key);
    const std::string thumbprint = string_member(vector, "sha256");
    const std::string uri = "urn:ietf:params:oauth:jwk-thumbprint:sha-256:" + thumbprint;
    CHECK(key->thumbprint() == thumbprint);
    CHECK(key->thumbprint_uri() == uri);
    if (vector.find("uri_rfc9278")) CHECK(string_member(vector, "uri_rfc9278") == uri);
    ++keys;
  }
  CHECK(keys + unsupported == 6);
  CHECK(unsupported == (is_supported(jwks::Algorithm::ml_dsa_44) ? 0U : 3U));
}

}  // namespace
