#include "bench/samples.hpp"

#include <utility>

#include "base/base64url.hpp"
#include "bench/failure.hpp"
#include "jwks/emulator.hpp"
#include "jwks/verify.hpp"

namespace bench {
namespace {

using jwks::Algorithm;
using jwks::JwkSet;
using jwks::emulator::Emulator;

constexpr std::size_t kPayloadCharacters = 451;

std::size_t payload_characters(const std::string& token) {
  const std::size_t first = token.find('.');
  return token.find('.', first + 1) - first - 1;
}

std::string issue(const Emulator& issuer, const std::string& secret, std::size_t padding) {
  jwks::emulator::TokenRequest request{
      .subject = "auth0|5f7c8ec7c33c6c004bbafe82",
      .audience = std::string(kAudience),
      .claims = {{"nbf", "1750000000"},
                 {"scope", R"("orders:read orders:write profile")"},
                 {"client_id", '"' + std::string(padding, 'c') + '"'},
                 {"org_id", R"("org_01HZX5Q8W0J7")"},
                 {"roles", R"(["admin","curator","basic"])"}},
      .header = {{"typ", R"("JWT")"}}};  // not "at+jwt", which libjwt refuses
  if (!secret.empty()) request.signature.secret = secret;
  return take(issuer.issue(request), "issue");
}

}  // namespace

Samples make_samples(Algorithm algorithm) {
  const bool is_hmac = algorithm == Algorithm::hs256;
  const std::string secret = is_hmac ? "a secret of 32 bytes, as it may." : "";
  const auto issuer =
      take(Emulator::start({.issuer = std::string(kIssuer),
                            .keys = {{.algorithm = is_hmac ? Algorithm::es256 : algorithm}}}),
           "emulator");
  issuer.stop();  // it signs; nobody needs its server

  std::size_t padding = 1;
  while (payload_characters(issue(issuer, secret, padding)) < kPayloadCharacters) ++padding;
  std::vector<std::string> tokens;
  tokens.reserve(kTokensPerAlgorithm);
  for (int i = 0; i < kTokensPerAlgorithm; ++i) tokens.push_back(issue(issuer, secret, padding));

  jwks::ValidationOptions options{.issuer = std::string(kIssuer),
                                  .audiences = {std::string(kAudience)}};
  if (is_hmac) options.algorithms = {algorithm};
  Samples samples{
      .algorithm = algorithm,
      .tokens = std::move(tokens),
      .document = is_hmac ? "" : issuer.jwks(),
      .secret = secret,
      .keys = take(is_hmac ? JwkSet::from_secret(secret, algorithm) : JwkSet::parse(issuer.jwks()),
                   "keys"),
      .policy = take(jwks::ValidationPolicy::create(options), "policy"),
      .now = std::chrono::system_clock::now()};
  // A fast refusal must not pass for a fast verification.
  for (const std::string& token : samples.tokens) {
    static_cast<void>(
        take(jwks::verify(token, samples.keys, samples.policy, samples.now), "verify"));
  }
  return samples;
}

std::vector<RefusedToken> make_refused_tokens(const Samples& samples) {
  const std::string& good = samples.tokens.front();
  const auto with_header = [&](std::string_view header) {
    return jwks::base64url::encode(header) + good.substr(good.find('.'));
  };
  std::vector<RefusedToken> tokens{
      {"no dots", std::string(500, 'a')},
      {"16 KiB + 1", std::string(jwks::kMaxTokenBytes + 1, 'a')},
      {"1 MiB", std::string(std::size_t{1024} * 1024, 'a')},
      {"bad base64url", "!" + good.substr(1)},
      {"padding", good + '='},
      {"header is no JSON", with_header("alg=ES256, typ=at+jwt, kid=1")},
      {"unknown alg", with_header(R"({"alg":"XS256","typ":"JWT"})")},
      {"alg none", with_header(R"({"alg":"none","typ":"JWT"})")},
  };
  for (const auto& [what, token] : tokens) {
    require(!jwks::verify(token, samples.keys, samples.policy, samples.now), what + " is accepted");
  }
  return tokens;
}

}  // namespace bench
