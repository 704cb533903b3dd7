// Attacks on where the key comes from: keys in the header, kids that mean something to somebody
// else, and issuers that borrow each other's keys.

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "attacks/jwk_text.hpp"
#include "jose/pre_check.hpp"
#include "jwks/jwk_set.hpp"
#include "support/catch.hpp"
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
using test::key;
using test::kNow;
using test::refusal;
using test::SigningKey;
using test::token;
using test::TokenBuilder;

namespace {

/// The codes with which an attacker's token is refused when its header brings the parameter: with
/// the kid of a trusted key, with its own, and without.
std::vector<std::string> answers_to(const SigningKey& attacker, const char* name,
                                    const std::string& value) {
  const JwkSet trusted = test::key_set({es256(), key(Algorithm::rs256), key(Algorithm::ed25519)});
  const auto code = [&](const std::string& kid_json) {
    TokenBuilder builder = token(attacker).header("kid", kid_json).header(name, value);
    return std::string(to_string(refusal(builder.build().value(), trusted).code()));
  };
  return {code(json_quoted(key(attacker.algorithm()).key_id())),
          code(json_quoted(attacker.key_id())), code("")};
}

const std::vector<std::string> kNeverUsed = {"bad_signature", "unknown_key", "bad_signature"};

bool is_printable(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c >= ' ' && c <= '~'; });
}

}  // namespace

TEST_CASE("a key in the header verifies nothing", "[attack-025][attack-027]") {
  for (const Algorithm algorithm : {Algorithm::es256, Algorithm::rs256, Algorithm::ed25519}) {
    const SigningKey& attacker = key(algorithm, 7);
    CHECK(answers_to(attacker, "jwk", attacker.public_jwk()) == kNeverUsed);
  }
}

TEST_CASE("a secret in the header verifies nothing", "[attack-026]") {
  const std::string secret(32, 's');
  const std::string jwk = R"({"kty":"oct","k":"c3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3M"})";
  const auto text = token(es256()).header("jwk", jwk).sign_hmac(256, secret).build().value();
  CHECK(refusal(text, es256_set()).code() == ErrorCode::alg_not_allowed);

  auto options = test::options();
  options.algorithms = {Algorithm::hs256};
  const JwkSet other = JwkSet::from_secret(std::string(32, 'o'), Algorithm::hs256, "s").value();
  const auto with_kid = [&](const char* kid) {
    return token(es256())
        .header("kid", kid)
        .header("jwk", jwk)
        .sign_hmac(256, secret)
        .build()
        .value();
  };
  CHECK(refusal(with_kid("\"s\""), other, test::policy(options)).code() ==
        ErrorCode::bad_signature);
  CHECK(refusal(with_kid("\"t\""), other, test::policy(options)).code() == ErrorCode::unknown_key);
  CHECK(refusal(with_kid(""), other, test::policy(options)).code() == ErrorCode::bad_signature);
}

TEST_CASE("a URL in the header is a text like any other", "[attack-028][attack-029][attack-030]") {
  // The core has no network; that the verifier asks nobody either is tested in tests/e2e.
  const SigningKey& attacker = key(Algorithm::es256, 7);
  for (const char* url :
       {"https://evil.example/jwks.json", "https://issuer.example@evil.example/jwks",
        "https://issuer.example.evil.example/jwks", "https://issuer.example/redirect?to=//evil",
        "file:///etc/passwd", "http://169.254.169.254/latest/meta-data/", "gopher://127.0.0.1:70/",
        "http://[::1]/jwks", "http://127.1/jwks", "not a URL", ""}) {
    CAPTURE(url);
    CHECK(answers_to(attacker, "jku", json_quoted(url)) == kNeverUsed);
    CHECK(answers_to(attacker, "x5u", json_quoted(url)) == kNeverUsed);
  }
}

TEST_CASE("a certificate chain in the header is never read", "[attack-031]") {
  const SigningKey& attacker = key(Algorithm::es256, 7);
  for (const char* chain : {"[]", R"(["AAAA"])", R"(["not base64", ""])", R"(["MIIB","MIIB"])"}) {
    CAPTURE(chain);
    CHECK(answers_to(attacker, "x5c", chain) == kNeverUsed);
  }
}

