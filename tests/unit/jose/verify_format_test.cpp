// The form of a token: segments, base64url, header, JSON, typ.

#include "jwks/verify.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include "support/catch.hpp"
#include "support/tokens.hpp"

using jwks::ErrorCode;
using jwks::JwkSet;
using test::answer;
using test::es256;
using test::es256_set;
using test::json_quoted;
using test::kNow;
using test::refusal;
using test::token;

TEST_CASE("a header without a proper alg is malformed", "[attack-006][attack-007]") {
  for (const char* value : {"", "256", "null", "true", "[\"ES256\"]", "{\"a\":1}", "\"\""}) {
    CAPTURE(value);
    CHECK(answer([&](auto& t) { t.header("alg", value); }) == "invalid_header");
  }
}

TEST_CASE("anything but three segments is malformed",
          "[attack-057][attack-058][attack-059][attack-060][attack-061][attack-071]") {
  const JwkSet set = es256_set();
  const std::string good = token(es256()).build().value();
  const auto first = good.find('.');
  const auto second = good.rfind('.');
  for (const std::string& text :
       {std::string{}, std::string("."), std::string(".."), std::string("..."), good + ".",
        "." + good, good.substr(0, second), good.substr(0, first), good + ".AA",
        good.substr(0, first) + ".." + good.substr(second + 1), good.substr(first),
        std::string(16000, '.'), std::string("{\"protected\":\"a\",\"payload\":\"b\"}")}) {
    CAPTURE(text.substr(0, 40));
    CHECK(refusal(text, set).code() == ErrorCode::not_three_segments);
  }
  CHECK(refusal(good.substr(0, second + 1), set).code() == ErrorCode::bad_signature);
}

TEST_CASE("characters that are no base64url are refused in each segment",
          "[attack-051][attack-053][attack-054][attack-065]") {
  const JwkSet set = es256_set();
  const std::string good = token(es256()).build().value();
  const std::size_t places[] = {
      0, 5, good.find('.'), good.find('.') + 1, good.rfind('.'), good.rfind('.') + 1, good.size()};
  for (const char* extra :
       {"=", "+", "/", " ", "\t", "\n", "\r\n", "?", "%", "\"", "\xc2\xa0", "\x80", ","}) {
    for (const std::size_t place : places) {
      CAPTURE(extra, place);
      CHECK(refusal(good.substr(0, place) + extra + good.substr(place), set).code() ==
            ErrorCode::bad_base64url);
    }
  }
  CHECK(refusal("Bearer " + good, set).code() == ErrorCode::bad_base64url);
  CHECK(refusal(good + std::string(1, '\0'), set).code() == ErrorCode::bad_base64url);
}

TEST_CASE("a token is limited to 16 KiB and its header to 4 KiB, exactly", "[attack-066]") {
  const JwkSet set = es256_set();
  const auto sized = [](std::size_t bytes) {
    const auto with_filler = [](std::size_t filler) {
      return token(es256()).claim("filler", json_quoted(std::string(filler, 'x'))).build().value();
    };
    // Three bytes of payload are four characters; one more or less hits the remainder.
    std::size_t filler = (bytes - with_filler(0).size()) / 4 * 3;
    while (with_filler(filler).size() < bytes) ++filler;
    while (with_filler(filler).size() > bytes) --filler;
    return with_filler(filler);
  };
  std::size_t largest = 0;
  for (std::size_t bytes = jwks::kMaxTokenBytes - 3; bytes <= jwks::kMaxTokenBytes; ++bytes) {
    const std::string text = sized(bytes);
    largest = std::max(largest, text.size());
    CHECK(jwks::verify(text, set, test::policy(), kNow).has_value());
  }
  CHECK(largest == jwks::kMaxTokenBytes);
  // The next that is a token, without fault but for its size.
  std::string next = sized(jwks::kMaxTokenBytes + 1);
  if (next.size() <= jwks::kMaxTokenBytes) next = sized(jwks::kMaxTokenBytes + 2);
  REQUIRE(next.size() > jwks::kMaxTokenBytes);
  REQUIRE(next.size() <= jwks::kMaxTokenBytes + 2);
  CHECK(refusal(next, set).code() == ErrorCode::too_large);
  CHECK(refusal(std::string(jwks::kMaxTokenBytes + 1, 'A'), set).code() == ErrorCode::too_large);
  CHECK(refusal(std::string(jwks::kMaxTokenBytes, 'A'), set).code() ==
        ErrorCode::not_three_segments);

  const auto header_of = [&](std::size_t bytes) {
    const std::string start = R"({"alg":"ES256","kid":"ES256-0","x":")";
    return token(es256())
        .raw_header(start + std::string(bytes - start.size() - 2, 'x') + "\"}")
        .build()
        .value();
  };
  CHECK(jwks::verify(header_of(jwks::kMaxHeaderBytes - 1), set, test::policy(), kNow).has_value());
  CHECK(jwks::verify(header_of(jwks::kMaxHeaderBytes), set, test::policy(), kNow).has_value());
  CHECK(refusal(header_of(jwks::kMaxHeaderBytes + 1), set).code() == ErrorCode::too_large);
}

