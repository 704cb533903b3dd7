// How a service's own test uses the emulator: a real issuer in the test's process, no mock, no
// network beyond the loopback. With a test framework, `expect` is its CHECK.

#include <cstdlib>
#include <iostream>
#include <jwks/emulator.hpp>
#include <jwks/jwks_verifier.hpp>

namespace {

void expect(bool holds, const char* what) {
  if (holds) return;
  std::cerr << "failed: " << what << '\n';
  std::exit(EXIT_FAILURE);
}

}  // namespace

int main() {
  const auto idp = jwks::emulator::Emulator::start({});
  expect(idp.has_value(), "the emulator starts on a free port");

  const auto verifier = jwks::JwksVerifier::create({.issuer = idp->issuer(),
                                                    .audiences = {"orders-api"},
                                                    .http = {.allow_loopback_http = true}});
  expect(verifier.has_value(), "the verifier accepts its options");

  // A good token is accepted, and its claims can be read.
  const auto text = idp->issue({.subject = "alice", .audience = "orders-api"});
  expect(text.has_value(), "a token is issued");
  const auto token = verifier->verify(*text);
  expect(token.has_value(), "the token is accepted");
  expect(token->claims().subject() == "alice", "its subject is alice");

  // A rotation is followed at once.
  expect(idp->rotate_keys(jwks::emulator::Rotation::hard).has_value(), "the keys are rotated");
  const auto fresh = idp->issue({.subject = "alice", .audience = "orders-api"});
  expect(verifier->verify(*fresh).has_value(), "a token of the new key is accepted");

  // A token for somebody else is refused, for exactly that reason.
  const auto foreign = idp->issue({.subject = "alice", .audience = "billing-api"});
  const auto refused = verifier->verify(*foreign);
  expect(!refused.has_value(), "a token for another audience is refused");
  expect(refused.error().code() == jwks::ErrorCode::wrong_audience, "because of its audience");

  // An issuer that is down does not matter to a key that is known.
  idp->stop();
  expect(verifier->verify(*fresh).has_value(), "known keys outlive their issuer");
  std::cout << "all expectations hold\n";
  return EXIT_SUCCESS;
}
