// DPoP proofs by themselves. The numbers in brackets are those of RFC 9449 §4.3.

#include "jwks/dpop.hpp"

#include <stdexcept>

#include "support/catch.hpp"
#include "support/dpop.hpp"

namespace {

using jwks::Algorithm;
using jwks::DpopOptions;
using jwks::DpopRequest;
using jwks::Error;
using jwks::ErrorCode;
using jwks::ErrorReason;
using jwks::verify_dpop_proof;
using std::chrono::nanoseconds;
using std::chrono::seconds;
using test::client_key;
using test::hash_of;
using test::json_quoted;
using test::kNow;
using test::proof;
using test::request;
using test::TokenBuilder;

constexpr std::string_view kToken = "an.access.token";

Error refusal(const DpopRequest& of, std::string_view token = {},
              const DpopOptions& options = test::dpop_options()) {
  const auto result = verify_dpop_proof(of, token, options, kNow);
  if (result) throw std::runtime_error("the proof was accepted");
  return result.error();
}

/// The faulty part of a proof that was refused as a faulty proof.
std::string fault_of(const TokenBuilder& builder, std::string_view token = {}) {
  const std::string text = builder.build().value();
  const Error error = refusal(request(text), token);
  CHECK(error.code() == ErrorCode::binding_failed);
  CHECK(error.reason() == ErrorReason::invalid_dpop_proof);
  return std::string(error.subject());
}

bool accepted(const TokenBuilder& builder, std::string_view token = {}) {
  const std::string text = builder.build().value();
  return verify_dpop_proof(request(text), token, test::dpop_options(), kNow).has_value();
}

std::string iat_with(std::chrono::nanoseconds offset) {
  const auto since = kNow.time_since_epoch() + offset;
  const auto whole = std::chrono::floor<seconds>(since);
  std::string fraction = std::to_string((since - whole).count());
  return std::to_string(whole.count()) + "." + std::string(9 - fraction.size(), '0') + fraction;
}

}  // namespace

TEST_CASE("a valid proof tells its key, jti, time and algorithm") {
  const std::string text = proof().claim("jti", json_quoted("one")).build().value();
  const auto result = verify_dpop_proof(request(text), {}, test::dpop_options(), kNow);
  REQUIRE(result);
  CHECK(result->key_thumbprint == client_key().thumbprint());
  CHECK(result->token_id == "one");
  CHECK(result->issued_at.floor() == kNow);
  CHECK(result->algorithm == Algorithm::es256);
}

TEST_CASE("proofs of every asymmetric algorithm are accepted where it is allowed") {
  for (const Algorithm algorithm : test::kSigned) {
    CAPTURE(jwks::to_string(algorithm));
    const std::string text = proof(test::key(algorithm)).build().value();
    DpopOptions options = test::dpop_options();
    options.algorithms = {algorithm};
    CHECK(verify_dpop_proof(request(text), {}, options, kNow));
    options.algorithms = {algorithm == Algorithm::es384 ? Algorithm::es512 : Algorithm::es384};
    const Error error = refusal(request(text), {}, options);
    CHECK(error.reason() == ErrorReason::invalid_dpop_proof);
    CHECK(error.subject() == "alg");
  }
}