TEST_CASE("crit and b64 are refused, badly formed ones as malformed",
          "[attack-068][attack-069][attack-070][attack-074][attack-075][attack-076][attack-077]["
          "attack-078][attack-079][claim-52]") {
  const auto crit = [](const char* value, const char* name = "x", const char* extra = "1") {
    return answer([&](auto& t) { t.header("crit", value).header(name, extra); });
  };
  CHECK(crit(R"(["x"])") == "crit_unsupported");
  CHECK(answer([](auto& t) {
          t.header("crit", R"(["x","y"])").header("x", "1").header("y", "1");
        }) == "crit_unsupported");
  const auto many = [](int count) {
    return answer([count](auto& t) {
      std::string list;
      for (int i = 0; i < count; ++i) {
        const std::string name = "x" + std::to_string(i);
        t.header(name, "1");
        list += (i == 0 ? "" : ",") + test::json_quoted(name);
      }
      t.header("crit", "[" + list + "]");
    });
  };
  CHECK(many(16) == "crit_unsupported");
  CHECK(many(17) == "invalid_header");
  CHECK(crit(R"(["exp"])", "exp") == "crit_unsupported");
  CHECK(crit(R"(["cnf"])", "cnf", R"({"jkt":"a"})") == "crit_unsupported");
  CHECK(crit(R"(["b64"])", "b64", "false") == "crit_unsupported");
  CHECK(crit(R"(["b64"])", "b64", "true") == "crit_unsupported");
  for (const char* value :
       {"[]", R"(["x","x"])", R"(["alg"])", R"(["kid"])", R"(["crit"])", R"(["absent"])",
        R"(["x","absent"])", "\"x\"", "null", "{}", "[1]", "[null]", R"([""])", R"(["x",1])"}) {
    CAPTURE(value);
    CHECK(crit(value) == "invalid_header");
  }
  CHECK(crit(R"(["b64","b64"])", "b64", "false") == "invalid_header");
  for (const char* name : {"typ", "cty", "jku", "jwk", "x5u", "x5c", "x5t", "x5t#S256"}) {
    CAPTURE(name);
    const std::string type = std::string(name) == "jwk" ? "{}" : name[2] == 'c' ? "[]" : "\"JWT\"";
    CHECK(crit(("[" + json_quoted(name) + "]").c_str(), name, type.c_str()) == "invalid_header");
  }
  CHECK(answer([](auto& t) { t.header("b64", "false"); }) == "crit_unsupported");
  for (const char* value : {"\"false\"", "0", "null"}) {
    CHECK(answer([&](auto& t) { t.header("b64", value); }) == "invalid_header");
  }
}

TEST_CASE("header parameters of a wrong type are malformed", "[attack-081]") {
  for (const auto& [name, value] :
       std::vector<std::pair<const char*, const char*>>{{"typ", "1"},
                                                        {"cty", "[]"},
                                                        {"x5c", "\"a\""},
                                                        {"x5c", "[1]"},
                                                        {"jku", "1"},
                                                        {"jwk", "\"a\""},
                                                        {"x5t", "{}"}}) {
    CAPTURE(name, value);
    CHECK(answer([&](auto& t) { t.header(name, value); }) == "invalid_header");
  }
  // The first one is named, whatever follows.
  for (const char* rest : {R"("kid":"a")", R"("kid":7)"}) {
    CAPTURE(rest);
    const auto text = token(es256())
                          .raw_header(R"({"alg":"ES256","typ":1,)" + std::string(rest) + "}")
                          .build()
                          .value();
    CHECK(test::refusal(text, test::es256_set()).subject() == "typ");
  }
}

TEST_CASE("header and payload are strict JSON objects",
          "[attack-082][attack-083][attack-084][attack-085][attack-099][claim-77]") {
  CHECK(answer([](auto& t) { t.duplicate_header("alg", json_quoted("none")); }) ==
        "duplicate_member");
  CHECK(answer([](auto& t) { t.duplicate_claim("exp", "9999999999"); }) == "duplicate_member");
  CHECK(answer([](auto& t) { t.raw_payload(R"({"exp":1,"\u0065xp":9999999999})"); }) ==
        "duplicate_member");
  CHECK(answer([](auto& t) { t.claim("cnf", R"({"jkt":"a","jkt":"b"})"); }) == "duplicate_member");
  for (const char* text :
       {"[]", "\"s\"", "1", "null", "true", " ", "{}{}", "{\"a\":1,}", "\xef\xbb\xbf{}"}) {
    CAPTURE(text);
    CHECK(answer([&](auto& t) { t.raw_payload(text); }) == "bad_json");
    CHECK(answer([&](auto& t) { t.raw_header(text); }) == "bad_json");
  }
}

TEST_CASE("typ must be of the profile", "[attack-135][attack-137][attack-138][claim-76]") {
  jwks::ValidationOptions access = test::options();
  access.profile = jwks::TokenProfile::access_token;
  const auto accepted = [](const std::string& typ, const jwks::ValidationOptions& options) {
    auto builder =
        token(es256()).claim("client_id", json_quoted("c")).claim("jti", json_quoted("j"));
    if (!typ.empty()) builder.header("typ", json_quoted(typ));
    const auto result =
        jwks::verify(builder.build().value(), es256_set(), test::policy(options), kNow);
    if (!result) CHECK(result.error().code() == ErrorCode::wrong_type);
    return result.has_value();
  };
  for (const char* typ : {"at+jwt", "AT+JWT", "application/at+jwt", "Application/AT+jwt"}) {
    CAPTURE(typ);
    CHECK(accepted(typ, access));
    CHECK(accepted(typ, test::options()));
  }
  for (const char* typ : {"", "JWT", "jwt", "application/jwt"}) {
    CAPTURE(typ);
    CHECK_FALSE(accepted(typ, access));
    CHECK(accepted(typ, test::options()));
  }
  for (const char* typ : {"at+jwt;x=1", "at+jwt ", "xapplication/at+jwt", "application/",
                          "dpop+jwt", "logout+jwt", "secevent+jwt", "id_token", "at+jwt\\u0000"}) {
    CAPTURE(typ);
    CHECK_FALSE(accepted(typ, access));
    CHECK_FALSE(accepted(typ, test::options()));
  }
}
