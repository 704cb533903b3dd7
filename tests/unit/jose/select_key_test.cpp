// Which keys are candidates, in which order, and what is said when there is none.

#include "jose/select_key.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "support/catch.hpp"
#include "support/tokens.hpp"

using jwks::ErrorCode;
using jwks::ErrorReason;
using jwks::JwkSet;
using jwks::KeySelection;
using jwks::jose::Header;
using jwks::jose::select_keys;
using test::Algorithm;

namespace {

/// The JWK of a key under another kid, or none, with more members at its end.
std::string published(const test::SigningKey& signer, std::optional<std::string> kid,
                      const std::string& more = {}) {
  std::string jwk = signer.public_jwk();
  const std::string own = R"("kid":")" + signer.key_id() + "\",";
  const std::size_t at = jwk.find(own);
  REQUIRE(at != std::string::npos);
  jwk.replace(at, own.size(), kid ? R"("kid":")" + *kid + "\"," : "");
  return jwk.insert(jwk.size() - 1, more);
}

JwkSet set_of(const std::vector<std::string>& entries) {
  return JwkSet::parse(test::jwks_document(entries)).value();
}

const test::SigningKey& es256(int which = 0) { return test::key(Algorithm::es256, which); }

Header header(std::optional<std::string_view> kid, Algorithm algorithm = Algorithm::es256) {
  Header result;
  result.algorithm = algorithm;
  result.key_id = kid;
  return result;
}

/// The code and reason of the refusal.
std::string refusal(const JwkSet& set, const Header& header,
                    KeySelection selection = KeySelection::single_candidate) {
  const auto candidates = select_keys(set, header, selection);
  REQUIRE_FALSE(candidates);
  CHECK(candidates.error().key_id() == header.key_id.value_or(""));
  CHECK(candidates.error().algorithm() == header.algorithm);
  std::string said(to_string(candidates.error().code()));
  const ErrorReason reason = candidates.error().reason();
  return reason == ErrorReason::none ? said : said.append(" ").append(to_string(reason));
}

}  // namespace

TEST_CASE("candidates come in the order of the document, four at most", "[attack-040]") {
  std::vector<std::string> entries = {test::key(Algorithm::ed25519).public_jwk()};
  for (int i = 0; i < 6; ++i) entries.push_back(published(es256(i), std::nullopt));
  const JwkSet set = set_of(entries);
  const auto candidates = select_keys(set, header({}), KeySelection::try_candidates);
  REQUIRE(candidates);
  REQUIRE(candidates->keys().size() == jwks::jose::kMaxCandidates);
  for (std::size_t i = 0; i < candidates->keys().size(); ++i) {
    CHECK(candidates->keys()[i] == &set.keys()[i + 1]);
  }
  CHECK(refusal(set, header({})) == "key_ambiguous");
}

TEST_CASE("a kid selects among the keys that have it", "[attack-041][attack-042][attack-049]") {
  const JwkSet set =
      set_of({published(es256(0), std::nullopt), published(es256(1), "a"), published(es256(2), "b"),
              published(es256(3), "b"), published(es256(4), "")});
  const auto chosen = select_keys(set, header("a"), KeySelection::single_candidate);
  REQUIRE(chosen);
  REQUIRE(chosen->keys().size() == 1);
  CHECK(chosen->keys().front() == &set.keys()[1]);

  CHECK(refusal(set, header("b")) == "key_ambiguous");
  const auto both = select_keys(set, header("b"), KeySelection::try_candidates);
  REQUIRE(both);
  CHECK(both->keys().size() == 2);

  // An empty kid is one: it selects the key that was published with it, and no nameless one.
  const auto empty = select_keys(set, header(""), KeySelection::require_kid);
  REQUIRE(empty);
  CHECK(empty->keys().front() == &set.keys()[4]);

  for (const auto selection :
       {KeySelection::single_candidate, KeySelection::try_candidates, KeySelection::require_kid}) {
    CHECK(refusal(set, header("c"), selection) == "unknown_key");
  }
  CHECK(refusal(set, header({}), KeySelection::require_kid) == "unknown_key");
}

TEST_CASE("why a key is not used is said, the nearest reason first", "[attack-015][attack-032]") {
  const std::string certificate(42, 'a');
  const JwkSet set = set_of({
      published(es256(0), "a", R"(,"x5t#S256":")" + certificate + "A\""),
      published(es256(1), "skipped", R"(,"key_ops":["sign"])"),
      published(es256(2), "twice", R"(,"key_ops":["sign"])"),
      published(test::key(Algorithm::ed25519), "twice"),
  });
  REQUIRE(set.keys().size() == 2);
  CHECK(refusal(set, header("a", Algorithm::es384)) == "alg_mismatch");
  CHECK(refusal(set, header("skipped")) == "key_rejected key_ops");
  CHECK(refusal(set, header("twice")) == "alg_mismatch");

  Header other = header("a");
  const std::string named = std::string(42, 'b') + "A";
  other.certificate_thumbprint = named;
  CHECK(refusal(set, other) == "key_rejected x5t_mismatch");
  const std::string own = certificate + "A";
  other.certificate_thumbprint = own;
  CHECK(select_keys(set, other, KeySelection::single_candidate));
  CHECK(select_keys(set, header("a"), KeySelection::single_candidate));
  // What is no thumbprint names no certificate.
  for (const std::string_view hint : {"", "0123", "not base64url ==="}) {
    other.certificate_thumbprint = hint;
    CHECK(select_keys(set, other, KeySelection::single_candidate));
  }
  // A key that says nothing of certificates may be used whatever the token names.
  Header ed25519 = header("twice", Algorithm::ed25519);
  ed25519.certificate_thumbprint = named;
  CHECK(select_keys(set, ed25519, KeySelection::single_candidate));
  CHECK(refusal(JwkSet(), header("a")) == "unknown_key");
}