// The examples of RFC 9449 §4.2 and §7.1, quoted from there.
TEST_CASE("the proofs of RFC 9449 are accepted at their time") {
  const std::string header =
      "eyJ0eXAiOiJkcG9wK2p3dCIsImFsZyI6IkVTMjU2IiwiandrIjp7Imt0eSI6IkVDIiwieCI6Imw4dEZyaHgtMzR0VjNo"
      "UklDUkRZOXpDa0RscEJoRjQyVVFVZldWQVdCRnMiLCJ5IjoiOVZFNGpmX09rX282NHpiVFRsY3VOSmFqSG10NnY5VERW"
      "clUwQ2R2R1JEQSIsImNydiI6IlAtMjU2In19.";
  const std::string token_request =
      header +
      "eyJqdGkiOiItQndDM0VTYzZhY2MybFRjIiwiaHRtIjoiUE9TVCIsImh0dSI6Imh0dHBzOi8vc2VydmVyLmV4YW1wbGUu"
      "Y29tL3Rva2VuIiwiaWF0IjoxNTYyMjYyNjE2fQ."
      "2-GxA6T8lP4vfrg8v-FdWP0A0zdrj8igiMLvqRMUvwnQg4PtFLbdLXiOSsX0x7NVY-FNyJK70nfbV37xRZT3Lg";
  const std::string resource_request =
      header +
      "eyJqdGkiOiJlMWozVl9iS2ljOC1MQUVCIiwiaHRtIjoiR0VUIiwiaHR1IjoiaHR0cHM6Ly9yZXNvdXJjZS5leGFtcGxl"
      "Lm9yZy9wcm90ZWN0ZWRyZXNvdXJjZSIsImlhdCI6MTU2MjI2MjYxOCwiYXRoIjoiZlVIeU8ycjJaM0RaNTNFc05yV0Ji"
      "MHhXWG9hTnk1OUlpS0NBcWtzbVFFbyJ9."
      "2oW9RP35yRqzhrtNP86L-Ey71EOptxRimPPToA1plemAgR6pxHF8y6-yqyVnmcw6Fy1dqd-jfxSYoMxhAJpLjA";
  const std::chrono::system_clock::time_point then{seconds(1'562'262'618)};

  const auto first = verify_dpop_proof(
      {.proofs = {token_request}, .method = "POST", .url = "https://server.example.com/token"}, {},
      test::dpop_options(), then);
  REQUIRE(first);
  CHECK(first->key_thumbprint == "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I");
  CHECK(first->token_id == "-BwC3ESc6acc2lTc");

  const DpopRequest protected_resource{.proofs = {resource_request},
                                       .method = "GET",
                                       .url = "https://resource.example.org/protectedresource"};
  CHECK(verify_dpop_proof(protected_resource, "Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxU",
                          test::dpop_options(), then));
  CHECK_FALSE(verify_dpop_proof(protected_resource, "another", test::dpop_options(), then));
}

TEST_CASE("there is exactly one DPoP field in a request", "[attack-142]") {  // (1)
  const std::string one = proof().build().value();
  const std::string two = proof().build().value();
  for (const auto& proofs :
       std::vector<std::vector<std::string_view>>{{}, {one, two}, {one, one}}) {
    const Error error = refusal({.proofs = proofs, .method = "GET", .url = test::kUrl});
    CHECK(error.reason() == ErrorReason::invalid_dpop_proof);
    CHECK(error.subject() == "DPoP");
  }
  const std::string list = one + ", " + two;
  CHECK(refusal(request(list)).reason() == ErrorReason::invalid_dpop_proof);
}

TEST_CASE("a proof is a well-formed JWS in compact form", "[attack-142]") {  // (2)
  const std::string good = proof().build().value();
  for (const std::string& text :
       {std::string(), std::string("x"), std::string(".."), good + "=", " " + good, good + ".",
        good.substr(0, good.rfind('.')), std::string(17'000, 'a'), "{\"payload\":\"\"}" + good}) {
    CHECK(refusal(request(text)).reason() == ErrorReason::invalid_dpop_proof);
  }
  CHECK(fault_of(proof().raw_payload("")) == "payload");
  CHECK(fault_of(proof().raw_payload("[]")) == "payload");
  CHECK(fault_of(proof().duplicate_claim("jti", "\"b\"")) == "payload");
  CHECK(fault_of(proof().duplicate_header("typ", "\"dpop+jwt\"")) == "header");
  CHECK(fault_of(proof().header("b64", "false").header("crit", "[\"b64\"]")) == "crit");
}

TEST_CASE("a proof has the limits of a token, exactly", "[attack-142]") {
  // The proof's text fills up with a signature of any length, which is judged after its size.
  const auto text_of = [](std::size_t bytes) {
    const std::string empty = proof().without_signature().build().value();
    return empty + std::string(bytes - empty.size(), 'A');
  };
  const auto answer = [](const std::string& text) {
    const Error error = refusal(request(text));
    CHECK(error.reason() == ErrorReason::invalid_dpop_proof);
    return std::string(error.subject());
  };
  const std::string longest = text_of(jwks::kMaxTokenBytes);
  CHECK(answer(text_of(jwks::kMaxTokenBytes - 1)) == "signature");
  CHECK(answer(longest) == "signature");
  CHECK(answer(text_of(jwks::kMaxTokenBytes + 1)) == "token");

  const auto header_of = [](std::size_t bytes) {
    const std::string start =
        R"({"typ":"dpop+jwt","alg":"ES256","jwk":)" + client_key().public_jwk() + R"(,"x":")";
    return proof().raw_header(start + std::string(bytes - start.size() - 2, 'x') + "\"}");
  };
  CHECK(accepted(header_of(jwks::kMaxHeaderBytes - 1)));
  CHECK(accepted(header_of(jwks::kMaxHeaderBytes)));
  CHECK(fault_of(header_of(jwks::kMaxHeaderBytes + 1)) == "header");

  const auto nested = [](std::size_t depth) {  // the Claims Set itself is one level
    return proof().claim("x", std::string(depth - 1, '[') + std::string(depth - 1, ']'));
  };
  CHECK(accepted(nested(31)));
  CHECK(accepted(nested(32)));
  CHECK(fault_of(nested(33)) == "payload");
}

TEST_CASE("every member that a proof needs is missed", "[attack-142]") {  // (3)
  for (const std::string_view name : {"typ", "alg", "jwk"}) {
    CAPTURE(name);
    CHECK(fault_of(proof().header(name, "")) == name);
  }
  for (const std::string_view name : {"jti", "htm", "htu", "iat", "ath"}) {
    CAPTURE(name);
    const auto with_ath = proof().claim("ath", json_quoted(hash_of(kToken)));
    CHECK(fault_of(TokenBuilder(with_ath).claim(name, ""), kToken) == name);
    for (const std::string_view json : {"null", "true", "{}", "[\"GET\"]", "\"\""}) {
      CAPTURE(json);
      CHECK(fault_of(TokenBuilder(with_ath).claim(name, json), kToken) == name);
    }
  }
}

TEST_CASE("the type of a proof is dpop+jwt", "[attack-142]") {  // (4)
  CHECK(accepted(proof().header("typ", json_quoted("application/dpop+jwt"))));
  for (const std::string_view typ : {"JWT", "at+jwt", "dpop", "dpop+jwt ", "dpop+jwt;a=b", ""}) {
    CAPTURE(typ);
    CHECK(fault_of(proof().header("typ", json_quoted(typ))) == "typ");
  }
}

TEST_CASE("a proof has an asymmetric algorithm that is allowed", "[attack-142]") {  // (5)
  for (const std::string_view alg : {"none", "HS256", "ES256K", "es256", "RSA1_5", "dir"}) {
    CAPTURE(alg);
    CHECK(fault_of(proof().header("alg", json_quoted(alg))) == "alg");
  }
  CHECK(fault_of(proof().header("alg", json_quoted("none")).without_signature()) == "alg");
  CHECK(fault_of(proof().sign_hmac(256, client_key().public_pem())) == "alg");
  CHECK(fault_of(proof().sign_hmac(256, client_key().public_jwk())) == "alg");
}

TEST_CASE("a proof is signed by the key that it carries", "[attack-142]") {  // (6)
  CHECK(fault_of(proof().sign_with(test::stranger_key())) == "signature");
  CHECK(fault_of(proof().without_signature()) == "signature");
  CHECK(fault_of(proof().sign_with_der(client_key())) == "signature");
  CHECK(fault_of(proof().flip_bit(TokenBuilder::Segment::payload, 300)) == "signature");
  CHECK(fault_of(proof().flip_bit(TokenBuilder::Segment::signature, 0)) == "signature");
  // Its key is judged as a key of an issuer is, and must be one for its algorithm.
  CHECK(fault_of(proof().header("jwk", test::key(Algorithm::es384).public_jwk())) == "jwk");
  CHECK(fault_of(proof().header("jwk", test::key(Algorithm::rs256).public_jwk())) == "jwk");
  for (const std::string_view jwk :
       {"{}", "[]", "\"k\"", "null", R"({"kty":"EC"})", R"({"kty":"oct","k":"AAAA"})",
        R"({"kty":"EC","crv":"P-256","x":"AA","y":"AA"})"}) {
    CAPTURE(jwk);
    CHECK(fault_of(proof().header("jwk", jwk)) == "jwk");
  }
}

TEST_CASE("a key pinned to one algorithm proves nothing with another", "[attack-015][attack-142]") {
  const auto& key = test::key(Algorithm::rs256);
  CHECK(fault_of(proof(key).header("alg", json_quoted("PS256")).sign_with(key, Algorithm::ps256)) ==
        "jwk");
}

TEST_CASE("a proof does not carry a private key", "[attack-142][attack-167]") {  // (7)
  for (const std::string_view member : {"d", "p", "q", "dp", "dq", "qi", "oth", "priv"}) {
    CAPTURE(member);
    std::string jwk = client_key().public_jwk();
    jwk.insert(1, json_quoted(member) + ":\"AAAA\",");
    CHECK(fault_of(proof().header("jwk", jwk)) == "jwk");
  }
}

TEST_CASE("a proof is for one method", "[attack-142]") {  // (8)
  for (const std::string_view htm : {"get", "Get", "GET ", "POST", "PUT", "GETS", "G"}) {
    CAPTURE(htm);
    CHECK(fault_of(proof().claim("htm", json_quoted(htm))) == "htm");
  }
  const std::string empty = proof().claim("htm", "\"\"").build().value();
  CHECK(refusal({.proofs = {empty}, .url = test::kUrl}).subject() == "htm");
}

TEST_CASE("a proof is for one URL in any of its spellings", "[attack-142]") {  // (9)
  for (const std::string_view htu :
       {"https://api.example/orders?page=2#top", "HTTPS://API.EXAMPLE/orders",
        "https://api.example:443/orders", "https://api.example/a/../%6Frders"}) {
    CAPTURE(htu);
    CHECK(accepted(proof().claim("htu", json_quoted(htu))));
  }
  for (const std::string_view htu :
       {"https://api.example/orders/", "https://api.example/Orders", "https://api.example",
        "http://api.example/orders", "https://api.example:8443/orders",
        "https://evil.example/orders", "https://api.example@evil.example/orders",
        "https://u@api.example/orders", "/orders", "https://api.example/orders%00"}) {
    CAPTURE(htu);
    CHECK(fault_of(proof().claim("htu", json_quoted(htu))) == "htu");
  }
  const std::string text = proof().build().value();
  CHECK(verify_dpop_proof(
      {.proofs = {text}, .method = "GET", .url = "https://API.example:443/orders?a=b#c"}, {},
      test::dpop_options(), kNow));
  CHECK(refusal({.proofs = {text}, .method = "GET", .url = "/orders"}).subject() == "htu");
  // Two URLs that can't be compared are not the same.
  for (const std::string_view url : {"/orders", "", "ftp://api.example/orders", "https://"}) {
    CAPTURE(url);
    const std::string same = proof().claim("htu", json_quoted(url)).build().value();
    CHECK(refusal({.proofs = {same}, .method = "GET", .url = url}).subject() == "htu");
  }
}

TEST_CASE("an expected nonce is in the proof", "[attack-142]") {  // (10)
  const auto answer = [](const TokenBuilder& builder, std::optional<std::string_view> nonce) {
    const std::string text = builder.build().value();
    DpopRequest with = request(text);
    with.nonce = nonce;
    const auto result = verify_dpop_proof(with, {}, test::dpop_options(), kNow);
    return result ? ErrorReason::none : result.error().reason();
  };
  const auto with = [](std::string_view json) { return proof().claim("nonce", json); };
  CHECK(answer(with("\"n-1\""), "n-1") == ErrorReason::none);
  CHECK(answer(with("\"n-1\""), std::nullopt) == ErrorReason::none);
  CHECK(answer(with("1"), std::nullopt) == ErrorReason::none);
  CHECK(answer(proof(), "n-1") == ErrorReason::use_dpop_nonce);
  for (const std::string_view json :
       {"\"n-2\"", "\"n-\"", "\"n-11\"", "\"N-1\"", "\"\"", "1", "null"}) {
    CAPTURE(json);
    CHECK(answer(with(json), "n-1") == ErrorReason::use_dpop_nonce);
  }
  CHECK(answer(with("\"\""), "") == ErrorReason::use_dpop_nonce);
  // Another fault comes first: a new nonce would not help.
  CHECK(answer(proof().claim("htm", "\"PUT\""), "n-1") == ErrorReason::invalid_dpop_proof);
}

TEST_CASE("a proof refused for its nonce may come again for the nonce before it") {
  const std::string text = proof().claim("nonce", json_quoted("old")).build().value();
  const DpopOptions options = test::dpop_options();
  DpopRequest with = request(text);
  with.nonce = "new";
  CHECK_FALSE(verify_dpop_proof(with, {}, options, kNow));
  with.nonce = "old";
  CHECK(verify_dpop_proof(with, {}, options, kNow));
  CHECK_FALSE(verify_dpop_proof(with, {}, options, kNow));
}

TEST_CASE("a proof is young and not of the future, to the nanosecond", "[attack-111][attack-142]") {
  const auto at = [](nanoseconds offset) {
    return proof().claim("iat", iat_with(offset));
  };  // (11)
  CHECK(accepted(at(seconds(-60))));
  CHECK(fault_of(at(seconds(-60) - nanoseconds(1))) == "iat");
  CHECK(accepted(at(seconds(60))));
  CHECK(fault_of(at(seconds(60) + nanoseconds(1))) == "iat");
  for (const std::string_view iat : {"-1", "0", "1e400", "253402300800", "1750000000000"}) {
    CAPTURE(iat);
    CHECK(fault_of(proof().claim("iat", iat)) == "iat");
  }
}

TEST_CASE("the window of a proof is configurable") {
  DpopOptions options{
      .replay_cache = test::replay_cache(), .max_age = seconds(5), .max_future = seconds(0)};
  const auto answer = [&](seconds offset) {
    const std::string text = proof().claim("iat", kNow + offset).build().value();
    return verify_dpop_proof(request(text), {}, options, kNow).has_value();
  };
  CHECK(answer(seconds(-5)));
  CHECK_FALSE(answer(seconds(-6)));
  CHECK(answer(seconds(0)));
  CHECK_FALSE(answer(seconds(1)));
}

TEST_CASE("exp and nbf of a proof hold where they are") {
  CHECK(accepted(proof().claim("nbf", kNow).claim("exp", kNow + seconds(10))));
  CHECK(accepted(proof().claim("exp", kNow - seconds(59))));
  CHECK(fault_of(proof().claim("exp", kNow - seconds(60))) == "exp");
  CHECK(accepted(proof().claim("nbf", kNow + seconds(60))));
  CHECK(fault_of(proof().claim("nbf", kNow + seconds(61))) == "nbf");
  CHECK(fault_of(proof().claim("exp", "\"1\"")) == "exp");
  CHECK(fault_of(proof().claim("nbf", "null")) == "nbf");
}

TEST_CASE("the jti of a proof has 1 to 256 bytes", "[attack-142]") {
  for (const std::size_t size : {1U, 255U, 256U}) {
    CHECK(accepted(proof().claim("jti", json_quoted(std::string(size, 'j')))));
  }
  CHECK(fault_of(proof().claim("jti", json_quoted(std::string(257, 'j')))) == "jti");
}

TEST_CASE("a proof that goes with a token has its hash", "[attack-142]") {  // (12) a
  const auto with = [](std::string_view ath) { return proof().claim("ath", json_quoted(ath)); };
  const std::string hash = hash_of(kToken);
  CHECK(accepted(with(hash), kToken));
  CHECK(accepted(with("anything"), {}));
  CHECK(fault_of(with(hash_of("another.access.token")), kToken) == "ath");
  CHECK(fault_of(with(hash + "="), kToken) == "ath");
  CHECK(fault_of(with(hash.substr(0, 42)), kToken) == "ath");
  CHECK(fault_of(with(kToken), kToken) == "ath");
}

TEST_CASE("members that nobody knows don't matter", "[attack-142]") {
  CHECK(accepted(proof()
                     .header("tx_id", "1")
                     .header("kid", json_quoted("k"))
                     .header("jku", json_quoted("https://evil.example"))
                     .claim("iss", "1")
                     .claim("tx", "{\"a\":[]}")));
}

TEST_CASE("a refused proof is not shown in the message", "[attack-208]") {
  const std::string text =
      proof().claim("htu", json_quoted("https://secret.example/")).build().value();
  const std::string message = refusal(request(text)).message();
  CHECK(message == "binding_failed (invalid_dpop_proof) [htu]: another URL");
}
