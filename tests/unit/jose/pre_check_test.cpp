// What is known of a token before its key is at hand: the codes are those that `verify` gives.

#include "jose/pre_check.hpp"

#include <optional>
#include <string>

#include "support/catch.hpp"
#include "support/tokens.hpp"

using jwks::ErrorCode;
using jwks::jose::pre_check;
using test::es256;
using test::json_quoted;
using test::kNow;
using test::token;

TEST_CASE("a token that could pass tells which key it asks for", "[attack-042]") {
  const auto hint = pre_check(token(es256()).build().value(), test::policy(), kNow).value();
  CHECK(hint.has_key_id);
  CHECK(hint.key_id == es256().key_id());
  CHECK(hint.algorithm == jwks::Algorithm::es256);
  const auto nameless =
      pre_check(token(es256()).header("kid", "").build().value(), test::policy(), kNow).value();
  CHECK_FALSE(nameless.has_key_id);
  CHECK(nameless.key_id.empty());
}

TEST_CASE("a token that can't pass with any key is refused as by verify",
          "[attack-047][attack-048]") {
  const auto refused = [](auto change) {
    auto builder = token(es256());
    change(builder);
    const auto text = builder.build().value();
    const auto error = pre_check(text, test::policy(), kNow).error();
    CHECK(error.code() == test::refusal(text, test::es256_set()).code());
    return error.code();
  };
  CHECK(refused([](auto& t) { t.raw_segment(test::TokenBuilder::Segment::payload, "="); }) ==
        ErrorCode::bad_base64url);
  CHECK(refused([](auto& t) { t.raw_segment(test::TokenBuilder::Segment::payload, ""); }) ==
        ErrorCode::not_three_segments);
  CHECK(refused([](auto& t) { t.header("alg", json_quoted("none")); }) ==
        ErrorCode::alg_not_allowed);
  CHECK(refused([](auto& t) { t.raw_payload("[]"); }) == ErrorCode::bad_json);
  CHECK(refused([](auto& t) { t.claim("iss", json_quoted("https://evil.example")); }) ==
        ErrorCode::wrong_issuer);
  CHECK(refused([](auto& t) { t.claim("exp", "1"); }) == ErrorCode::expired);
}

TEST_CASE("verify tells the same of a token whose key is not there, and nothing of others",
          "[attack-042][attack-047]") {
  std::optional<jwks::Result<jwks::jose::KeyHint>> hint;
  const auto verify = [&hint](const std::string& text, const jwks::JwkSet& keys) {
    return jwks::jose::verify_or_pre_check(text, keys, test::policy(), kNow, {}, &hint);
  };
  const jwks::JwkSet others = test::key_set({test::key(test::Algorithm::es256, 1)});
  const auto good = token(es256()).build().value();
  CHECK(verify(good, others).error().code() == ErrorCode::unknown_key);
  REQUIRE(hint.has_value());
  CHECK((*hint)->key_id == es256().key_id());
  CHECK((*hint)->algorithm == jwks::Algorithm::es256);

  const auto expired = token(es256()).claim("exp", "1").build().value();
  CHECK(verify(expired, others).error().code() == ErrorCode::unknown_key);
  REQUIRE(hint.has_value());
  CHECK(hint->error().message() == pre_check(expired, test::policy(), kNow).error().message());

  CHECK(verify(good, test::es256_set()).has_value());
  CHECK_FALSE(hint.has_value());
  const auto forged =
      token(es256()).flip_bit(test::TokenBuilder::Segment::signature, 7).build().value();
  CHECK(verify(forged, test::es256_set()).error().code() == ErrorCode::bad_signature);
  CHECK_FALSE(hint.has_value());
  CHECK(verify("a.b", others).error().code() == ErrorCode::not_three_segments);
  CHECK_FALSE(hint.has_value());
}

TEST_CASE("a forger is not told that only a scope is missing", "[attack-133]") {
  auto options = test::options();
  options.required_scopes = {"admin"};
  const auto policy = test::policy(options);
  const auto text = token(es256()).build().value();
  CHECK(pre_check(text, policy, kNow));
  CHECK(test::refusal(text, test::key_set({test::key(test::Algorithm::es256, 1)}), policy).code() ==
        ErrorCode::unknown_key);
  CHECK(test::refusal(text, test::es256_set(), policy).code() == ErrorCode::insufficient_scope);
}

TEST_CASE("an application's validator never sees claims before their signature holds",
          "[attack-143]") {
  auto options = test::options();
  int calls = 0;
  options.validators = {{"counting", [&calls](const jwks::Claims&) {
                           ++calls;
                           return jwks::Result<void>{};
                         }}};
  const auto policy = test::policy(options);
  const auto good = token(es256()).build().value();
  CHECK(pre_check(good, policy, kNow));
  CHECK(test::refusal(good, jwks::JwkSet(), policy).code() == ErrorCode::unknown_key);
  const auto forged =
      token(es256()).flip_bit(test::TokenBuilder::Segment::signature, 7).build().value();
  CHECK(test::refusal(forged, test::es256_set(), policy).code() == ErrorCode::bad_signature);
  CHECK(calls == 0);
  CHECK(jwks::verify(good, test::es256_set(), policy, kNow));
  CHECK(calls == 1);
}