TEST_CASE("a token that names one key and another's certificate is refused", "[attack-032]") {
  const auto published = [](const SigningKey& signer, char fill) {
    const std::string thumbprint = std::string(42, fill) + "A";
    return test::with_member(signer.public_jwk(), "x5t#S256", json_quoted(thumbprint));
  };
  const SigningKey& second = key(Algorithm::es256, 1);
  const JwkSet keys =
      JwkSet::parse(test::jwks_document({published(es256(), 'a'), published(second, 'b')})).value();
  REQUIRE(keys.keys().size() == 2);
  const auto with = [](char fill) {
    return token(es256()).header("x5t#S256", json_quoted(std::string(42, fill) + "A"));
  };
  CHECK(jwks::verify(with('a').build().value(), keys, test::policy(), kNow));
  const auto error = refusal(with('b').build().value(), keys);
  CHECK(error.code() == ErrorCode::key_rejected);
  CHECK(error.reason() == ErrorReason::x5t_mismatch);
  // Nor are both tried where several keys may be.
  auto options = test::options();
  options.key_selection = KeySelection::try_candidates;
  CHECK(refusal(with('b').build().value(), keys, test::policy(options)).code() ==
        ErrorCode::key_rejected);
  CHECK(refusal(with('b').header("kid", "").build().value(), keys, test::policy(options)).code() ==
        ErrorCode::bad_signature);
}

TEST_CASE("a kid is no path, no query and no template", "[attack-033][attack-034]") {
  for (const char* kid :
       {"../../../../dev/null", "/proc/self/environ", "file:///etc/passwd", "/dev/stdin",
        "x' UNION SELECT 'AA", "*)(uid=*", "|id", "$(id)", "${jndi:ldap://evil}", "{{7*7}}", "%00",
        "<script>", "\\u001b[31m", "a\\r\\nb", "\\u0000"}) {
    CAPTURE(kid);
    const auto text = token(es256()).header("kid", json_quoted(kid)).build().value();
    const auto error = refusal(text, es256_set());
    CHECK(error.code() == ErrorCode::unknown_key);
    CHECK(is_printable(error.key_id()));
    CHECK(is_printable(error.message()));
  }
}

