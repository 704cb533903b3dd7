// A document that replaces another: entries that did not change keep their key.

#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "jose/jwk_state.hpp"
#include "support/catch.hpp"
#include "support/tokens.hpp"

using jwks::ErrorReason;
using jwks::Jwk;
using jwks::JwkSet;
using test::Algorithm;
using test::jwks_document;
using test::key;

namespace {

bool is_same(const Jwk& a, const Jwk& b) { return &a.state() == &b.state(); }

std::string replaced(std::string text, std::string_view what, std::string_view by) {
  return text.replace(text.find(what), what.size(), by);
}

const std::string& entry() { return key(Algorithm::es256).public_jwk(); }

}  // namespace

TEST_CASE("an entry that did not change keeps its key, wherever it stands") {
  const std::string a = key(Algorithm::es256, 1).public_jwk();
  const std::string b = key(Algorithm::rs256, 1).public_jwk();
  const std::string c = key(Algorithm::eddsa, 1).public_jwk();
  const std::string d = key(Algorithm::es256, 2).public_jwk();
  const JwkSet held = JwkSet::parse(jwks_document({a, b, c})).value();
  const JwkSet next = JwkSet::parse(jwks_document({d, c, "{\"kty\":\"x\"}", a}), held).value();
  REQUIRE(next.keys().size() == 3);
  CHECK_FALSE(is_same(next.keys()[0], held.keys()[0]));
  CHECK(next.keys()[0].key_id() == key(Algorithm::es256, 2).key_id());
  CHECK(is_same(next.keys()[1], held.keys()[2]));
  CHECK(is_same(next.keys()[2], held.keys()[0]));
  CHECK(next.skipped().size() == 1);
  // And on, from set to set.
  const JwkSet last = JwkSet::parse(jwks_document({a, d}), next).value();
  CHECK(is_same(last.keys()[0], held.keys()[0]));
  CHECK(is_same(last.keys()[1], next.keys()[0]));
}

TEST_CASE("without a held set every key is made anew") {
  const JwkSet first = JwkSet::parse(jwks_document({entry()})).value();
  const JwkSet second = JwkSet::parse(jwks_document({entry()})).value();
  CHECK_FALSE(is_same(first.keys()[0], second.keys()[0]));
  CHECK_FALSE(is_same(JwkSet::parse(jwks_document({entry()}), JwkSet::of({first.keys()[0]}).value())
                          .value()
                          .keys()[0],
                      first.keys()[0]));
}

TEST_CASE("an entry that differs in any byte is read again") {
  const JwkSet held = JwkSet::parse(jwks_document({entry()})).value();
  for (const auto& [what, by] :
       std::vector<std::pair<std::string, std::string>>{{"ES256-0", "ES256-9"},
                                                        {R"("use":"sig",)", ""},
                                                        {R"("alg":"ES256",)", ""},
                                                        {"{", "{ "},
                                                        {"{", R"({"key_ops":["verify"],)"},
                                                        {"{", R"({"note":"","n":1,)"}}) {
    CAPTURE(what, by);
    const std::string changed = replaced(entry(), what, by);
    REQUIRE(changed != entry());
    const JwkSet next = JwkSet::parse(jwks_document({changed}), held).value();
    REQUIRE(next.keys().size() == 1);
    CHECK_FALSE(is_same(next.keys()[0], held.keys()[0]));
    CHECK(next.keys()[0].key_id() == Jwk::parse(changed).value().key_id());
    CHECK(next.keys()[0].algorithm() == Jwk::parse(changed).value().algorithm());
  }
}

TEST_CASE("an entry that became unusable is not taken over") {
  const JwkSet held = JwkSet::parse(jwks_document({entry()})).value();
  for (const auto& [what, by, reason] :
       std::vector<std::tuple<std::string, std::string, ErrorReason>>{
           {R"("use":"sig")", R"("use":"enc")", ErrorReason::use_not_sig},
           {R"("alg":"ES256")", R"("alg":"ES384")", ErrorReason::alg_mismatch},
           {"{", R"({"d":"AQ",)", ErrorReason::private_material},
           {"{", R"({"key_ops":["sign"],)", ErrorReason::key_ops}}) {
    CAPTURE(by);
    const JwkSet next = JwkSet::parse(jwks_document({replaced(entry(), what, by)}), held).value();
    CHECK(next.keys().empty());
    REQUIRE(next.skipped().size() == 1);
    CHECK(next.skipped()[0].reason == reason);
  }
  CHECK(JwkSet::parse(jwks_document({}), held).value().keys().empty());
  CHECK_FALSE(JwkSet::parse("{\"keys\":[" + entry(), held));
}

TEST_CASE("the same entry twice is a duplicate, also of a held one") {
  const JwkSet held = JwkSet::parse(jwks_document({entry(), entry()})).value();
  REQUIRE(held.keys().size() == 1);
  const JwkSet next = JwkSet::parse(jwks_document({entry(), entry()}), held).value();
  REQUIRE(next.keys().size() == 1);
  CHECK(is_same(next.keys()[0], held.keys()[0]));
  REQUIRE(next.skipped().size() == 1);
  CHECK(next.skipped()[0].reason == ErrorReason::duplicate_member);
}
