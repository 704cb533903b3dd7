// A user of jwks::core: verifies the example of RFC 7515 A.3, and sees a changed one refused.

#include <jwks/jwk_set.hpp>
#include <jwks/verify.hpp>
#include <jwks/version.hpp>

#include <chrono>
#include <cstdio>
#include <string>

int main() {
  const auto keys = jwks::JwkSet::parse(R"({"keys":[{"kty":"EC","crv":"P-256",
      "x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
      "y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}]})");
  const auto policy = jwks::ValidationPolicy::create({.issuer = "joe", .allow_any_audience = true});
  if (!keys || !policy) return 1;

  std::string text =
      "eyJhbGciOiJFUzI1NiJ9."
      "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVl"
      "fQ."
      "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";
  const std::chrono::sys_seconds an_hour_before_exp(std::chrono::seconds(1300819380 - 3600));

  const auto token = jwks::verify(text, *keys, *policy, an_hour_before_exp);
  if (!token) {
    std::printf("refused: %s\n", token.error().message().c_str());
    return 2;
  }
  if (token->claims().issuer() != "joe" || token->algorithm() != jwks::Algorithm::es256) return 3;

  text[text.rfind('.') + 1] = 'E';
  const auto forged = jwks::verify(text, *keys, *policy, an_hour_before_exp);
  if (forged || forged.error().code() != jwks::ErrorCode::bad_signature) return 4;

  std::puts("core " JWKS_VERSION_STRING ": RFC 7515 A.3 verified, a changed one refused");
}
