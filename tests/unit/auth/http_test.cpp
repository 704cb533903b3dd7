#include "jwks/http.hpp"

#include <string>
#include <string_view>

#include "support/catch.hpp"

namespace {

using jwks::Algorithm;
using jwks::bearer_token;
using jwks::dpop_token;
using jwks::Error;
using jwks::ErrorCode;
using jwks::ErrorReason;
using jwks::http_status;
using jwks::www_authenticate;
using jwks::www_authenticate_dpop;

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

TEST_CASE("a DPoP token is taken out of the Authorization field as a bearer token is") {
  CHECK(dpop_token("DPoP aZ09-._~+/==") == "aZ09-._~+/==");
  CHECK(dpop_token(" DPoP   t\t") == "t");
  for (const std::string_view value :
       {"", "DPoP", "DPoP ", "DPoP\tt", "DPoPt", "Bearer t", "t", "DPoP a b", "DPoP a, b",
        "DPoP =", "DPoP: t", "XDPoP t", "DPo t"}) {
    CAPTURE(value);
    CHECK_FALSE(dpop_token(value).has_value());
  }
}

// RFC 9110 §11.1: a scheme is compared without regard to case. The cases are named after those of
// the OpenID Foundation.
TEST_CASE("fapi2-security-profile-final-access-token-type-header-case-sensitivity") {
  for (const std::string_view value : {"Bearer t", "bearer t", "BEARER t", "bEARER t"}) {
    CAPTURE(value);
    CHECK(bearer_token(value) == "t");
    CHECK_FALSE(dpop_token(value).has_value());
  }
  for (const std::string_view value : {"DPoP t", "dpop t", "DPOP t", "dpOp t"}) {
    CAPTURE(value);
    CHECK(dpop_token(value) == "t");
    CHECK_FALSE(bearer_token(value).has_value());
  }
}

TEST_CASE("fapi2-security-profile-final-client-test-rs-dpop-auth-scheme-case-insensitivity") {
  // There the server answers with the scheme in another case and the client must understand; here
  // the library is the server, and a client that writes the scheme so is understood.
  CHECK(dpop_token("dPOp t") == "t");
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

TEST_CASE("an error of DPoP is challenged in its scheme", "[attack-140]") {
  const auto answer = [](ErrorCode code, ErrorReason reason) {
    return www_authenticate(Error(code, reason), "orders");
  };
  CHECK(answer(ErrorCode::binding_failed, ErrorReason::invalid_dpop_proof) ==
        R"(DPoP realm="orders", error="invalid_dpop_proof")");
  CHECK(answer(ErrorCode::replayed, ErrorReason::invalid_dpop_proof) ==
        R"(DPoP realm="orders", error="invalid_dpop_proof")");
  CHECK(answer(ErrorCode::binding_failed, ErrorReason::use_dpop_nonce) ==
        R"(DPoP realm="orders", error="use_dpop_nonce")");
  CHECK(answer(ErrorCode::binding_failed, ErrorReason::dpop_binding) ==
        R"(DPoP realm="orders", error="invalid_token")");
  CHECK(answer(ErrorCode::binding_failed, ErrorReason::none) ==
        R"(Bearer realm="orders", error="invalid_token")");
}

TEST_CASE("a DPoP challenge lists the algorithms for proofs") {
  const jwks::AlgorithmSet algorithms{Algorithm::ps256, Algorithm::es256};
  CHECK(www_authenticate_dpop(algorithms) == R"(DPoP algs="PS256 ES256")");
  CHECK(www_authenticate_dpop(algorithms, "orders") ==
        R"(DPoP realm="orders", algs="PS256 ES256")");
  CHECK(www_authenticate_dpop(Error(ErrorCode::expired), algorithms) ==
        R"(DPoP error="invalid_token", algs="PS256 ES256")");
  CHECK(www_authenticate_dpop(Error(ErrorCode::insufficient_scope), {Algorithm::es256}, "orders") ==
        R"(DPoP realm="orders", error="insufficient_scope", algs="ES256")");
  CHECK(www_authenticate_dpop(Error(ErrorCode::binding_failed, ErrorReason::use_dpop_nonce),
                              {Algorithm::es256}) ==
        R"(DPoP error="use_dpop_nonce", algs="ES256")");
  CHECK(www_authenticate_dpop(Error(ErrorCode::keys_unavailable), algorithms).empty());
  CHECK(www_authenticate_dpop(Error(ErrorCode::bad_config), algorithms).empty());
  CHECK(www_authenticate_dpop(jwks::kDefaultAlgorithms).find("ES256K") == std::string::npos);
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
