#include "emulator/http/form.hpp"

#include <string>

#include "support/catch.hpp"

namespace {

using jwks::emulator::form_url_decode;
using jwks::emulator::Parameters;
using jwks::emulator::parse_basic;
using jwks::emulator::parse_form;

}  // namespace

TEST_CASE("form decoding reads plus and percent, and keeps a percent that means nothing") {
  CHECK(form_url_decode("a+b") == "a b");
  CHECK(form_url_decode("a%2Bb%2bc") == "a+b+c");
  CHECK(form_url_decode("100%") == "100%");
  CHECK(form_url_decode("%") == "%");
  CHECK(form_url_decode("%4") == "%4");
  CHECK(form_url_decode("%zz%4x") == "%zz%4x");
  CHECK(form_url_decode("%%41") == "%A");
  CHECK(form_url_decode("%00").size() == 1);
  CHECK(form_url_decode("").empty());
}

TEST_CASE("a form is read as the pairs that were sent") {
  CHECK(parse_form("a=1&b=x%3Dy&a=2") == Parameters{{"a", "1"}, {"b", "x=y"}, {"a", "2"}});
  CHECK(parse_form("flag&x=&=y") == Parameters{{"flag", ""}, {"x", ""}, {"", "y"}});
  CHECK(parse_form("&&a=1&") == Parameters{{"a", "1"}});
  CHECK(parse_form("a=b=c") == Parameters{{"a", "b=c"}});
  CHECK(parse_form("").empty());
}

TEST_CASE("the halves of Basic are form-url-decoded after the first colon splits them") {
  struct Row {
    const char* header;  // base64 of the pair in the comment
    const char* id;
    const char* secret;
  };
  const Row rows[] = {
      {"Basic YTpi", "a", "b"},                   // a:b
      {"bAsIc YTpi", "a", "b"},                   // the scheme is case-insensitive
      {"Basic   YTpi", "a", "b"},                 // RFC 9110 §11.4: 1*SP
      {"Basic YSUzQWI6YytkJTJC", "a:b", "c d+"},  // a%3Ab:c+d%2B
      {"Basic YTpiOmM=", "a", "b:c"},             // a:b:c
      {"Basic YToxMDAl", "a", "100%"},            // a:100%
      {"Basic YTol", "a", "%"},                   // a:%
      {"Basic YTolek0=", "a", "%zM"},             // a:%zM
      {"Basic Og==", "", ""},                     // :
      {"Basic YTo/Pz8+Pj4=", "a",
       "??"
       "?>>>"},  // standard alphabet: / and +
  };
  for (const Row& row : rows) {
    CAPTURE(std::string(row.header));
    const auto read = parse_basic(row.header);
    REQUIRE(read);
    CHECK(read->client_id == row.id);
    CHECK(read->client_secret == row.secret);
  }
}

TEST_CASE("what is no Basic credential is not taken for one") {
  for (const char* header :
       {"", "Basic", "Basic ", "Bearer YTpi", "Basic YWI=", "Basic a", "Basic YTp!",
        "Basic YTpi=", "Basic YTpi====", "Basic YTo_Pz8-Pj4=", "BasicYTpi", "Basic YTpi YTpi"}) {
    CAPTURE(std::string(header));
    CHECK_FALSE(parse_basic(header));
  }
}
