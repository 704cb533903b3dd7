// Attacks on the form of a token, before anything in it is believed. Refusing one allocates
// nothing, however large it is.

#include <functional>
#include <new>
#include <string>
#include <string_view>

#include "attacks/allocations.hpp"
#include "base/base64url.hpp"
#include "support/catch.hpp"
#include "support/tokens.hpp"

using jwks::ErrorCode;
using jwks::JwkSet;
using test::Algorithm;
using test::answer;
using test::es256;
using test::es256_set;
using test::json_quoted;
using test::kNow;
using test::token;
using Segment = test::TokenBuilder::Segment;

namespace {

/// The code with which a text is refused; that it cost no memory is checked.
std::string refused_for_free(std::string_view text, const JwkSet& keys = es256_set()) {
  static const jwks::ValidationPolicy policy = test::policy();
  const test::Allocations allocations;
  const auto result = jwks::verify(text, keys, policy, kNow);
  const std::size_t count = allocations.count();
  CHECK(count == 0);
  return std::string(result ? "accepted" : to_string(result.error().code()));
}

struct Segments {
  std::string header;
  std::string payload;
  std::string signature;
};

Segments split(const std::string& text) {
  const std::size_t first = text.find('.');
  const std::size_t second = text.rfind('.');
  return {text.substr(0, first), text.substr(first + 1, second - first - 1),
          text.substr(second + 1)};
}

std::string encoded(std::string_view text) { return jwks::base64url::encode(text); }

}  // namespace

TEST_CASE("allocations are counted") {
  const test::Allocations allocations;
  // Called as a function: a compiler may leave out the memory of a new-expression.
  void* const memory = ::operator new(400);
  CHECK(allocations.count() >= 1);
  CHECK(allocations.bytes() >= 400);
  ::operator delete(memory);
}

