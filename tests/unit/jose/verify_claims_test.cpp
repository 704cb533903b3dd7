// The claims against the policy, once the signature holds.

#include "jwks/verify.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include "support/catch.hpp"
#include "support/tokens.hpp"

using jwks::ErrorCode;
using test::answer;
using test::es256;
using test::es256_set;
using test::json_quoted;
using test::kNow;
using test::refusal;
using test::token;
using test::TokenBuilder;

namespace {

std::string answer_or_accepted(const TokenBuilder& builder) {
  const auto result = jwks::verify(builder.build().value(), es256_set(), test::policy(), kNow);
  return result ? std::string("accepted") : std::string(to_string(result.error().code()));
}

}  // namespace

TEST_CASE("an access token has all claims of RFC 9068", "[claim-76][attack-113]") {
  jwks::ValidationOptions options = test::options();
  options.profile = jwks::TokenProfile::access_token;
  for (const char* name : {"iss", "exp", "aud", "sub", "client_id", "iat", "jti"}) {
    CAPTURE(name);
    auto builder = token(es256())
                       .header("typ", json_quoted("at+jwt"))
                       .claim("client_id", json_quoted("c"))
                       .claim("jti", json_quoted("j"));
    const auto error =
        refusal(builder.claim(name, "").build().value(), es256_set(), test::policy(options));
    CHECK(error.code() == ErrorCode::missing_claim);
    CHECK(error.subject() == name);
  }
}

TEST_CASE("times are judged to the second, with the skew",
          "[attack-103][attack-104][attack-110][attack-111][claim-71]") {
  using std::chrono::milliseconds;
  using std::chrono::seconds;
  const auto code = [](const char* claim, std::chrono::system_clock::time_point value,
                       milliseconds offset = {}) {
    const auto result =
        jwks::verify(token(es256()).claim("iat", "").claim(claim, value).build().value(),
                     es256_set(), test::policy(), kNow + offset);
    return result ? std::string("accepted") : std::string(to_string(result.error().code()));
  };
  // The default skew is 60 s.
  CHECK(code("exp", kNow - seconds(60)) == "expired");
  CHECK(code("exp", kNow - seconds(59)) == "accepted");
  CHECK(code("exp", kNow - seconds(59), milliseconds(999)) == "accepted");
  CHECK(code("exp", kNow - seconds(59), milliseconds(1000)) == "expired");
  CHECK(code("nbf", kNow + seconds(60)) == "accepted");
  CHECK(code("nbf", kNow + seconds(61)) == "not_yet_valid");
  CHECK(code("nbf", kNow + seconds(61), milliseconds(999)) == "not_yet_valid");
  CHECK(code("iat", kNow + seconds(60)) == "accepted");
  CHECK(code("iat", kNow + seconds(61)) == "issued_in_future");
  CHECK(answer([](auto& t) {
          t.claim("nbf", kNow + seconds(50)).claim("exp", kNow + seconds(40));
        }) == "invalid_claim");
}

TEST_CASE("a fraction of exp counts exactly", "[attack-106]") {
  const auto at = [](std::int64_t nanoseconds) {
    const auto text = token(es256()).claim("exp", "1750000000.25").claim("iat", "").build().value();
    return jwks::verify(text, es256_set(), test::policy(),
                        kNow + std::chrono::seconds(60) +
                            std::chrono::duration_cast<std::chrono::system_clock::duration>(
                                std::chrono::nanoseconds(nanoseconds)))
        .has_value();
  };
  CHECK(at(249'999'000));
  CHECK_FALSE(at(250'000'000));
}

