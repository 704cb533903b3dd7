// The examples of RFC 7515, 7517, 7520 and 7638 as latchset/jose keeps them, one token or key in
// each file: all 107 files are looked at, by the kind that their suffix tells.
//
// Source: latchset/jose (Apache-2.0).

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/base64url.hpp"
#include "jwks/jwk_set.hpp"
#include "support/catch.hpp"
#include "vectors/vectors.hpp"

namespace {

using jwks::Jwk;
using jwks::JwkSet;

using Lines = std::vector<std::string>;

std::string path_of(std::string_view name) { return "latchset-jose/" + std::string(name); }

std::string read(std::string_view name) { return vectors::read(path_of(name)); }

/// A file that was a symbolic link holds the name of its target.
std::string read_key(std::string_view name) {
  std::string text = read(name);
  return text.starts_with('{') ? text : read(text);
}

JwkSet keys_of(std::string_view text) {
  const vectors::JsonText jwk{std::string(text)};
  return vectors::trusted(jwk.root());
}

std::string reason_of(const jwks::Result<Jwk>& key) {
  return std::string(key ? "usable" : to_string(key.error().reason()));
}

TEST_CASE("latchset: each file has its recorded answer",
          "[rfc7515][rfc7517][rfc7520][attack-060][attack-061]") {
  if (!vectors::available("latchset-jose")) return;
  vectors::Tally answers;
  std::size_t files = 0;
  for (const std::string& name : vectors::names_in("latchset-jose")) {
    CAPTURE(name);
    ++files;
    const std::size_t dot = name.rfind('.');
    const std::string stem = name.substr(0, dot);
    const std::string suffix = dot == std::string::npos ? "" : name.substr(dot + 1);
    if (suffix == "jwsc") {
      const bool has_key = stem != "rfc7515_A.5";
      answers.add("jwsc " + vectors::answer(read(name),
                                            has_key ? keys_of(read_key(stem + ".jwk")) : JwkSet()));
    } else if (suffix.starts_with("jws") || suffix.starts_with("jwe")) {
      answers.add(suffix + ' ' + vectors::answer(read(name), JwkSet()));
    } else if (suffix == "jwk") {
      const vectors::JsonText jwk(read_key(name));
      const bool secret = vectors::string_member(jwk.root(), "kty") == "oct";
      const std::string text = vectors::public_part(jwk.root());
      answers.add("jwk " + reason_of(secret ? Jwk::parse_secret(text) : Jwk::parse(text)));
    } else if (suffix == "jwkset") {
      const auto set = JwkSet::parse(read(name));
      REQUIRE(set);
      answers.add("jwkset usable", set->keys().size());
      for (const auto& skipped : set->skipped()) {
        answers.add("jwkset " + std::string(to_string(skipped.reason)));
      }
    } else {
      answers.add("other");
    }
  }
  CHECK(files == 107);
  CHECK(answers.lines() ==
        Lines{"9 × jwec not_three_segments", "10 × jwef not_three_segments",
              "13 × jweg not_three_segments", "25 × jwk usable", "15 × jwk use_not_sig",
              "5 × jwkset private_material", "3 × jwkset symmetric", "1 × jwkset usable",
              "2 × jwkset use_not_sig", "8 × jwsc accepted",
              "1 × jwsc alg_not_allowed",  // RFC 7515 A.5: none
              "1 × jwsc bad_signature",    // RFC 7520 4.5: detached
              "8 × jwsf not_three_segments", "9 × jwsg not_three_segments", "3 × other"});
}

TEST_CASE("latchset: the detached signature holds over its payload", "[rfc7520][attack-071]") {
  if (!vectors::available("latchset-jose")) return;
  const JwkSet keys = keys_of(read_key("rfc7520_4.5.jwk"));
  std::string token = read("rfc7520_4.5.jwsc");
  CHECK(vectors::answer(token, keys) == "bad_signature");
  token.insert(token.find('.') + 1, jwks::base64url::encode(read("rfc7520_4.5.payl")));
  CHECK(vectors::answer(token, keys) == "accepted");
}

TEST_CASE("latchset: the thumbprint of RFC 7638", "[rfc7638]") {
  if (!vectors::available("latchset-jose")) return;
  const auto key = Jwk::parse(read("rfc7638_3.1.jwk"));
  REQUIRE(key);
  CHECK(key->thumbprint() == read("rfc7638_3.1.thp"));
}

}  // namespace
