// Attacks through the two JSON documents of a token. Each faulty text stands in the header and in
// the payload of a token whose signature holds, so that nothing but the text can be the reason of a
// refusal.

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "attacks/allocations.hpp"
#include "support/catch.hpp"
#include "support/tokens.hpp"

using test::es256;
using test::es256_set;
using test::json_quoted;
using test::kNow;
using test::token;
using test::TokenBuilder;

namespace {

struct Answer {
  std::string code;
  std::string subject;
  std::size_t bytes;  ///< allocated meanwhile
};

Answer judge(const TokenBuilder& builder) {
  static const jwks::JwkSet keys = es256_set();
  static const jwks::ValidationPolicy policy = test::policy();
  const std::string text = builder.build().value();
  const test::Allocations allocations;
  const auto result = jwks::verify(text, keys, policy, kNow);
  const std::size_t bytes = allocations.bytes();
  if (result) return {"accepted", "", bytes};
  return {std::string(to_string(result.error().code())), std::string(result.error().subject()),
          bytes};
}

constexpr std::string_view kHeader = R"("alg":"ES256","kid":"ES256-0")";

/// The index of a header of 4 KiB has at most so many bytes; that of a usual one costs none.
constexpr std::size_t kLargestIndex = std::size_t{64} * 1024;

/// The answers to a text as the whole header and as the whole payload.
void check_whole(const std::string& text, const std::string& code, std::size_t header_bytes = 0) {
  CAPTURE(text.substr(0, 60), text.size());
  const Answer header = judge(token(es256()).raw_header(text));
  CHECK(header.code == code);
  CHECK(header.subject == "header");
  CHECK(header.bytes <= header_bytes);
  const Answer payload = judge(token(es256()).raw_payload(text));
  CHECK(payload.code == code);
  CHECK(payload.subject == "payload");
}

/// The same for a text that stands as a value, in an otherwise good header or payload.
void check_value(const std::string& text, const std::string& code) {
  CAPTURE(text.substr(0, 60), text.size());
  const std::string member = ",\"x\":" + text + "}";
  const Answer header = judge(token(es256()).raw_header("{" + std::string(kHeader) + member));
  CHECK(header.code == code);
  CHECK(header.bytes == 0);
  CHECK(judge(token(es256()).claim("x", text)).code == code);
}

std::string repeated(std::string_view text, std::size_t times) {
  std::string all;
  for (std::size_t i = 0; i < times; ++i) all += text;
  return all;
}

std::string utf16(std::string_view ascii, bool big_endian) {
  std::string text;
  for (const char c : ascii) {
    text += big_endian ? '\0' : c;
    text += big_endian ? c : '\0';
  }
  return text;
}

std::string utf32(std::string_view ascii) {
  std::string text;
  for (const char c : ascii) text.append(1, c).append(3, '\0');
  return text;
}

}  // namespace

TEST_CASE("parameters of encryption in a signed token's header have no effect", "[attack-080]") {
  const std::pair<const char*, const char*> parameters[] = {
      {"zip", "\"DEF\""},  {"enc", "\"A128GCM\""},     {"p2c", "2147483647"},
      {"p2s", "\"AAAA\""}, {"epk", R"({"kty":"EC"})"}, {"apu", "\"AA\""},
      {"iv", "\"AA\""},    {"tag", "\"AA\""},
  };
  for (const auto& [name, json] : parameters) {
    CAPTURE(name);
    CHECK(judge(token(es256()).header(name, json)).code == "accepted");
  }
  // "zip" inflates nothing: these are the DEFLATE bytes of "{}".
  const auto deflated =
      token(es256()).header("zip", "\"DEF\"").raw_payload(std::string("\xab\xae\x05\x00", 4));
  CHECK(judge(deflated).code == "bad_json");
}