TEST_CASE("registered claims of a wrong type are invalid, never absent",
          "[attack-046][attack-105][attack-107][attack-108][attack-109][attack-120][attack-126]") {
  for (const char* name : {"exp", "nbf", "iat"}) {
    for (const char* value :
         {"\"1750000300\"", "null", "true", "[1]", "{}", "\"\"", "-1", "1e400", "253402300800",
          "9007199254740993", "9223372036854775807", "-9223372036854775808", "1750000300000"}) {
      CAPTURE(name, value);
      CHECK(answer([&](auto& t) { t.claim(name, value); }) == "invalid_claim");
    }
  }
  for (const char* name : {"iss", "sub", "jti"}) {
    for (const char* value : {"1", "null", "{}", "[\"https://issuer.example\"]"}) {
      CAPTURE(name, value);
      CHECK(answer([&](auto& t) { t.claim(name, value); }) == "invalid_claim");
    }
  }
  for (const char* value :
       {"1", "null", "{}", "[1]", "[null,\"orders-api\"]", "[[\"orders-api\"]]"}) {
    CAPTURE(value);
    CHECK(answer([&](auto& t) { t.claim("aud", value); }) == "invalid_claim");
  }
}

TEST_CASE("a date is a NumericDate, read exactly, or a typed error", "[claim-72]") {
  const auto code = [](const char* name, const char* json) {
    return answer_or_accepted(token(es256()).claim("iat", "").claim(name, json));
  };
  for (const char* name : {"exp", "nbf", "iat"}) {
    CAPTURE(name);
    for (const char* json : {"\"1750000300\"", "1e300", "-1", "-1e300", "null"})
      CHECK(code(name, json) == "invalid_claim");
    for (const char* json : {"NaN", "Infinity", "-Infinity"}) CHECK(code(name, json) == "bad_json");
  }
  CHECK(code("exp", "1.5") == "expired");
  CHECK(code("nbf", "1.5") == "accepted");
  CHECK(code("iat", "1.5") == "accepted");
  CHECK(code("exp", "1749999940.5") == "accepted");  // now - skew + 0.5 s
  CHECK(code("exp", "1749999940.0") == "expired");
  CHECK(code("nbf", "1750000060.5") == "not_yet_valid");
}

TEST_CASE("an audience is a text or a list of texts, one of which is ours", "[claim-73]") {
  const auto with = [](const char* json) {
    return answer_or_accepted(token(es256()).claim("aud", json));
  };
  CHECK(with(R"("orders-api")") == "accepted");
  CHECK(with(R"(["other","orders-api"])") == "accepted");
  CHECK(with("[]") == "wrong_audience");
  CHECK(with(R"("other")") == "wrong_audience");
  CHECK(with(R"(["other"])") == "wrong_audience");
  for (const char* json : {R"(["orders-api",1])", R"([1,"orders-api"])", R"(["orders-api",null])",
                           R"(["orders-api",["orders-api"]])", R"({"0":"orders-api"})"}) {
    CAPTURE(json);
    CHECK(with(json) == "invalid_claim");
  }
}

TEST_CASE("required claims must be there", "[attack-102][attack-116][attack-121]") {
  for (const char* name : {"exp", "iss", "aud"}) {
    CAPTURE(name);
    CHECK(answer([&](auto& t) { t.claim(name, ""); }) == "missing_claim");
  }
  jwks::ValidationOptions options = test::options();
  options.required_claims = {"tenant"};
  CHECK(refusal(token(es256()).build().value(), es256_set(), test::policy(options)).subject() ==
        "tenant");
}

TEST_CASE("the issuer is compared byte for byte",
          "[attack-096][attack-117][attack-118][attack-119][claim-74]") {
  for (const char* issuer :
       {"https://issuer.example/", "https://issuer.example:443", "HTTPS://issuer.example",
        "https://issuer.exampl", "https://issuer.example.evil", "https://issuer.example1",
        "https://%69ssuer.example", "https://issuer.example\\u0000.evil", "issuer.example",
        "https://issu\xd0\xb5r.example", "https://xn--issur-4of.example", ""}) {
    CAPTURE(issuer);
    CHECK(answer([&](auto& t) { t.claim("iss", json_quoted(issuer)); }) == "wrong_issuer");
  }
}

