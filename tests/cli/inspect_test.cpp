// `jwks inspect`: what it shows of tokens, good and bad, and that it says first that nobody has
// checked them.

#include <string>
#include <vector>

#include "base/base64url.hpp"
#include "cli/golden.hpp"
#include "cli/published.hpp"
#include "support/catch.hpp"

namespace {

using namespace test;

/// A token with these JSON texts, signed by nobody.
std::string token_of(std::string_view header, std::string_view claims) {
  return jwks::base64url::encode(header) + '.' + jwks::base64url::encode(claims) + ".c2lnbmF0dXJl";
}

std::string inspect(std::string_view input, std::vector<std::string> more = {}) {
  more.insert(more.begin(), "inspect");
  const auto result = run_jwks(std::move(more), input);
  CHECK(result.status == 0);
  CHECK(result.err.empty());
  return result.out;
}

bool holds(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

TEST_CASE("jwks inspect shows header, claims and times of a token") {
  check_transcript("inspect", {{{"inspect", "--now", kBefore}, kEs256Token + "\n"}});
}

TEST_CASE("jwks inspect says what is wrong with a token without any key") {
  const std::string dubious = token_of(
      R"({"alg":"RS256","typ":"secevent+jwt","kid":"k1","jku":"https://evil.example/jwks"})",
      R"({"sub":"alice","aud":["a","b"],"iat":1300000000,"nbf":1300900000.5,"auth_time":4102444800,)"
      R"("exp":1300003600,"address":{"street":"","lines":[],"extra":{}},"groups":["x",1,null]})");
  check_transcript("inspect_refused",
                   {{{"inspect", "--now", "2011-03-23T18:43:00Z"}, kUnsecuredToken},
                    {{"inspect", "--now", kBefore}, dubious}});
}

TEST_CASE("jwks inspect shows what can be read of a token that breaks the rules") {
  const std::string two_types = token_of(R"({"alg":7,"kid":"k1"})", R"({"sub":"alice"})");
  const auto result = run_jwks({"inspect"}, two_types);
  CHECK(result.status == 1);
  CHECK(result.out.starts_with("UNVERIFIED"));
  CHECK(holds(result.out, "not a JWT that can be read: "));
  CHECK(holds(result.out, R"("alg": 7)"));
  CHECK(holds(result.out, R"("sub": "alice")"));
  const auto json = run_jwks({"inspect", "--json"}, two_types);
  CHECK(json.status == 1);
  CHECK(json.out.starts_with(R"({"verified":false,"ok":false,)"));
  CHECK(json.out.ends_with(R"("header":{"alg":7,"kid":"k1"},"claims":{"sub":"alice"}})"
                           "\n"));
  // Of a JWE the second part is a key, whatever its sender made of it.
  const auto jwe = run_jwks({"inspect", "--json"}, "eyJhbGciOiJSU0EtT0FFUCJ9.eyJmYWtlIjoxfQ.a.b.c");
  CHECK(holds(jwe.out, R"("header":{"alg":"RSA-OAEP"})"));
  CHECK_FALSE(holds(jwe.out, "claims"));
  // Nothing but what decodes to an object.
  CHECK_FALSE(holds(run_jwks({"inspect"}, "W10.W10.c2ln").out, "header\n"));
}

TEST_CASE("jwks inspect --json prints one object on one line") {
  check_transcript("inspect_json", {{{"inspect", "--json", "--now", kBefore}, kHs256Token},
                                    {{"inspect", "--json"}, "eyJhbGciOiJSU0EtT0FFUCJ9.a.b.c.d"}});
}

TEST_CASE("jwks inspect says what a text may be that is no JWT") {
  check_transcript("inspect_no_jwt", {{{"inspect"}, ""},
                                      {{"inspect"}, "v1.local"},
                                      {{"inspect"}, "f3a91c"},
                                      {{"inspect"}, R"({"payload":"e30"})"},
                                      {{"inspect"}, "a.b.c.d.e"}});
}

TEST_CASE("jwks inspect says UNVERIFIED before anything else") {
  CHECK(inspect(kEs256Token).starts_with("UNVERIFIED"));
  CHECK(inspect(kUnsecuredToken).starts_with("UNVERIFIED"));
  CHECK(inspect(kEs256Token, {"--json"}).starts_with(R"({"verified":false,)"));
}

TEST_CASE("nothing in a token can drive the terminal that jwks inspect prints to") {
  const std::string hostile = token_of("{\"alg\":\"\\u001b[2J\",\"kid\":\"\\u0007\x7f\xC2\x9B\"}",
                                       "{\"\\u001b]0;x\":\"\xC3\xA9\\u0000\x7f\xE2\x80\xAE\"}");
  for (const auto& options : std::vector<std::vector<std::string>>{{}, {"--json"}}) {
    const std::string out = inspect(hostile, options);
    CAPTURE(out);
    for (const char c : out) CHECK(((c >= ' ' && c <= '~') || c == '\n'));
    CHECK(holds(out, R"("\u001b]0;x")"));
    CHECK(holds(out, R"(\u00e9\u0000\u007f\u202e)"));
  }
}

TEST_CASE("jwks inspect takes a token with the scheme and white space that it was copied with") {
  for (const std::string_view before : {"Bearer ", "bearer   ", " \n\tBearer "}) {
    CHECK(holds(inspect(std::string(before) + kEs256Token + " \r\n"), "\"iss\": \"joe\""));
  }
}

TEST_CASE("jwks inspect and jwks verify read the token from a file or the command line as well") {
  const TemporaryFile file(kEs256Token + "\n");
  const TemporaryFile keys(kEs256Jwks);
  CHECK(holds(inspect("", {"--token-file", file.path()}), "\"iss\": \"joe\""));
  CHECK(holds(inspect("", {kEs256Token}), "\"iss\": \"joe\""));
  CHECK(holds(inspect(kEs256Token, {"-"}), "\"iss\": \"joe\""));
  CHECK(run_jwks({"verify", "--any-audience", "--issuer", "joe", "--jwks", keys.path(), "--now",
                  kBefore, "--token-file", file.path()})
            .status == 0);
}

TEST_CASE("jwks inspect uses colours on a terminal and nowhere else") {
  BackgroundProgram program({JWKS_PROGRAM, "inspect", kEs256Token}, Reader::terminal);
  CHECK(program.wait() == 0);
  CHECK(holds(program.out(), "\x1b[31mUNVERIFIED"));
  CHECK(holds(program.out(), "stays in the shell's history"));
  CHECK_FALSE(holds(inspect(kEs256Token), "\x1b"));
}

TEST_CASE("a time is shown in the largest unit that it has") {
  const auto shown = [](const std::string& now) {
    const std::string out = inspect(kEs256Token, {"--now", now});
    const std::size_t at = out.find("18:43:00Z, ");
    return out.substr(at + 11, out.find('\n', at) - at - 11);
  };
  CHECK(shown("1300819380") == "now");
  CHECK(shown("1300819379") == "in 1 second");
  CHECK(shown("1300819382") == "2 seconds ago");
  CHECK(shown("1300819439") == "59 seconds ago");
  CHECK(shown("1300819440") == "1 minute ago");
  CHECK(shown("1300822980") == "1 hour ago");
  CHECK(shown("1300732980") == "in 1 day");
  CHECK(shown("1332355380") == "1 year ago");
  CHECK(shown("2011-03-24T18:43:00Z") == "2 days ago");
}

TEST_CASE("a date that no calendar has stays a number") {
  const std::string out = inspect(
      token_of(R"({"alg":"ES256"})", R"({"exp":253402300799,"iat":-1,"nbf":253402300800})"));
  CHECK(holds(out, "253402300799,  // 9999-12-31T23:59:59Z, in "));
  CHECK(holds(out, "\"iat\": -1,\n"));
  CHECK(holds(out, "\"nbf\": 253402300800\n"));
}

}  // namespace