TEST_CASE("a header parameter that stands twice is refused, whichever comes first",
          "[attack-082][attack-084]") {
  for (const char* members :
       {R"("alg":"none","alg":"ES256")", R"("alg":"ES256","alg":"none")",
        R"("alg":"ES256","\u0061lg":"none")", R"("alg":"ES256","kid":"a","kid":"ES256-0")",
        R"("alg":"ES256","typ":"JWT","typ":"at+jwt")", R"("alg":"ES256","crit":["x"],"crit":[])",
        R"("alg":"ES256","x":1,"x":1)", R"("alg":"ES256","jwk":{"kty":"EC","kty":"oct"})"}) {
    CAPTURE(members);
    const Answer answer = judge(token(es256()).raw_header("{" + std::string(members) + "}"));
    CHECK(answer.code == "duplicate_member");
    CHECK(answer.bytes == 0);
  }
}

TEST_CASE("a claim that stands twice is refused, at any depth and however it is spelled",
          "[attack-083][attack-084][attack-085]") {
  for (const char* name : {"iss", "aud", "sub", "exp", "x"}) {
    CAPTURE(name);
    CHECK(judge(token(es256()).duplicate_claim(name, "1").duplicate_claim(name, "1")).code ==
          "duplicate_member");
  }
  for (const char* payload : {R"({"exp":1,"\u0065xp":9999999999})", R"({"iss":"a","i\u0073s":"b"})",
                              R"({"a/b":1,"a\/b":2})", R"({"":1,"":2})",
                              R"({"cnf":{"jkt":"a","jkt":"b"}})", R"([{"a":[{"b":1,"b":2}]}])"}) {
    CAPTURE(payload);
    CHECK(judge(token(es256()).raw_payload(payload)).code == "duplicate_member");
  }
}

