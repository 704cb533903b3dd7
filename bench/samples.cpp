#include "bench/samples.hpp"

#include <utility>

#include "bench/failure.hpp"
#include "jwks/emulator.hpp"
#include "jwks/verify.hpp"

namespace bench {
namespace {

constexpr std::size_t kPayloadCharacters = 451;
constexpr const char* kIssuer = "https://issuer.example.com";
constexpr const char* kAudience = "orders-api";

std::size_t payload_characters(const std::string& token) {
  const std::size_t first = token.find('.');
  return token.find('.', first + 1) - first - 1;
}

std::string issue(const jwks::emulator::Emulator& issuer, std::size_t padding) {
  return take(issuer.issue({.subject = "auth0|5f7c8ec7c33c6c004bbafe82",
                            .audience = kAudience,
                            .claims = {{"nbf", "1750000000"},
                                       {"scope", R"("orders:read orders:write profile")"},
                                       {"client_id", '"' + std::string(padding, 'c') + '"'},
                                       {"org_id", R"("org_01HZX5Q8W0J7")"},
                                       {"roles", R"(["admin","curator","basic"])"}}}),
              "issue");
}

}  // namespace

Samples make_samples(jwks::Algorithm algorithm) {
  const auto issuer =
      take(jwks::emulator::Emulator::start({.issuer = kIssuer, .keys = {{.algorithm = algorithm}}}),
           "emulator");
  issuer.stop();  // it signs; nobody needs its server

  std::size_t padding = 1;
  while (payload_characters(issue(issuer, padding)) < kPayloadCharacters) ++padding;
  std::vector<std::string> tokens;
  tokens.reserve(kTokensPerAlgorithm);
  for (int i = 0; i < kTokensPerAlgorithm; ++i) tokens.push_back(issue(issuer, padding));

  Samples samples{
      .algorithm = algorithm,
      .tokens = std::move(tokens),
      .document = issuer.jwks(),
      .keys = take(jwks::JwkSet::parse(issuer.jwks()), "JWK Set"),
      .policy = take(jwks::ValidationPolicy::create({.issuer = kIssuer, .audiences = {kAudience}}),
                     "policy"),
      .now = std::chrono::system_clock::now()};
  // A fast refusal must not pass for a fast verification.
  for (const std::string& token : samples.tokens) {
    static_cast<void>(
        take(jwks::verify(token, samples.keys, samples.policy, samples.now), "verify"));
  }
  return samples;
}

}  // namespace bench