TEST_CASE("one audience must match, byte for byte",
          "[attack-122][attack-123][attack-124][attack-125][attack-127]") {
  for (const char* value :
       {R"("orders-api1")", R"("orders")", R"("my-orders-api")", R"("ORDERS-API")",
        R"("orders-api/")", R"("orders-api,x")", R"("")", "[]", R"([""])", R"("*")", R"(".*")",
        R"("(o+)+r.*$")", R"("orders-api\u0000")", R"(["a","b"])"}) {
    CAPTURE(value);
    CHECK(answer([&](auto& t) { t.claim("aud", value); }) == "wrong_audience");
  }
  const auto text = token(es256()).claim("aud", R"(["other","orders-api"])").build().value();
  const auto accepted = jwks::verify(text, es256_set(), test::policy(), kNow);
  REQUIRE(accepted);
  CHECK(accepted->claims().audiences() == std::vector<std::string_view>{"other", "orders-api"});
}

TEST_CASE("a token names at most 64 audiences") {
  const auto with = [](int count) {
    std::string list = "[\"orders-api\"";
    for (int i = 1; i < count; ++i) list += ",\"a\"";
    return token(es256()).claim("aud", list + "]").build().value();
  };
  CHECK(jwks::verify(with(63), es256_set(), test::policy(), kNow).has_value());
  CHECK(jwks::verify(with(64), es256_set(), test::policy(), kNow).has_value());
  CHECK(refusal(with(65), es256_set()).code() == ErrorCode::invalid_claim);
}

TEST_CASE("age and lifetime are limited when asked for", "[attack-112][attack-114][claim-75]") {
  using std::chrono::seconds;
  jwks::ValidationOptions options = test::options();
  options.max_token_age = seconds(300);
  const auto code = [&](const TokenBuilder& builder) {
    const auto result =
        jwks::verify(builder.build().value(), es256_set(), test::policy(options), kNow);
    return result ? std::string("accepted") : std::string(to_string(result.error().code()));
  };
  CHECK(code(token(es256()).claim("iat", "")) == "missing_claim");
  CHECK(code(token(es256()).claim("iat", kNow - seconds(360))) == "accepted");
  CHECK(code(token(es256()).claim("iat", kNow - seconds(361))) == "too_old");
  options.max_token_age.reset();
  options.max_lifetime = seconds(310);
  CHECK(code(token(es256())) == "accepted");
  options.max_lifetime = seconds(309);
  CHECK(code(token(es256())) == "invalid_claim");
}

