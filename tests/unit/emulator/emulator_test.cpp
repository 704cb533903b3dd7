// The emulator as its users see it: through the public header and a socket.

#include "jwks/emulator.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "emulator/issuer/signing_key.hpp"
#include "jwks/verify.hpp"
#include "support/catch.hpp"
#include "unit/emulator/http/http_client.hpp"
#include "unit/emulator/no_threads.hpp"

namespace {

using jwks::Algorithm;
using jwks::emulator::Emulator;
using jwks::emulator::EmulatorOptions;
using jwks::emulator::FaultKind;
using jwks::emulator::Rotation;
using test::get;
using test::post;

constexpr const char* kJwks = "/.well-known/jwks.json";
constexpr const char* kForm = "application/x-www-form-urlencoded";

/// With one cheap key, for tests that are not about keys.
EmulatorOptions small() { return {.keys = {{.algorithm = Algorithm::es256}}}; }

Emulator started(EmulatorOptions options = small()) {
  return Emulator::start(std::move(options)).value();
}

/// Verifies with the core against the keys that are served now.
jwks::Result<jwks::VerifiedToken> verified(const Emulator& idp, const std::string& token,
                                           const std::string& audience) {
  const auto keys = jwks::JwkSet::parse(get(idp.port(), kJwks).body).value();
  const auto policy =
      jwks::ValidationPolicy::create({.issuer = idp.issuer(), .audiences = {audience}}).value();
  return jwks::verify(token, keys, policy, std::chrono::system_clock::now());
}

}  // namespace

TEST_CASE("the default emulator signs with four algorithms, each of which verifies") {
  const Emulator idp = started({});
  for (const Algorithm algorithm :
       {Algorithm::es256, Algorithm::rs256, Algorithm::ps256, Algorithm::eddsa}) {
    CAPTURE(std::string(jwks::to_string(algorithm)));
    const auto text =
        idp.issue({.subject = "alice", .audience = "orders-api", .algorithm = algorithm});
    REQUIRE(text);
    const auto token = verified(idp, *text, "orders-api");
    REQUIRE(token);
    CHECK(token->claims().subject() == "alice");
    CHECK_FALSE(idp.key_id(algorithm).empty());
  }
  CHECK(idp.key_id(Algorithm::es512).empty());
  CHECK(idp.issue({.algorithm = Algorithm::es512}).error().code() == jwks::ErrorCode::bad_config);
}

TEST_CASE("two emulators share no keys and no port") {
  const Emulator a = started();
  const Emulator b = started();
  CHECK(a.port() != b.port());
  CHECK(a.key_id(Algorithm::es256) != b.key_id(Algorithm::es256));
  const std::string token = a.issue({.audience = "api"}).value();
  CHECK(verified(a, token, "api"));
  CHECK_FALSE(verified(b, token, "api"));
}

TEST_CASE("rotation shows in what is served and in what signs") {
  const Emulator idp = started();
  const std::string before = idp.key_id(Algorithm::es256);
  const std::string old_token = idp.issue({.audience = "api"}).value();
  REQUIRE(idp.jwks_version() == 1);

  REQUIRE(idp.rotate_keys());
  CHECK(idp.jwks_version() == 2);
  CHECK(idp.key_id(Algorithm::es256) != before);
  CHECK(get(idp.port(), kJwks).body == idp.jwks());
  CHECK(verified(idp, old_token, "api"));
  CHECK(verified(idp, idp.issue({.audience = "api"}).value(), "api"));

  REQUIRE(idp.rotate_keys(Rotation::hard));
  CHECK(idp.jwks().find(before) == std::string::npos);
  const auto refused = verified(idp, old_token, "api");
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code() == jwks::ErrorCode::unknown_key);
  CHECK(verified(idp, idp.issue({.audience = "api"}).value(), "api"));
}

