#include "emulator/issuer/token_builder.hpp"

#include <string>
#include <vector>

#include "base/base64url.hpp"
#include "support/catch.hpp"

namespace {

using jwks::Algorithm;
using jwks::emulator::json_quoted;
using jwks::emulator::SigningKey;
using jwks::emulator::TokenBuilder;
using Segment = TokenBuilder::Segment;

SigningKey key_for(Algorithm algorithm) { return SigningKey::generate(algorithm, "key-1").value(); }

std::vector<std::string> segments(const std::string& token) {
  std::vector<std::string> parts(1);
  for (const char c : token) {
    if (c == '.') {
      parts.emplace_back();
    } else {
      parts.back() += c;
    }
  }
  return parts;
}

std::string decoded(const std::string& segment) {
  return jwks::base64url::decode(segment).value_or("not base64url");
}

}  // namespace

TEST_CASE("a token names the key and algorithm that sign it and holds its members in order") {
  const SigningKey key = key_for(Algorithm::eddsa);
  const std::string token = TokenBuilder(key)
                                .header("typ", json_quoted("at+jwt"))
                                .claim("iss", json_quoted("https://issuer.example"))
                                .claim("exp", "1750000000")
                                .build()
                                .value();
  const auto parts = segments(token);
  REQUIRE(parts.size() == 3);
  CHECK(decoded(parts[0]) == R"({"alg":"EdDSA","kid":"key-1","typ":"at+jwt"})");
  CHECK(decoded(parts[1]) == R"({"iss":"https://issuer.example","exp":1750000000})");
  CHECK(decoded(parts[2]) == key.sign(parts[0] + "." + parts[1]).value());
}

TEST_CASE("members are replaced, removed and duplicated as asked") {
  const std::string token = TokenBuilder()
                                .header("alg", json_quoted("none"))
                                .header("alg", json_quoted("NONE"))
                                .claim("exp", "1")
                                .claim("sub", json_quoted("x"))
                                .claim("sub", "")
                                .duplicate_claim("exp", "9")
                                .build()
                                .value();
  const auto parts = segments(token);
  CHECK(decoded(parts[0]) == R"({"alg":"NONE"})");
  CHECK(decoded(parts[1]) == R"({"exp":1,"exp":9})");
  CHECK(parts[2].empty());
}

TEST_CASE("raw texts and raw segments are signed as they are") {
  const SigningKey key = key_for(Algorithm::eddsa);
  const auto raw =
      segments(TokenBuilder(key).raw_header("[]").raw_payload("not json").build().value());
  CHECK(decoded(raw[0]) == "[]");
  CHECK(decoded(raw[1]) == "not json");
  CHECK(decoded(raw[2]) == key.sign(raw[0] + "." + raw[1]).value());

  const auto padded =
      segments(TokenBuilder(key).raw_segment(Segment::payload, "e30=").build().value());
  CHECK(padded[1] == "e30=");
  CHECK(decoded(padded[2]) == key.sign(padded[0] + ".e30=").value());
}

TEST_CASE("HMAC takes any secret, a public key or nothing at all") {
  const SigningKey key = key_for(Algorithm::es256);
  for (const std::string& secret : {key.public_pem(), key.public_jwk(), std::string()}) {
    const auto parts = segments(TokenBuilder(key).sign_hmac(256, secret).build().value());
    CHECK(decoded(parts[0]) == R"({"alg":"HS256","kid":"key-1"})");
    CHECK(decoded(parts[2]) ==
          jwks::emulator::hmac(256, secret, parts[0] + "." + parts[1]).value());
  }
  // RFC 4231 test case 2, so that the comparison above does not compare a fault with itself.
  CHECK(jwks::base64url::encode(
            jwks::emulator::hmac(256, "Jefe", "what do ya want for nothing?").value()) ==
        "W9zBRr9gdU5qBCQmCJV1x1oAPwidJzmDnexYuWTsOEM");
  CHECK_FALSE(jwks::emulator::hmac(128, "secret", "input"));
}

TEST_CASE("the header may name another algorithm than the one that signs") {
  const SigningKey key = key_for(Algorithm::rs256);
  const auto parts = segments(TokenBuilder(key)
                                  .header("alg", json_quoted("PS256"))
                                  .sign_with(key, Algorithm::rs256)
                                  .build()
                                  .value());
  CHECK(decoded(parts[0]) == R"({"alg":"PS256","kid":"key-1"})");
  CHECK(decoded(parts[2]) == key.sign(Algorithm::rs256, parts[0] + "." + parts[1]).value());
}

TEST_CASE("a DER signature begins like one and is no r||s") {
  const SigningKey key = key_for(Algorithm::es256);
  const auto parts = segments(TokenBuilder(key).sign_with_der(key).build().value());
  const std::string signature = decoded(parts[2]);
  CHECK(signature.substr(0, 1) == "\x30");
  CHECK(signature.size() > 64);
}

TEST_CASE("exactly one bit of the chosen segment is flipped") {
  const SigningKey key = key_for(Algorithm::eddsa);  // deterministic
  TokenBuilder builder(key);
  builder.claim("sub", json_quoted("alice"));
  const auto good = segments(builder.build().value());
  for (const Segment segment : {Segment::header, Segment::payload, Segment::signature}) {
    const auto index = static_cast<std::size_t>(segment);
    const auto bad = segments(TokenBuilder(builder).flip_bit(segment, 9).build().value());
    std::string expected = decoded(good[index]);
    expected[1] = static_cast<char>(expected[1] ^ 0x40);
    CHECK(decoded(bad[index]) == expected);
    for (std::size_t other = 0; other < 3; ++other) {
      if (other != index) CHECK(bad[other] == good[other]);
    }
  }
  CHECK_FALSE(TokenBuilder().flip_bit(Segment::signature, 0).build());
}

TEST_CASE("the signature can be replaced, dropped and changed") {
  const SigningKey key = key_for(Algorithm::eddsa);
  CHECK(segments(TokenBuilder(key).without_signature().build().value())[2].empty());
  CHECK(segments(TokenBuilder(key).signature("abc").build().value())[2] == "YWJj");
  const auto longer = segments(TokenBuilder(key)
                                   .change_signature([](std::string bytes) { return bytes + '\0'; })
                                   .build()
                                   .value());
  CHECK(decoded(longer[2]).size() == 65);
}

TEST_CASE("a key that can't make the signature is an error and no token") {
  const SigningKey key = key_for(Algorithm::eddsa);
  const auto token = TokenBuilder().sign_with(key, Algorithm::rs256).build();
  REQUIRE_FALSE(token);
  CHECK(token.error().code() == jwks::ErrorCode::bad_config);
}
