// Verifier × emulator: what is accepted and what is not, with keys that came over a socket.

#include <array>
#include <string>

#include "e2e/world.hpp"
#include "unit/emulator/http/http_client.hpp"

namespace {

using namespace test;

constexpr std::array kSigning{
    Algorithm::es256, Algorithm::es384, Algorithm::es512, Algorithm::rs256, Algorithm::rs384,
    Algorithm::rs512, Algorithm::ps256, Algorithm::ps384, Algorithm::ps512, Algorithm::eddsa};

TEST_CASE("tokens of every algorithm are verified with keys found by discovery") {
  jwks::emulator::EmulatorOptions options;
  for (const Algorithm algorithm : kSigning) options.keys.push_back({.algorithm = algorithm});
  const World world(options);
  for (const Algorithm algorithm : kSigning) {
    CAPTURE(to_string(algorithm));
    const auto token =
        world.verifier.verify(world.token({.subject = "alice", .algorithm = algorithm}));
    REQUIRE(token.has_value());
    CHECK(token->algorithm() == algorithm);
    CHECK(token->key_id() == world.issuer.key_id(algorithm));
    CHECK(token->key_thumbprint() == token->key_id());  // how the emulator names its keys
    CHECK(token->claims().issuer() == world.issuer.issuer());
    CHECK(token->claims().subject() == "alice");
    CHECK(token->claims().has_audience(kAudience));
    CHECK_FALSE(token->key_refreshed());
    CHECK_FALSE(token->stale());
  }
  CHECK(world.jwks_requests() == 1);
}

TEST_CASE("an emulator without options signs with ES256, RS256, PS256 and EdDSA") {
  const World world(jwks::emulator::EmulatorOptions{});
  for (const Algorithm algorithm :
       {Algorithm::es256, Algorithm::rs256, Algorithm::ps256, Algorithm::eddsa}) {
    CAPTURE(to_string(algorithm));
    const auto token = world.verifier.verify(world.token({.algorithm = algorithm}));
    REQUIRE(token.has_value());
    CHECK(token->algorithm() == algorithm);
  }
}

TEST_CASE("bad tokens of a good issuer are refused, each for its own reason") {
  const World world;
  const std::string good = world.token();
  REQUIRE(world.verifier.verify(good).has_value());

  check_refused(world.verifier.verify(world.token({.expires_in = std::chrono::hours(-1)})),
                ErrorCode::expired);
  check_refused(world.verifier.verify(world.token({.audience = "billing-api"})),
                ErrorCode::wrong_audience);
  check_refused(world.verifier.verify(world.token({.claims = {{"aud", ""}}})),
                ErrorCode::missing_claim);
  check_refused(world.verifier.verify(world.token({.claims = {{"nbf", "99999999999"}}})),
                ErrorCode::not_yet_valid);
  check_refused(world.verifier.verify(world.token({.claims = {{"iss", R"("https://x.example")"}}})),
                ErrorCode::wrong_issuer);
  check_refused(
      world.verifier.verify(world.token({.header = {{"crit", R"(["b64"])"}, {"b64", "false"}}})),
      ErrorCode::crit_unsupported);
  check_refused(world.verifier.verify(world.token({.header = {{"typ", R"("dpop+jwt")"}}})),
                ErrorCode::wrong_type);

  std::string tampered = good;
  char& character = tampered[tampered.find('.') + 10];
  character = character == 'A' ? 'B' : 'A';
  check_refused(world.verifier.verify(tampered), ErrorCode::bad_signature);

  // {"alg":"none"}
  const auto dot = good.find('.');
  check_refused(
      world.verifier.verify("eyJhbGciOiJub25lIn0" + good.substr(dot, good.rfind('.') - dot + 1)),
      ErrorCode::alg_not_allowed);
  check_refused(world.verifier.verify(world.token({.header = {{"alg", R"("ES384")"}}})),
                ErrorCode::alg_mismatch);
  CHECK(world.jwks_requests() == 1);
}

TEST_CASE("a token of another issuer is refused without asking anybody for its key") {
  const World ours;
  const World theirs;
  REQUIRE(ours.verifier.verify(ours.token()).has_value());
  check_refused(ours.verifier.verify(theirs.token()), ErrorCode::wrong_issuer);
  CHECK(ours.jwks_requests() == 1);
  CHECK(theirs.verifier.verify(theirs.token()).has_value());
}

TEST_CASE("a discovery document that speaks for another issuer is not believed") {
  const auto issuer = take(Emulator::start({.issuer = "https://pinned.example"}));
  auto options = options_for(issuer);
  options.issuer = issuer.url();
  const auto verifier = take(jwks::JwksVerifier::create(options));
  const auto text = take(issuer.issue(
      {.audience = std::string(kAudience), .claims = {{"iss", '"' + issuer.url() + '"'}}}));
  const auto token = verifier.verify(text);
  REQUIRE_FALSE(token.has_value());
  CHECK(token.error().code() == ErrorCode::keys_unavailable);
  CHECK(token.error().subject() == "issuer");  // of the document
  CHECK(issuer.requests("/.well-known/openid-configuration") >= 1);
  CHECK(issuer.requests("/.well-known/jwks.json") == 0);
}

TEST_CASE("with a jwks_uri the issuer is only a name") {
  const auto issuer = take(Emulator::start({.issuer = "https://pinned.example"}));
  auto options = options_for(issuer);
  options.jwks_uri = issuer.jwks_uri();
  const auto verifier = take(jwks::JwksVerifier::create(options));
  const auto token = verifier.verify(take(issuer.issue({.audience = std::string(kAudience)})));
  REQUIRE(token.has_value());
  CHECK(token->claims().issuer() == "https://pinned.example");
}

TEST_CASE("a token that client_credentials brought is verified end to end") {
  const World world({.keys = {{.algorithm = Algorithm::es256}},
                     .organizations = {{.name = "One", .id = "org_1"}},
                     .applications = {{.name = "worker",
                                       .client_id = "client_worker",
                                       .client_secret = "s3cret",
                                       .organization = "org_1",
                                       .audience = std::string(kAudience),
                                       .scopes = {"orders:read", "orders:write"}}}});
  const Reply reply =
      post(world.issuer.port(), "/oauth2/token", "application/x-www-form-urlencoded",
           "grant_type=client_credentials&client_id=client_worker&client_secret=s3cret"
           "&scope=orders%3Aread");
  REQUIRE(reply.status == 200);
  constexpr std::string_view kMember = R"("access_token":")";
  const std::size_t begin = reply.body.find(kMember);
  REQUIRE(begin != std::string::npos);
  const std::size_t end = reply.body.find('"', begin + kMember.size());
  const auto token = world.verifier.verify(
      reply.body.substr(begin + kMember.size(), end - begin - kMember.size()));
  REQUIRE(token.has_value());
  CHECK(token->claims().subject() == "client_worker");
  CHECK(token->claims().has_scope("orders:read"));
  CHECK_FALSE(token->claims().has_scope("orders:write"));
  const auto organization = token->claims().string("org_id");
  REQUIRE(organization.has_value());
  CHECK(*organization == "org_1");
}

}  // namespace