TEST_CASE("a registered application gets a token over HTTP that verifies") {
  EmulatorOptions options = small();
  options.organizations = {{.name = "Acme", .id = "org_acme"}};
  options.applications = {{.name = "Billing",
                           .client_id = "billing",
                           .client_secret = "secret",
                           .organization = "org_acme",
                           .audience = "billing-api",
                           .scopes = {"read"}}};
  const Emulator idp = started(std::move(options));
  const auto reply =
      post(idp.port(), "/oauth2/token", kForm,
           "grant_type=client_credentials&client_id=billing&client_secret=secret&scope=read");
  REQUIRE(reply.status == 200);
  const std::size_t begin = reply.body.find("eyJ");
  const std::string text = reply.body.substr(begin, reply.body.find('"', begin) - begin);
  const auto token = verified(idp, text, "billing-api");
  REQUIRE(token);
  CHECK(token->claims().subject() == "billing");
  CHECK(token->claims().has_scope("read"));
  CHECK(token->claims().string("org_id").value() == "org_acme");
  CHECK(idp.requests("/oauth2/token") == 1);
  REQUIRE(idp.journal().size() == 2);
  CHECK(idp.journal()[0].method == "POST");
  CHECK(idp.journal()[0].status == 200);
  CHECK(idp.applications().at(0).client_id == "billing");
}

TEST_CASE("to look at an issuer makes none") {
  EmulatorOptions options = small();
  options.auto_issuers = true;
  const Emulator idp = started(std::move(options));
  CHECK(idp.issuer("typo").empty());
  CHECK(idp.jwks("typo").empty());
  CHECK(idp.key_id(Algorithm::es256, "typo").empty());
  CHECK(idp.jwks_version("typo") == 0);
  CHECK(get(idp.port(), "/_emulate/issuers").body.find("typo") == std::string::npos);
  CHECK(idp.issue({.issuer = "tenant"}));
  CHECK(idp.issuer("tenant") == idp.url() + "/tenant");
}

TEST_CASE("requests are counted until the journal is cleared") {
  const Emulator idp = started();
  CHECK(idp.requests(kJwks) == 0);
  CHECK(get(idp.port(), std::string(kJwks) + "?x=1").status == 200);
  CHECK(get(idp.port(), kJwks).status == 200);
  CHECK(idp.requests(kJwks) == 2);
  idp.clear_journal();
  CHECK(idp.requests(kJwks) == 0);
}

TEST_CASE("a key pinned by PEM and kid is the one that is served") {
  const auto key = jwks::emulator::SigningKey::generate(Algorithm::es384).value();
  const Emulator idp = started(
      {.keys = {
           {.algorithm = Algorithm::es384, .pem = key.private_pem().value(), .key_id = "pinned"}}});
  CHECK(idp.key_id(Algorithm::es384) == "pinned");
  const auto set = jwks::JwkSet::parse(idp.jwks()).value();
  REQUIRE(set.keys().size() == 1);
  CHECK(set.keys()[0].thumbprint() == key.thumbprint());
}

TEST_CASE("a pinned issuer is in tokens and documents, and the bound URL goes on answering") {
  EmulatorOptions options = small();
  options.issuer = "https://issuer.example/a";
  const Emulator idp = started(std::move(options));
  CHECK(idp.issuer() == "https://issuer.example/a");
  CHECK(idp.url() == "http://127.0.0.1:" + std::to_string(idp.port()));
  CHECK(idp.jwks_uri() == idp.url() + kJwks);
  CHECK(verified(idp, idp.issue({.audience = "api"}).value(), "api"));
  CHECK(get(idp.port(), "/a/.well-known/openid-configuration").status == 200);
}

