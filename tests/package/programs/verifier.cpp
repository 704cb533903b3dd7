// A user of jwks::verifier: a verifier of static keys, and the answer to a client.

#include <jwks/http.hpp>
#include <jwks/jwks_verifier.hpp>

#include <cstdio>
#include <string_view>

int main() {
  auto keys = jwks::JwkSet::parse(R"({"keys":[{"kty":"EC","crv":"P-256",
      "x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
      "y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}]})");
  if (!keys) return 1;
  const auto verifier = jwks::JwksVerifier::create_static(
      *keys, {.issuer = "joe", .allow_any_audience = true, .require_expiration = true});
  if (!verifier) return 2;

  // RFC 7515 A.3 again: its signature holds and it expired in 2011.
  const auto token = verifier->verify(
      "eyJhbGciOiJFUzI1NiJ9."
      "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVl"
      "fQ."
      "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q");
  if (token || token.error().code() != jwks::ErrorCode::expired) return 3;
  if (jwks::http_status(token.error()) != 401) return 4;

  // The network's side of the library is linked too: its configuration is checked.
  const auto misconfigured =
      jwks::JwksVerifier::create({.issuer = "", .audiences = {"orders-api"}});
  if (misconfigured || misconfigured.error().code() != jwks::ErrorCode::bad_config) return 5;

  std::puts("verifier: an expired token is 401, a missing issuer is bad_config");
}
