// Signatures: accepted from every algorithm, refused in every other form; and what a token owns.

#include "jwks/verify.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include "support/catch.hpp"
#include "support/tokens.hpp"

using jwks::ErrorCode;
using jwks::JwkSet;
using test::Algorithm;
using test::es256;
using test::es256_set;
using test::json_quoted;
using test::kNow;
using test::refusal;
using test::token;

TEST_CASE("a valid token of every algorithm is accepted, and its claims can be read") {
  for (const Algorithm algorithm : test::signed_algorithms()) {
    CAPTURE(to_string(algorithm));
    const auto& signer = test::key(algorithm);
    const auto result = jwks::verify(token(signer).build().value(), test::key_set({signer}),
                                     test::policy(test::all_algorithms()), kNow);
    REQUIRE(result);
    CHECK(result->claims().issuer() == test::kIssuer);
    CHECK(result->claims().subject() == "alice");
    CHECK(result->claims().has_audience(test::kAudience));
    CHECK(result->algorithm() == algorithm);
    CHECK(result->key_id() == signer.key_id());
    CHECK(result->key_thumbprint() == signer.thumbprint());
    CHECK_FALSE(result->key_refreshed());
    CHECK_FALSE(result->stale());
  }
}

TEST_CASE("every flipped bit, every cut and every inserted byte is refused", "[attack-073]") {
  // Exhaustive for EdDSA, whose check is quick; the other algorithms share everything but the last
  // step.
  const auto& signer = test::key(Algorithm::eddsa);
  const JwkSet set = test::key_set({signer});
  const auto policy = test::policy();
  const std::string good = token(signer).build().value();
  REQUIRE(jwks::verify(good, set, policy, kNow).has_value());
  int accepted = 0;
  for (std::size_t i = 0; i < good.size(); ++i) {
    for (unsigned bit = 0; bit < 8; ++bit) {
      std::string bad = good;
      bad[i] = static_cast<char>(bad[i] ^ (1 << bit));
      accepted += jwks::verify(bad, set, policy, kNow).has_value() ? 1 : 0;
    }
    accepted += jwks::verify(good.substr(0, i), set, policy, kNow).has_value() ? 1 : 0;
    for (const char extra : {'A', '.', '=', ' ', '\0'}) {
      accepted +=
          jwks::verify(good.substr(0, i) + extra + good.substr(i), set, policy, kNow).has_value()
              ? 1
              : 0;
    }
  }
  CHECK(accepted == 0);
}

TEST_CASE("signatures of a wrong form are refused",
          "[attack-067][attack-144][attack-145][attack-146][attack-147][claim-51]") {
  for (const Algorithm algorithm :
       {Algorithm::es256, Algorithm::es384, Algorithm::es512, Algorithm::es256k}) {
    CAPTURE(to_string(algorithm));
    const auto& signer = test::key(algorithm);
    CHECK(refusal(token(signer).sign_with_der(signer).build().value(), test::key_set({signer}),
                  test::policy(test::all_algorithms()))
              .code() == ErrorCode::bad_signature);
  }
  for (const Algorithm algorithm : test::signed_algorithms()) {
    CAPTURE(to_string(algorithm));
    const auto& signer = test::key(algorithm);
    const JwkSet set = test::key_set({signer});
    const auto policy = test::policy(test::all_algorithms());
    const auto changed = [&](std::function<std::string(std::string)> change) {
      return refusal(token(signer).change_signature(std::move(change)).build().value(), set, policy)
          .code();
    };
    CHECK(changed([](std::string s) { return s.substr(1); }) == ErrorCode::bad_signature);
    CHECK(changed([](const std::string& s) { return s + '\0'; }) == ErrorCode::bad_signature);
    CHECK(changed([](const std::string& s) { return '\0' + s; }) == ErrorCode::bad_signature);
    CHECK(changed([](const std::string& s) { return std::string(s.size(), '\0'); }) ==
          ErrorCode::bad_signature);
    CHECK(changed([](const std::string& s) { return std::string(s.size(), '\xff'); }) ==
          ErrorCode::bad_signature);
    CHECK(changed([](const std::string&) { return std::string(10'000, '\x30'); }) ==
          ErrorCode::bad_signature);
    CHECK(changed([](std::string s) {
            for (std::size_t i = 0; i < s.size() / 2; ++i) s[i] = '\0';  // r = 0
            return s;
          }) == ErrorCode::bad_signature);
  }
}

TEST_CASE("parts of two valid tokens don't mix", "[attack-072]") {
  const auto segments = [](const test::TokenBuilder& builder) {
    const std::string text = builder.build().value();
    const auto first = text.find('.');
    const auto second = text.rfind('.');
    return std::vector{text.substr(0, first), text.substr(first + 1, second - first - 1),
                       text.substr(second + 1)};
  };
  const std::vector<std::string> tokens[] = {
      segments(token(es256()).claim("sub", json_quoted("a"))),
      segments(token(es256()).header("typ", json_quoted("JWT")).claim("sub", json_quoted("b")))};
  for (unsigned from = 0; from < 8; ++from) {  // from which of the two each segment is
    CAPTURE(from);
    const std::string text =
        tokens[from >> 2U][0] + "." + tokens[from >> 1U & 1U][1] + "." + tokens[from & 1U][2];
    if (from == 0 || from == 7) {
      CHECK(jwks::verify(text, es256_set(), test::policy(), kNow).has_value());
    } else {
      CHECK(refusal(text, es256_set()).code() == ErrorCode::bad_signature);
    }
  }
}

TEST_CASE("the signature is judged before any claim", "[attack-143]") {
  const auto& attacker = test::key(Algorithm::es256, 1);
  const auto forged = token(attacker)
                          .header("kid", json_quoted(es256().key_id()))
                          .claim("iss", json_quoted("evil"))
                          .claim("exp", "1");
  CHECK(refusal(forged.build().value(), es256_set()).code() == ErrorCode::bad_signature);
}

TEST_CASE("an error holds nothing of the token but kid and alg", "[attack-208][claim-83]") {
  const std::string text =
      token(es256()).claim("iss", json_quoted("secret-issuer")).build().value();
  const std::string message = refusal(text, es256_set()).message();
  CHECK(message == "wrong_issuer [iss], kid \"ES256-0\", alg ES256");
}

TEST_CASE("verified tokens own what they show, copied, moved or outlived") {
  const auto subject_of = [](std::size_t i) { return "user\n" + std::to_string(i); };
  std::string_view first;
  std::vector<jwks::VerifiedToken> kept;
  for (std::size_t i = 0; i < 50; ++i) {
    const std::string subject = "user\\n" + std::to_string(i);
    std::string text = token(es256()).claim("sub", json_quoted(subject)).build().value();
    auto result = jwks::verify(text, es256_set(), test::policy(), kNow);
    REQUIRE(result);
    if (i == 0) first = result->claims().subject();
    kept.push_back(std::move(result).value());
    std::fill(text.begin(), text.end(), 'x');
  }
  CHECK(first == subject_of(0));
  for (std::size_t i = 0; i < 50; ++i) CHECK(kept[i].claims().subject() == subject_of(i));
}
