// The whole job in one program: an issuer, a service that verifies its tokens, a key rotation, bad
// tokens, and an outage. It prints what happens and exits with 0 only if everything happened as it
// should.

#include <array>
#include <chrono>
#include <cstdlib>
#include <exception>
#include <iomanip>
#include <iostream>
#include <jwks/emulator.hpp>
#include <jwks/jwks_verifier.hpp>
#include <map>
#include <string>
#include <string_view>
#include <utility>

namespace {

using jwks::Algorithm;
using jwks::emulator::Emulator;

constexpr std::string_view kAudience = "orders-api";
constexpr std::array kAlgorithms{Algorithm::es256, Algorithm::rs256, Algorithm::ps256,
                                 Algorithm::eddsa};
// {"alg":"none"}
constexpr std::string_view kUnsecuredHeader = "eyJhbGciOiJub25lIn0";

int surprises = 0;

void expect(bool holds, std::string_view what) {
  if (holds) return;
  ++surprises;
  std::cout << "  !! not as expected: " << what << '\n';
}

/// Enough of a kid to tell it from others.
std::string brief(std::string_view kid) { return std::string(kid.substr(0, 12)) + "..."; }

std::string issue(const Emulator& issuer, jwks::emulator::TokenRequest request) {
  if (request.audience.empty()) request.audience = kAudience;
  request.subject = "alice";
  auto text = issuer.issue(request);
  expect(text.has_value(), "a token is issued");
  return std::move(text).value();  // throws what went wrong
}

using Tokens = std::map<Algorithm, std::string>;

Tokens issue_one_each(const Emulator& issuer) {
  Tokens tokens;
  for (const Algorithm algorithm : kAlgorithms) {
    tokens[algorithm] = issue(issuer, {.algorithm = algorithm});
    std::cout << "  issued    " << std::left << std::setw(6) << to_string(algorithm) << "kid "
              << brief(issuer.key_id(algorithm)) << '\n';
  }
  return tokens;
}

void verify_all(const jwks::JwksVerifier& verifier, const Tokens& tokens) {
  for (const Algorithm algorithm : kAlgorithms) {
    const auto began = std::chrono::steady_clock::now();
    const auto token = verifier.verify(tokens.at(algorithm));
    const std::chrono::duration<double, std::micro> took = std::chrono::steady_clock::now() - began;
    std::cout << "  " << (token ? "verified  " : "REJECTED  ") << std::left << std::setw(6)
              << to_string(algorithm);
    if (!token) {
      std::cout << token.error().message() << '\n';
      expect(false, "the token is accepted");
      continue;
    }
    std::cout << "kid " << brief(token->key_id()) << "  sub " << token->claims().subject()
              << std::right << std::fixed << std::setprecision(0) << std::setw(8) << took.count()
              << " us" << (token->key_refreshed() ? "  (fetched the new keys)" : "") << '\n';
    expect(token->algorithm() == algorithm, "it was signed with the algorithm that was asked for");
    expect(token->claims().subject() == "alice", "its subject is alice");
  }
}

void reject(const jwks::JwksVerifier& verifier, std::string_view what, std::string_view text,
            jwks::ErrorCode code) {
  const auto token = verifier.verify(text);
  std::cout << "  " << (token ? "ACCEPTED  " : "rejected  ") << std::left << std::setw(16) << what
            << (token ? "" : token.error().message()) << '\n';
  expect(!token && token.error().code() == code, to_string(code));
}

std::string with_changed_payload(std::string text) {
  char& character = text[text.find('.') + 10];
  character = character == 'A' ? 'B' : 'A';
  return text;
}

std::string without_signature(const std::string& text) {
  const auto first = text.find('.');
  return std::string(kUnsecuredHeader) + text.substr(first, text.rfind('.') - first + 1);
}

void tell() {
  const Emulator issuer = Emulator::start({}).value();
  const auto jwks_path = issuer.jwks_uri().substr(issuer.url().size());
  const auto jwks_requests = [&] { return issuer.requests(jwks_path); };
  std::cout << "An issuer runs at " << issuer.issuer() << "\n";
  const Tokens before = issue_one_each(issuer);

  std::cout << "\nA service verifies them; all it was given is the issuer and its own name\n";
  const auto verifier = jwks::JwksVerifier::create({.issuer = issuer.issuer(),
                                                    .audiences = {std::string(kAudience)},
                                                    .http = {.allow_loopback_http = true}})
                            .value();
  verify_all(verifier, before);
  const auto fetched = jwks_requests();
  std::cout << "  JWK Set requests so far: " << fetched << '\n';
  expect(fetched == 1, "one JWK Set request was enough");

  std::cout << "\nThe issuer rotates its keys\n";
  issuer.rotate_keys(jwks::emulator::Rotation::switch_to).value();
  const Tokens after = issue_one_each(issuer);

  std::cout << "\nThe service meets the new keys\n";
  verify_all(verifier, after);
  const auto fetched_more = jwks_requests() - fetched;
  std::cout << "  JWK Set requests since the rotation: " << fetched_more << '\n';
  expect(fetched_more == 1, "exactly one more JWK Set request was enough");

  std::cout << "\nWhat the service refuses, and why\n";
  const std::string& good = after.at(Algorithm::es256);
  reject(verifier, "expired", issue(issuer, {.expires_in = std::chrono::hours(-1)}),
         jwks::ErrorCode::expired);
  reject(verifier, "wrong audience", issue(issuer, {.audience = "billing-api"}),
         jwks::ErrorCode::wrong_audience);
  reject(verifier, "tampered", with_changed_payload(good), jwks::ErrorCode::bad_signature);
  reject(verifier, "alg none", without_signature(good), jwks::ErrorCode::alg_not_allowed);

  std::cout << "\nThe issuer stops; keys that are known go on verifying\n";
  issuer.stop();
  verify_all(verifier, after);
}

}  // namespace

int main() {
  try {
    tell();
  } catch (const std::exception& error) {
    std::cerr << "quickstart: " << error.what() << '\n';
    return EXIT_FAILURE;
  }
  if (surprises != 0) {
    std::cout << '\n' << surprises << " things were not as expected.\n";
    return EXIT_FAILURE;
  }
  std::cout << "\nEverything was as it should be.\n";
  return EXIT_SUCCESS;
}