TEST_CASE("all time in tokens comes from the given clock") {
  EmulatorOptions options = small();
  options.clock = [] {
    return std::chrono::system_clock::time_point(std::chrono::seconds(1'000'000'000));
  };
  const Emulator idp = started(std::move(options));
  const auto refused = verified(idp, idp.issue({.audience = "api"}).value(), "api");
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code() == jwks::ErrorCode::expired);
  CHECK(get(idp.port(), "/health").status == 200);
  CHECK(idp.journal().back().time.time_since_epoch() == std::chrono::seconds(1'000'000'000));
}

TEST_CASE("a stopped emulator refuses connections and comes back on the same port, unchanged") {
  const Emulator idp = started();
  const std::string token = idp.issue({.audience = "api"}).value();
  CHECK(get(idp.port(), kJwks).status == 200);
  idp.stop();
  idp.stop();
  CHECK_FALSE(test::Connection(idp.port()).connected());
  CHECK(idp.issue({}));  // tokens need no socket
  CHECK_FALSE(idp.add_fault({.kind = FaultKind::refuse, .duration = std::chrono::seconds(1)}));

  REQUIRE(idp.restart());
  REQUIRE(idp.restart());
  CHECK(verified(idp, token, "api"));
  CHECK(idp.requests(kJwks) == 2);
}

TEST_CASE("an emulator that finds no thread to serve with stays stopped, and can try again") {
  const Emulator idp = started();
  idp.stop();
  {
    const test::NoThreads none;
    CHECK_FALSE(idp.restart());
    CHECK_FALSE(test::Connection(idp.port()).connected());
  }
  REQUIRE(idp.restart());
  CHECK(get(idp.port(), "/health").status == 200);
}

TEST_CASE("an emulator that is destroyed waits for no keys") {
  EmulatorOptions options = small();
  options.issuers = {{.name = "slow",
                      .keys = std::vector<jwks::emulator::KeyOptions>(
                          100, {.algorithm = Algorithm::rs256, .rsa_bits = 4096})}};  // minutes
  std::optional<Emulator> idp = started(std::move(options));
  test::Connection waiting(idp->port());
  waiting.send("GET /slow/oauth2/jwks HTTP/1.1\r\nHost: x\r\n\r\n");
  CHECK(get(idp->port(), "/health").status == 200);
  const auto start = std::chrono::steady_clock::now();
  idp.reset();
  CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds(20));
  waiting.wait_for_close();
}

TEST_CASE("an emulator that is moved goes on serving") {
  Emulator first = started();
  const std::uint16_t port = first.port();
  const Emulator second = std::move(first);
  CHECK(second.port() == port);
  CHECK(get(port, "/health").status == 200);
  first.stop();  // NOLINT(bugprone-use-after-move): that does nothing
  CHECK(get(port, "/health").status == 200);
}

TEST_CASE("a failure can be switched on and off") {
  const Emulator idp = started();
  REQUIRE(idp.fail_with(500));
  CHECK(get(idp.port(), kJwks).status == 500);
  REQUIRE(idp.fail_with({}));
  CHECK(get(idp.port(), kJwks).status == 200);
  CHECK(idp.requests(kJwks) == 2);

  // It goes before hooks, and a status that can't be answered leaves things as they are.
  REQUIRE(idp.add_hook({.status = 418}));
  REQUIRE(idp.fail_with(503));
  const auto refused = idp.fail_with(42);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().subject() == "status");
  CHECK(get(idp.port(), kJwks).status == 503);
  REQUIRE(idp.fail_with(500));
  CHECK(get(idp.port(), kJwks).status == 500);
  REQUIRE(idp.fail_with({}));
  CHECK(get(idp.port(), kJwks).status == 418);
}

TEST_CASE("options that can't be served are refused, and the option is named") {
  const Emulator idp = started();
  const auto refusal = [](auto change) {
    EmulatorOptions options = small();
    change(options);
    return std::string(Emulator::start(std::move(options)).error().subject());
  };
  CHECK(refusal([&](auto& o) { o.port = idp.port(); }) == "port");
  CHECK(refusal([](auto& o) { o.host = ""; }) == "host");
  CHECK(refusal([](auto& o) { o.host = "no such host"; }) == "host");
  CHECK(refusal([](auto& o) { o.issuer = "issuer.example"; }) == "issuer");
  CHECK(refusal([](auto& o) { o.token_lifetime = std::chrono::seconds(0); }) == "token_lifetime");
  CHECK(refusal([](auto& o) { o.jwks_max_age = std::chrono::seconds(-1); }) == "jwks_max_age");
  CHECK(refusal([](auto& o) { o.keys[0].pem = "no PEM"; }) == "keys[0]");
  CHECK(refusal([](auto& o) {
          o.applications = {{.name = "A", .client_id = "x"}, {.name = "B", .client_id = "x"}};
        }) == "connectApplications[1].client_id");
}