TEST_CASE("a long kid is refused by its length, before any key is looked for", "[attack-036]") {
  const auto with = [](std::size_t bytes) {
    return answer([bytes](auto& t) { t.header("kid", json_quoted(std::string(bytes, 'k'))); });
  };
  CHECK(with(255) == "unknown_key");
  CHECK(with(256) == "unknown_key");
  CHECK(with(257) == "too_large");
  CHECK(with(1000) == "too_large");
  CHECK(with(64'000) == "too_large");
  CHECK(with(1'000'000) == "too_large");
}

TEST_CASE("an unknown kid is not matched with any other key", "[attack-042]") {
  // The right key is in the set, under another kid, without one, or alone.
  const std::string nameless = test::without_member(es256().public_jwk(), "kid");
  const auto text = token(es256()).header("kid", json_quoted("unknown")).build().value();
  auto options = test::options();
  for (const auto selection :
       {KeySelection::single_candidate, KeySelection::try_candidates, KeySelection::require_kid}) {
    options.key_selection = selection;
    for (const std::string& jwk : {es256().public_jwk(), nameless}) {
      const JwkSet keys = JwkSet::parse(test::jwks_document({jwk})).value();
      REQUIRE(keys.keys().size() == 1);
      CHECK(refusal(text, keys, test::policy(options)).code() == ErrorCode::unknown_key);
    }
    CHECK(refusal(text, JwkSet(), test::policy(options)).code() == ErrorCode::unknown_key);
  }
}

TEST_CASE("two secrets of one kid make no set, be the second one usable or not", "[attack-049]") {
  const auto secret = [](const char* kid, const std::string& k) {
    return R"({"kty":"oct","alg":"HS256","kid":)" + json_quoted(kid) + R"(,"k":)" + json_quoted(k) +
           "}";
  };
  const auto set = [](const std::string& a, const std::string& b) {
    return JwkSet::parse_secrets(test::jwks_document({a, b}));
  };
  const std::string good = std::string(42, 'a') + "A";
  const std::string other = std::string(42, 'b') + "A";
  const std::string not_canonical = std::string(42, 'b') + "B";
  CHECK(set(secret("1", good), secret("2", other)));
  CHECK(set(secret("1", good), secret("2", not_canonical)));
  for (const std::string& second : {good, other, not_canonical, std::string("AA")}) {
    for (const auto& [a, b] : {std::pair{good, second}, {second, good}}) {
      const auto refused = set(secret("1", a), secret("1", b));
      REQUIRE_FALSE(refused);
      CHECK(refused.error().code() == ErrorCode::key_rejected);
      CHECK(refused.error().subject() == "kid");
    }
  }
}

TEST_CASE("the keys of two issuers don't mix", "[attack-043][attack-044][attack-045][attack-048]") {
  struct Issuer {
    std::string url;
    SigningKey signer;
    [[nodiscard]] JwkSet keys() const { return test::key_set({signer}); }
    [[nodiscard]] jwks::ValidationPolicy policy() const {
      auto options = test::options();
      options.issuer = url;
      return test::policy(options);
    }
  };
  const auto make = [](std::string url, std::string kid) {
    return Issuer{std::move(url), SigningKey::generate(Algorithm::es256, std::move(kid)).value()};
  };
  const auto signed_by = [](const Issuer& signer, const Issuer& named) {
    return token(signer.signer).claim("iss", json_quoted(named.url)).build().value();
  };
  // Other kids, the same kid, and kids that make the same text when they are joined with the
  // issuer.
  const std::pair<Issuer, Issuer> rows[] = {
      {make("https://a.example", "a"), make("https://b.example", "b")},
      {make("https://a.example", "1"), make("https://b.example", "1")},
      {make("https://a", "b:c"), make("https://a:b", "c")},
  };
  for (const auto& [a, b] : rows) {
    CAPTURE(a.signer.key_id(), b.signer.key_id());
    const bool same_kid = a.signer.key_id() == b.signer.key_id();
    const ErrorCode expected = same_kid ? ErrorCode::bad_signature : ErrorCode::unknown_key;
    // Verifying a token of B first changes nothing for A.
    CHECK(jwks::verify(signed_by(b, b), b.keys(), b.policy(), kNow));
    CHECK(refusal(signed_by(b, a), a.keys(), a.policy()).code() == expected);
    CHECK(refusal(signed_by(b, b), a.keys(), a.policy()).code() == expected);
    CHECK(refusal(signed_by(a, b), a.keys(), a.policy()).code() == ErrorCode::wrong_issuer);
    CHECK(jwks::verify(signed_by(a, a), a.keys(), a.policy(), kNow));
  }
}

TEST_CASE("a token of another issuer causes no request", "[attack-046][attack-047]") {
  // What runs before a fetch: `pre_check` refuses, so that there is none.
  const auto code = [](const char* issuer_json) {
    const auto text = token(es256())
                          .header("kid", json_quoted("unknown"))
                          .claim("iss", issuer_json)
                          .build()
                          .value();
    const auto hint = jwks::jose::pre_check(text, test::policy(), kNow);
    return std::string(hint ? "accepted" : to_string(hint.error().code()));
  };
  CHECK(code("\"https://issuer.example\"") == "accepted");
  for (const char* issuer : {"\"http://127.0.0.1:1\"", "\"https://evil.example\"",
                             "\"https://issuer.example/\"", "\"\""}) {
    CAPTURE(issuer);
    CHECK(code(issuer) == "wrong_issuer");
  }
  for (const char* issuer : {"[\"https://evil.example\",\"https://issuer.example\"]",
                             "[\"https://issuer.example\"]", "1", "null", "{}"}) {
    CAPTURE(issuer);
    CHECK(code(issuer) == "invalid_claim");
  }
  CHECK(code("") == "missing_claim");
}
