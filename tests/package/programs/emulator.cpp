// A user of jwks::emulator in a test: a token issued in-process verifies over real HTTP.

#include <jwks/emulator.hpp>
#include <jwks/jwks_verifier.hpp>

#include <cstdio>

int main() {
  const auto issuer = jwks::emulator::Emulator::start({});
  if (!issuer) {
    std::printf("no emulator: %s\n", issuer.error().message().c_str());
    return 1;
  }
  const auto verifier = jwks::JwksVerifier::create({.issuer = issuer->issuer(),
                                                    .audiences = {"orders-api"},
                                                    .http = {.allow_loopback_http = true}});
  const auto text = issuer->issue({.subject = "alice", .audience = "orders-api"});
  if (!verifier || !text) return 2;

  const auto token = verifier->verify(*text);
  if (!token) {
    std::printf("refused: %s\n", token.error().message().c_str());
    return 3;
  }
  if (token->claims().subject() != "alice") return 4;
  if (issuer->requests("/.well-known/jwks.json") != 1) return 5;

  std::puts("emulator: issued, fetched the key once, verified");
}