TEST_CASE("dots cost nothing, be they ten million", "[attack-057][attack-058]") {
  for (const unsigned dots : {0U, 1U, 3U, 4U, 1000U, 16'384U}) {
    CAPTURE(dots);
    CHECK(refused_for_free(std::string(dots, '.')) == "not_three_segments");
  }
  CHECK(refused_for_free("..") == "not_three_segments");
  for (const unsigned dots : {16'385U, 1'000'000U, 10'000'000U}) {
    CAPTURE(dots);
    CHECK(refused_for_free(std::string(dots, '.')) == "too_large");
  }
}

TEST_CASE("a text above the limit is refused unread", "[attack-066]") {
  const std::string good = token(es256()).build().value();
  for (const std::size_t bytes : {std::size_t{16'385}, std::size_t{64'000}, std::size_t{1'000'000},
                                  std::size_t{100'000'000}}) {
    CAPTURE(bytes);
    std::string text = good + '.';
    text.resize(bytes, 'A');
    CHECK(refused_for_free(text) == "too_large");
  }
}

TEST_CASE("empty segments", "[attack-059][attack-071]") {
  const Segments good = split(token(es256()).build().value());
  CHECK(refused_for_free("." + good.payload + "." + good.signature) == "not_three_segments");
  CHECK(refused_for_free(good.header + ".." + good.signature) == "not_three_segments");
  CHECK(refused_for_free("." + good.payload + ".") == "not_three_segments");
  CHECK(refused_for_free(good.header + "..") == "not_three_segments");
  CHECK(refused_for_free(good.header + "." + good.payload + ".") == "bad_signature");
}

TEST_CASE("an encrypted token is malformed", "[attack-060]") {
  // RFC 7516 §7.1: five segments. RFC 7520 5.x and Wycheproof's are in tests/vectors.
  const std::string header = encoded(R"({"alg":"RSA-OAEP","enc":"A128GCM"})");
  for (const char* rest : {".AAAA.AAAA.AAAA.AAAA", ".AAAA.AAAA.AAAA.", "..AAAA.AAAA.AAAA"}) {
    CHECK(refused_for_free(header + rest) == "not_three_segments");
  }
  // An encrypted payload in three segments has no algorithm that anybody allows.
  CHECK(refused_for_free(header + ".AAAA.AAAA") == "alg_not_allowed");
}

TEST_CASE("the JSON Serializations of a valid token are malformed",
          "[attack-061][attack-062][attack-063]") {
  const std::string text = token(es256()).build().value();
  const auto [header, payload, signature] = split(text);
  const auto quoted = [](std::string_view name, std::string_view value) {
    return json_quoted(name) + ":" + json_quoted(value);
  };
  const std::string flattened = quoted("protected", header) + "," + quoted("payload", payload) +
                                "," + quoted("signature", signature);
  const std::string signatures = "\"signatures\":[{" + quoted("protected", header) + "," +
                                 quoted("signature", signature) + "}]";
  const std::string unprotected =
      "\"signatures\":[{\"header\":{\"alg\":\"ES256\"}," + quoted("signature", signature) + "}]";
  for (const std::string& json : {
           "{" + flattened + "}",
           "{" + quoted("payload", payload) + "," + signatures + "}",
           "{" + flattened + "," + signatures + "}",
           "{" + quoted("payload", payload) + "," + unprotected + "}",
           "{" + quoted("payload", payload) + ",\"header\":{\"alg\":\"ES256\"}," +
               quoted("signature", signature) + "}",
       }) {
    CAPTURE(json);
    CHECK(refused_for_free(json) == "not_three_segments");
    CHECK(refused_for_free(json + "..") == "bad_base64url");
  }
  // Two dots, so that one reader sees JSON and another three segments (CVE-2022-39227).
  const std::string forged = encoded(R"({"iss":"https://issuer.example","sub":"root"})");
  for (const std::string& polyglot : {
           "{" + flattened + ",\"x\":\"." + forged + ".\"}",
           "{\"x\":\"." + forged + ".\"," + flattened + "}",
           "{\"" + header + "\":1,\"x\":\"." + forged + ".\"," + flattened + "}",
           header + "." + forged + "." + "\",\"x\":{" + flattened + "}",
       }) {
    CAPTURE(polyglot);
    CHECK(refused_for_free(polyglot) == "bad_base64url");
  }
}

TEST_CASE("a nested token is no Claims Set", "[attack-064]") {
  const std::string inner = token(es256()).build().value();
  CHECK(answer([&](auto& t) { t.header("cty", json_quoted("JWT")).raw_payload(inner); }) ==
        "bad_json");
  CHECK(answer([&](auto& t) { t.raw_payload(json_quoted(inner)); }) == "bad_json");
  // "cty" alone means nothing here (RFC 7519 §5.2): the payload is an object and is judged as one.
  const auto text = token(es256()).header("cty", json_quoted("JWT")).build().value();
  CHECK(jwks::verify(text, es256_set(), test::policy(), kNow));
}

TEST_CASE("what integrators leave around a token is refused", "[attack-053][attack-065]") {
  const std::string good = token(es256()).build().value();
  for (const std::string& text :
       {"Bearer " + good, "bearer:" + good, good + " ", " " + good, good + "\n", json_quoted(good),
        "'" + good + "'", good + std::string(1, '\0'), good + ",", "token=" + good, good + "&a=b",
        "\xef\xbb\xbf" + good}) {
    CAPTURE(text.substr(0, 10));
    CHECK(refused_for_free(text) == "bad_base64url");
  }
  CHECK(refused_for_free(good + "." + good) == "not_three_segments");
}

TEST_CASE("a signature of any other length is refused by its length", "[attack-067]") {
  for (const Algorithm algorithm : {Algorithm::es256, Algorithm::rs256, Algorithm::ed25519}) {
    CAPTURE(to_string(algorithm));
    const auto& signer = test::key(algorithm);
    const JwkSet keys = test::key_set({signer});
    for (const std::size_t bytes : {std::size_t{1}, std::size_t{1000}, std::size_t{11'000}}) {
      CAPTURE(bytes);
      const auto text = token(signer).signature(std::string(bytes, '\x30')).build().value();
      CHECK(refused_for_free(text, keys) == "bad_signature");
    }
    const auto text = token(signer).signature(std::string(1'000'000, '\x30')).build().value();
    CHECK(refused_for_free(text, keys) == "too_large");
  }
}

TEST_CASE("wrong base64url costs nothing in any segment",
          "[attack-051][attack-052][attack-054][attack-055][attack-056]") {
  const Segments good = split(token(es256()).build().value());
  const auto spoil = [&](std::string Segments::* segment,
                         const std::function<void(std::string&)>& change) {
    Segments bad = good;
    change(bad.*segment);
    return refused_for_free(bad.header + "." + bad.payload + "." + bad.signature);
  };
  for (const auto segment : {&Segments::header, &Segments::payload, &Segments::signature}) {
    for (const char* extra : {"=", "==", "%3D", "+", "/", " ", "\n", "?", "\x80", "\xc2\xa0"}) {
      CAPTURE(extra);
      CHECK(spoil(segment, [&](std::string& s) { s += extra; }) == "bad_base64url");
      CHECK(spoil(segment, [&](std::string& s) { s.insert(3, extra); }) == "bad_base64url");
    }
    // Lengths ≡ 1 mod 4.
    CHECK(spoil(segment, [](std::string& s) { s.resize(s.size() / 4 * 4 + 1, 'A'); }) ==
          "bad_base64url");
    // Unused bits: "AB" and "AAB" decode to the same bytes as "AA" and "AAA".
    CHECK(spoil(segment, [](std::string& s) { s = s.substr(0, s.size() / 4 * 4) + "AB"; }) ==
          "bad_base64url");
    CHECK(spoil(segment, [](std::string& s) { s = s.substr(0, s.size() / 4 * 4) + "AAB"; }) ==
          "bad_base64url");
  }
}
