// Private keys as JWKs: what is written, and that it can be read again.

#include <string>
#include <string_view>

#include "base/json.hpp"
#include "emulator/issuer/signing_key.hpp"
#include "support/catch.hpp"

namespace {

using jwks::Algorithm;
using jwks::emulator::SigningKey;

std::string member(const std::string& jwk, std::string_view name) {
  const auto document = jwks::json::parse_object(jwk);
  if (!document) return "(no JSON)";
  const auto value = document->root().find(name);
  return value ? std::string(value->as_string().value_or("(no string)")) : "(absent)";
}

TEST_CASE("a private JWK is read back as the same key, which still signs") {
  for (const Algorithm algorithm :
       {Algorithm::rs256, Algorithm::ps512, Algorithm::es256, Algorithm::es384, Algorithm::es512,
        Algorithm::es256k, Algorithm::eddsa, Algorithm::ed25519, Algorithm::ed448}) {
    CAPTURE(to_string(algorithm));
    const SigningKey key = SigningKey::generate(algorithm, "k \"1\"").value();
    const std::string jwk = key.private_jwk().value();
    const SigningKey copy = SigningKey::from_jwk(jwk, algorithm).value();
    CHECK(copy.thumbprint() == key.thumbprint());
    CHECK(copy.key_id() == "k \"1\"");
    CHECK(copy.private_pem().value() == key.private_pem().value());
    CHECK(copy.private_jwk().value() == jwk);
    CHECK(copy.sign("input").has_value());
  }
}

TEST_CASE("published private keys are written as they were published") {
  // RFC 7515 A.3 and RFC 8037 A.1.
  const std::string ec =
      R"({"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",)"
      R"("y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",)"
      R"("d":"jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI"})";
  const std::string okp =
      R"({"kty":"OKP","crv":"Ed25519","d":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A",)"
      R"("x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"})";
  for (const auto& [jwk, algorithm] :
       {std::pair(ec, Algorithm::es256), std::pair(okp, Algorithm::eddsa)}) {
    const std::string written = SigningKey::from_jwk(jwk, algorithm).value().private_jwk().value();
    for (const std::string_view name : {"kty", "crv", "x", "y", "d"}) {
      CHECK(member(written, name) == member(jwk, name));
    }
  }
}

TEST_CASE("the private number of an EC key is as wide as its curve, every time") {
  for (int i = 0; i < 16; ++i) {  // every other P-521 key has a leading zero byte
    const SigningKey key = SigningKey::generate(Algorithm::es512).value();
    CHECK(member(key.private_jwk().value(), "d").size() == 88);  // 66 bytes
  }
}

TEST_CASE("an RSA key without primes is written without them") {
  const SigningKey key = SigningKey::generate(Algorithm::rs256).value();
  const std::string jwk = key.private_jwk().value();
  for (const std::string_view name : {"n", "e", "d", "p", "q", "dp", "dq", "qi"}) {
    CHECK(member(jwk, name) != "(absent)");
  }
  const std::string bare = R"({"kty":"RSA","n":")" + member(jwk, "n") + R"(","e":")" +
                           member(jwk, "e") + R"(","d":")" + member(jwk, "d") + "\"}";
  const auto without_primes = SigningKey::from_jwk(bare, Algorithm::rs256);
  REQUIRE(without_primes.has_value());
  const std::string written = without_primes->private_jwk().value();
  CHECK(member(written, "d") == member(jwk, "d"));
  for (const std::string_view name : {"p", "q", "dp", "dq", "qi"}) {
    CHECK(member(written, name) == "(absent)");
  }
}

TEST_CASE("a public JWK shows nothing of the private half") {
  const SigningKey key = SigningKey::generate(Algorithm::es256).value();
  CHECK(member(key.public_jwk(), "d") == "(absent)");
  CHECK(key.private_jwk().value().starts_with(
      key.public_jwk().substr(0, key.public_jwk().size() - 1)));
}

}  // namespace
