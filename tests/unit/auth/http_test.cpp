#include "jwks/http.hpp"

#include <string>
#include <string_view>

#include "support/catch.hpp"

namespace {

using jwks::bearer_token;
using jwks::Error;
using jwks::ErrorCode;
using jwks::http_status;
using jwks::www_authenticate;

TEST_CASE("a bearer token is taken out of the Authorization field") {
  CHECK(bearer_token("Bearer abc.def.ghi") == "abc.def.ghi");
  CHECK(bearer_token("Bearer aZ09-._~+/==") == "aZ09-._~+/==");
}

TEST_CASE("the Bearer scheme may be in any case") {
  for (const std::string_view value : {"bearer t", "BEARER t", "bEARER t", "Bearer t"}) {
    CAPTURE(value);
    CHECK(bearer_token(value) == "t");
  }
}

TEST_CASE("several spaces after the scheme and white space around the value are accepted") {
  CHECK(bearer_token("Bearer   t") == "t");
  CHECK(bearer_token("  Bearer t \t") == "t");
}

TEST_CASE("what is not exactly one bearer token is refused") {
  using namespace std::string_view_literals;
  for (const std::string_view value : {""sv,
                                       " "sv,
                                       "Bearer"sv,
                                       "Bearer "sv,
                                       "Bearer\tt"sv,
                                       "Bearer \tt"sv,
                                       "Bearert"sv,
                                       "Basic dTpw"sv,
                                       "DPoP t"sv,
                                       "t"sv,
                                       "Bearer a b"sv,
                                       "Bearer a,b"sv,
                                       "Bearer a, Bearer b"sv,
                                       "Bearer \"a\""sv,
                                       "Bearer a=b"sv,
                                       "Bearer ="sv,
                                       "Bearer a\r\nX: y"sv,
                                       "Bearer a\0"sv,
                                       "Bearer\0 a"sv,
                                       "Bearer \xC3\xA4"sv,
                                       "Bearer token=a"sv,
                                       "Bearer: a"sv,
                                       "Bearer a\n"sv}) {
    CAPTURE(value);
    CHECK_FALSE(bearer_token(value).has_value());
  }
}

TEST_CASE("the token is a view into the field value") {
  const std::string value = "Bearer abc";
  const auto token = bearer_token(value);
  REQUIRE(token.has_value());
  CHECK(token->data() == value.data() + 7);
}

TEST_CASE("each category of errors has its HTTP status") {
  CHECK(http_status(Error(ErrorCode::bad_base64url)) == 401);
  CHECK(http_status(Error(ErrorCode::unknown_key)) == 401);
  CHECK(http_status(Error(ErrorCode::bad_signature)) == 401);
  CHECK(http_status(Error(ErrorCode::expired)) == 401);
  CHECK(http_status(Error(ErrorCode::custom)) == 401);
  CHECK(http_status(Error(ErrorCode::insufficient_scope)) == 403);
  CHECK(http_status(Error(ErrorCode::keys_unavailable)) == 503);
  CHECK(http_status(Error(ErrorCode::out_of_memory)) == 503);
  CHECK(http_status(Error(ErrorCode::bad_config)) == 500);
}

TEST_CASE("a refused token is challenged with invalid_token and no detail") {
  Error error(ErrorCode::expired);
  error.about("exp").because("1750000000 is past").for_key("key-1");
  CHECK(www_authenticate(error) == R"(Bearer error="invalid_token")");
  CHECK(www_authenticate(error, "orders") == R"(Bearer realm="orders", error="invalid_token")");
}

TEST_CASE("a missing scope is challenged with insufficient_scope") {
  CHECK(www_authenticate(Error(ErrorCode::insufficient_scope), "orders") ==
        R"(Bearer realm="orders", error="insufficient_scope")");
}

TEST_CASE("an answer that is neither 401 nor 403 carries no challenge") {
  CHECK(www_authenticate(Error(ErrorCode::keys_unavailable), "orders").empty());
  CHECK(www_authenticate(Error(ErrorCode::bad_config), "orders").empty());
}

TEST_CASE("a request without a token is challenged without an error code") {
  CHECK(www_authenticate() == "Bearer");
  CHECK(www_authenticate("orders") == R"(Bearer realm="orders")");
}

TEST_CASE("a realm can neither end its quotes nor start another header field") {
  CHECK(www_authenticate(R"(a"b\c)") == R"(Bearer realm="a\"b\\c")");
  CHECK(www_authenticate("a\r\nSet-Cookie: x") == R"(Bearer realm="a??Set-Cookie: x")");
  CHECK(www_authenticate(std::string_view("a\0b\x7F\xC3\xA4", 6)) == R"(Bearer realm="a?b???")");
  CHECK(www_authenticate("a=b, c") == R"(Bearer realm="a=b, c")");
}

TEST_CASE("a realm with an equals sign does not confuse the parameters' separators") {
  CHECK(www_authenticate(Error(ErrorCode::expired), "=") ==
        R"(Bearer realm="=", error="invalid_token")");
}

}  // namespace