TEST_CASE("claims are read by the type that is expected") {
  const auto text = token(es256())
                        .claim("n", "12")
                        .claim("d", "1.5")
                        .claim("b", "true")
                        .claim("l", R"(["x","y"])")
                        .claim("o", R"({"a":{"b":[1]}})")
                        .claim("scope", json_quoted("read write"))
                        .build()
                        .value();
  const auto verified = jwks::verify(text, es256_set(), test::policy(), kNow);
  REQUIRE(verified);
  const jwks::Claims claims = verified->claims();
  CHECK(claims.integer("n").value() == 12);
  CHECK(claims.number("d").value() == 1.5);
  CHECK(claims.boolean("b").value());
  CHECK(claims.strings("l").value() == std::vector<std::string_view>{"x", "y"});
  CHECK(claims.find("o")->find("a")->find("b")->text() == "[1]");
  CHECK(claims.string("n").error().code() == ErrorCode::invalid_claim);
  CHECK(claims.string("absent").error().code() == ErrorCode::missing_claim);
  CHECK(claims.has_scope("read"));
  CHECK(claims.has_scope("write"));
  CHECK_FALSE(claims.has_scope("rea"));
  CHECK_FALSE(claims.has_scope("read write"));
  CHECK_FALSE(claims.has_scope(""));
  CHECK(claims.expires_at()->floor().time_since_epoch() == std::chrono::seconds(1'750'000'300));
  CHECK(claims.json().starts_with("{\"iss\""));
}

TEST_CASE("the expected subject is compared byte for byte", "[attack-096][attack-129]") {
  jwks::ValidationOptions options = test::options();
  options.subject = "alice";
  const auto with = [&](const char* json) {
    const auto result = jwks::verify(token(es256()).claim("sub", json).build().value(), es256_set(),
                                     test::policy(options), kNow);
    if (result) return std::string("accepted");
    CHECK(result.error().subject() == "sub");
    return std::string(to_string(result.error().code()));
  };
  CHECK(with(R"("alice")") == "accepted");
  CHECK(with("") == "missing_claim");
  for (const char* json : {R"("")", R"("Alice")", R"("alice ")", R"("alic")", R"("alice2")",
                           R"("alice\u0000")", R"("al\u0069ce2")", "1", R"(["alice"])"}) {
    CAPTURE(json);
    CHECK(with(json) == "invalid_claim");
  }
}

TEST_CASE("claims in other letters are other claims", "[attack-100]") {
  for (const auto& [name, other] : std::vector<std::pair<const char*, const char*>>{
           {"exp", "EXP"}, {"iss", "Iss"}, {"aud", "Aud"}}) {
    CAPTURE(name);
    auto builder = token(es256()).claim(name, "");
    const std::string value =
        std::string(name) == "exp" ? "1750000300" : json_quoted(test::kIssuer);
    const auto error = refusal(builder.claim(other, value).build().value(), es256_set());
    CHECK(error.code() == ErrorCode::missing_claim);
    CHECK(error.subject() == name);
  }
  CHECK(answer([](auto& t) { t.header("alg", "").header("ALG", json_quoted("ES256")); }) ==
        "invalid_header");
}

TEST_CASE("huge and tiny numbers are dates or none, never something else", "[attack-090]") {
  const auto code = [](const char* claim, const std::string& number) {
    const auto text = token(es256()).claim("iat", "").claim(claim, number).build().value();
    const auto result = jwks::verify(text, es256_set(), test::policy(), kNow);
    return result ? std::string("accepted") : std::string(to_string(result.error().code()));
  };
  for (const std::string& number :
       {std::string("1e400"), std::string("1E+9999999"), std::string(400, '9'),
        "1" + std::string(399, '0'), std::string("1e99999999999999999999")}) {
    CAPTURE(number);
    for (const char* claim : {"exp", "nbf", "iat"}) CHECK(code(claim, number) == "invalid_claim");
  }
  for (const char* number : {"0", "-0", "-0.0", "1e-400", "0e999999999999"}) {
    CAPTURE(number);
    CHECK(code("exp", number) == "expired");
    CHECK(code("nbf", number) == "accepted");
  }
  CHECK(code("exp", "1750000300" + std::string(300, '0') + "e-300") == "accepted");
  CHECK(code("exp", "0." + std::string(300, '0') + "17500003e308") == "expired");
  CHECK(code("exp", "0." + std::string(300, '0') + "17500003e310") == "accepted");
}

TEST_CASE("the skew is what the policy says, from 0 to 600 s", "[attack-104]") {
  using std::chrono::seconds;
  for (const seconds skew : {seconds(0), seconds(1), seconds(599), seconds(600)}) {
    CAPTURE(skew.count());
    jwks::ValidationOptions options = test::options();
    options.clock_skew = skew;
    const auto code = [&](const char* claim, seconds value) {
      const auto result =
          jwks::verify(token(es256()).claim("iat", "").claim(claim, kNow + value).build().value(),
                       es256_set(), test::policy(options), kNow);
      return result ? std::string("accepted") : std::string(to_string(result.error().code()));
    };
    CHECK(code("exp", -skew) == "expired");
    CHECK(code("exp", -skew + seconds(1)) == "accepted");
    CHECK(code("nbf", skew) == (skew < seconds(300) ? "accepted" : "invalid_claim"));
    CHECK(code("nbf", skew + seconds(1)) == "not_yet_valid");
  }
}

TEST_CASE("a token issued after it expires is from the future", "[attack-111]") {
  CHECK(answer([](auto& t) { t.claim("iat", "1750000050").claim("exp", "1750000049"); }) ==
        "issued_in_future");
  CHECK(answer([](auto& t) { t.claim("iat", kNow + std::chrono::hours(1)); }) ==
        "issued_in_future");
}

TEST_CASE("a token of an extreme lifetime or age is judged without overflow", "[attack-109]") {
  using std::chrono::seconds;
  jwks::ValidationOptions options = test::options();
  options.clock_skew = seconds(600);
  options.max_lifetime = std::chrono::hours(24 * 365 * 100);
  options.max_token_age = options.max_lifetime;
  const auto code = [&](const char* iat, const char* exp, auto now) {
    const auto text = token(es256()).claim("iat", iat).claim("exp", exp).build().value();
    const auto result = jwks::verify(text, es256_set(), test::policy(options), now);
    return result ? std::string("accepted") : std::string(to_string(result.error().code()));
  };
  using Time = std::chrono::system_clock::time_point;
  CHECK(code("253402300799", "253402300799", Time::max()) == "issued_in_future");
  CHECK(code("0", "253402300799", kNow) == "invalid_claim");
  CHECK(code("0", "3153600000", kNow) == "accepted");
  CHECK(code("0", "0", Time::min()) == "accepted");
}

TEST_CASE("a policy without an issuer or an audience leaves them open, but not their types") {
  jwks::ValidationOptions options{.allow_any_issuer = true, .allow_any_audience = true};
  const auto code = [&](const char* claim, const char* json) {
    const auto result = jwks::verify(token(es256()).claim(claim, json).build().value(), es256_set(),
                                     test::policy(options), kNow);
    return result ? std::string("accepted") : std::string(to_string(result.error().code()));
  };
  for (const char* claim : {"iss", "aud"}) {
    CHECK(code(claim, "") == "accepted");
    CHECK(code(claim, "\"anything\"") == "accepted");
    CHECK(code(claim, "1") == "invalid_claim");
  }
  options.require_expiration = false;
  CHECK(code("exp", "") == "accepted");
  CHECK(code("exp", "1") == "expired");
  CHECK(code("exp", "null") == "invalid_claim");
}

TEST_CASE("claims nest 32 levels deep, and an object has 256 members, exactly",
          "[attack-087][attack-088]") {
  const auto code = [](const char* claim, const std::string& json) {
    const auto result = jwks::verify(token(es256()).claim(claim, json).build().value(), es256_set(),
                                     test::policy(), kNow);
    return result ? std::string("accepted") : std::string(to_string(result.error().code()));
  };
  // The Claims Set itself is one level.
  const auto nested = [](std::size_t depth) {
    return std::string(depth - 1, '[') + std::string(depth - 1, ']');
  };
  CHECK(code("x", nested(31)) == "accepted");
  CHECK(code("x", nested(32)) == "accepted");
  CHECK(code("x", nested(33)) == "bad_json");

  const auto members = [](int count) {
    std::string json = "{\"0\":0";
    for (int i = 1; i < count; ++i) json += ",\"" + std::to_string(i) + "\":0";
    return json + "}";
  };
  CHECK(code("x", members(255)) == "accepted");
  CHECK(code("x", members(256)) == "accepted");
  CHECK(code("x", members(257)) == "too_large");
}

TEST_CASE("a token that is accepted once has a name", "[attack-134]") {
  jwks::ValidationOptions options = test::options();
  options.replay_cache = jwks::make_memory_replay_cache().value();
  const auto code = [&](const char* jti) {
    const auto text = token(es256()).claim("jti", jti).build().value();
    const auto result = jwks::verify(text, es256_set(), test::policy(options), kNow);
    return result ? std::string("accepted") : std::string(to_string(result.error().code()));
  };
  CHECK(code("") == "missing_claim");
  CHECK(code("\"\"") == "invalid_claim");
  CHECK(code("1") == "invalid_claim");
  CHECK(code("\"a\"") == "accepted");
  CHECK(code("\"a\"") == "replayed");
}