TEST_CASE("deep nesting is refused without recursion into it", "[attack-087]") {
  check_whole(repeated("[", 3000), "bad_json", kLargestIndex);
  check_whole(repeated("{\"a\":", 600), "bad_json", kLargestIndex);
  check_whole(repeated("[{\"a\":", 400), "bad_json", kLargestIndex);
  CHECK(judge(token(es256()).raw_payload(repeated("[", 12'000))).code == "bad_json");
  CHECK(judge(token(es256()).raw_payload(repeated("[", 1'000'000))).code == "too_large");

  const auto nested = [](std::size_t depth) { return repeated("[", depth) + repeated("]", depth); };
  CHECK(judge(token(es256()).claim("x", nested(30))).code == "accepted");
  CHECK(judge(token(es256()).claim("x", nested(31))).code == "accepted");
  CHECK(judge(token(es256()).claim("x", nested(32))).code == "bad_json");
}

TEST_CASE("a header nests 32 levels deep and has 256 members, exactly",
          "[attack-087][attack-088]") {
  const auto header = [](const std::string& more) {
    return judge(token(es256()).raw_header("{" + std::string(kHeader) + more + "}")).code;
  };
  // The header itself is one level.
  const auto nested = [&](std::size_t depth) {
    return header(",\"x\":" + repeated("[", depth - 1) + repeated("]", depth - 1));
  };
  CHECK(nested(31) == "accepted");
  CHECK(nested(32) == "accepted");
  CHECK(nested(33) == "bad_json");
  // "alg" and "kid" are two.
  const auto members = [&](std::size_t count) {
    std::string more;
    for (std::size_t i = 2; i < count; ++i) more += "," + json_quoted(std::to_string(i)) + ":0";
    return header(more);
  };
  CHECK(members(255) == "accepted");
  CHECK(members(256) == "accepted");
  CHECK(members(257) == "too_large");
}

TEST_CASE("members are limited, and items by the size of the token", "[attack-088]") {
  // Five claims are there already.
  const auto with_members = [](std::size_t count) {
    TokenBuilder builder = token(es256());
    for (std::size_t i = 5; i < count; ++i) builder.duplicate_claim(std::to_string(i), "0");
    return judge(builder).code;
  };
  CHECK(with_members(255) == "accepted");
  CHECK(with_members(256) == "accepted");
  CHECK(with_members(257) == "too_large");

  std::string many = "[" + json_quoted(test::kAudience) + repeated(",\"a\"", 2500) + "]";
  CHECK(judge(token(es256()).claim("aud", many)).code == "invalid_claim");
  CHECK(judge(token(es256()).claim("x", "[" + repeated("[],", 3000) + "[]]")).code == "accepted");
  CHECK(judge(token(es256()).claim("x", "[" + repeated("[],", 100'000) + "[]]")).code ==
        "too_large");

  const Answer header =
      judge(token(es256()).header("x", "[" + repeated("0,", 2000) + "0]").header("kid", "1"));
  CHECK(header.code == "invalid_header");
  CHECK(header.bytes <= kLargestIndex);
}

TEST_CASE("names that collide in common hashes are told apart", "[attack-089]") {
  // "Aa" and "BB" have the same hash in Java's String; so have all joins of eight of them.
  std::vector<std::string> names;
  for (unsigned bits = 0; bits < 256; ++bits) {
    std::string name;
    for (unsigned i = 0; i < 8; ++i) name += (bits >> i & 1U) != 0 ? "Aa" : "BB";
    names.push_back(name);
  }
  const auto object = [](const std::vector<std::string>& members) {
    std::string text = "{";
    for (const std::string& name : members) {
      text.append(text.size() > 1 ? "," : "").append(json_quoted(name)).append(":0");
    }
    return text + "}";
  };
  CHECK(judge(token(es256()).claim("x", object(names))).code == "accepted");
  names.back() = names.front();
  CHECK(judge(token(es256()).claim("x", object(names))).code == "duplicate_member");
}

TEST_CASE("huge numbers are refused where they count, and harmless elsewhere", "[attack-090]") {
  for (const std::string& number :
       {std::string("1e400"), std::string("1E+9999999"), std::string(400, '9'),
        std::string("-1e-400"), std::string("-1"), "1e" + std::string(400, '9')}) {
    CAPTURE(number.substr(0, 20));
    for (const char* claim : {"exp", "nbf", "iat"}) {
      CHECK(judge(token(es256()).claim(claim, number)).code == "invalid_claim");
    }
    CHECK(judge(token(es256()).claim("x", number)).code == "accepted");
  }
  CHECK(judge(token(es256()).claim("exp", "-0")).code == "expired");
  CHECK(judge(token(es256()).claim("exp", "1e-400")).code == "expired");
}

TEST_CASE("what is no JSON number or literal is refused", "[attack-091][attack-098]") {
  for (const char* text :
       {"NaN", "Infinity", "-Infinity", "0x10", "01", "-01", "+1", ".5", "1.", "1e", "1e+", "-",
        "True", "NULL", "undefined", "nul", "1_000", "1,000e"}) {
    check_value(text, "bad_json");
  }
}

TEST_CASE("text that is not UTF-8 is refused", "[attack-092][attack-095]") {
  for (const char* bytes : {"\xff", "\xfe", "\xc0\x80", "\xe0\x80\xaf", "\xf0\x80\x80\xaf",
                            "\xed\xa0\x80", "\xed\xbf\xbf", "\xf4\x90\x80\x80", "\xf8\x88\x80\x80",
                            "\xc3", "\xe2\x82", "\xf0\x9f\x98", "\x80", "\xc3("}) {
    check_value("\"" + std::string(bytes) + "\"", "bad_json");
    check_whole("{\"" + std::string(bytes) + "\":1}", "bad_json");
  }
}

TEST_CASE("surrogates that don't pair are refused", "[attack-093]") {
  for (const char* escapes :
       {R"(\ud800)", R"(\udc00)", R"(\udc00\ud800)", R"(\ud800\ud800)", R"(\ud800x)", R"(\ud800\n)",
        R"(\uD83D\u0041)", R"(\ud83d\ude)", R"(\u12)", R"(\u)", R"(\uzzzz)"}) {
    check_value(json_quoted(escapes), "bad_json");
    for (const char* claim : {"iss", "sub", "aud"}) {
      CHECK(judge(token(es256()).claim(claim, json_quoted(escapes))).code == "bad_json");
    }
    CHECK(judge(token(es256()).header("kid", json_quoted(escapes))).code == "bad_json");
  }
}

TEST_CASE("a byte order mark and other encodings are refused", "[attack-094][attack-095]") {
  const std::string header = "{" + std::string(kHeader) + "}";
  for (const std::string& text :
       {"\xef\xbb\xbf" + header, utf16(header, true), utf16(header, false),
        "\xfe\xff" + utf16(header, true), "\xff\xfe" + utf16(header, false), utf32(header)}) {
    check_whole(text, "bad_json");
  }
}

TEST_CASE("a NUL is a character like any other, and ends no comparison",
          "[attack-037][attack-096]") {
  const auto code = [](const char* name, const std::string& value) {
    return judge(token(es256()).claim(name, json_quoted(value))).code;
  };
  CHECK(code("iss", std::string(test::kIssuer) + "\\u0000.evil") == "wrong_issuer");
  CHECK(code("iss", std::string(test::kIssuer) + "\\u0000") == "wrong_issuer");
  CHECK(code("aud", std::string(test::kAudience) + "\\u0000x") == "wrong_audience");
  CHECK(judge(token(es256()).header("typ", R"("JWT\u0000x")")).code == "wrong_type");
  CHECK(judge(token(es256()).header("alg", R"("ES256\u0000x")")).code == "alg_not_allowed");
  CHECK(judge(token(es256()).header("kid", R"("ES256-0\u0000x")")).code == "unknown_key");
  // Unescaped it is a control character.
  check_value(std::string("\"a\0b\"", 5), "bad_json");
}

TEST_CASE("nothing follows the object", "[attack-097]") {
  const std::string header = "{" + std::string(kHeader) + "}";
  for (const std::string& rest :
       {std::string("{}"), header, std::string(" x"), std::string(1, '\0'), std::string("}"),
        std::string(","), std::string("null")}) {
    check_whole(header + rest, "bad_json");
  }
  CHECK(judge(token(es256()).raw_header(" \t\r\n" + header + " \t\r\n")).code == "accepted");
}

TEST_CASE("lax syntax is refused", "[attack-098]") {
  for (const char* text : {"{/**/}",
                           "{}//",
                           "{\"a\":1,}",
                           "{'a':1}",
                           "{a:1}",
                           "{\"a\":1 \"b\":2}",
                           "{\"a\" 1}",
                           "{\"a\":}",
                           "{,}",
                           "{\"a\":1,,\"b\":2}",
                           "{\"a\":'b'}",
                           "{\"a\":\"\t\"}",
                           "{\"a\":\"\n\"}",
                           "{\"a\":\"\\x41\"}",
                           "{\"a\":\"\\'\"}",
                           "{\"a\":[1,]}",
                           "{\"a\":\x01}",
                           "{\"a\":1;}",
                           "{\"a\":1",
                           "{\"a",
                           "{\x0b}",
                           "{\xc2\xa0}"}) {
    check_whole(text, "bad_json");
  }
}

TEST_CASE("header and payload are objects", "[attack-099]") {
  for (const char* text : {"[]", "\"s\"", "1", "null", "true", "false", " ", "\t\n", "[{}]"}) {
    check_whole(text, "bad_json");
  }
}

TEST_CASE("names of members are case-sensitive", "[attack-100]") {
  for (const char* name : {"ISS", "Iss", "EXP", "Exp", "AUD", "Aud"}) {
    std::string lower(name);
    std::ranges::transform(lower, lower.begin(),
                           [](char c) { return c < 'a' ? static_cast<char>(c + 32) : c; });
    CAPTURE(name);
    const Answer answer =
        judge(token(es256()).claim(lower, "").claim(name, "\"https://issuer.example\""));
    CHECK(answer.code == "missing_claim");
    CHECK(answer.subject == lower);
  }
  for (const char* name : {"ALG", "Alg", "aLg"}) {
    const Answer answer =
        judge(token(es256()).raw_header("{" + json_quoted(name) + R"(:"ES256","kid":"ES256-0"})"));
    CHECK(answer.code == "invalid_header");
    CHECK(answer.subject == "alg");
  }
  CHECK(judge(token(es256()).header("KID", "\"x\"")).code == "accepted");
}
