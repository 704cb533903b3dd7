// From an issuer over a real socket to a caller and its rights.

#include <string>
#include <utility>
#include <vector>

#include "e2e/world.hpp"
#include "jwks/authenticator.hpp"
#include "jwks/http.hpp"

namespace {

using namespace test;
using jwks::AuthenticatorPtr;
using jwks::make_jwks_authenticator;
using jwks::PrincipalMapper;

Emulator es256_issuer() {
  return take(Emulator::start({.keys = {{.algorithm = Algorithm::es256}}}));
}

std::string token_of(const Emulator& issuer, jwks::emulator::JsonMembers claims = {}) {
  return take(issuer.issue({.audience = std::string(kAudience), .claims = std::move(claims)}));
}

PrincipalMapper mapper() {
  return take(PrincipalMapper::create({.org_id = {"org", "org_id"},
                                       .role = {"https://example.com/role"},
                                       .groups = {"realm_access.groups"},
                                       .required = {"org_id", "role"},
                                       .role_order = {"basic", "curator", "admin"},
                                       .group_roles = {{"editors", "curator"}}}));
}

jwks::Error refused(const jwks::Result<jwks::Principal>& outcome) {
  REQUIRE_FALSE(outcome.has_value());
  return outcome.error();
}

}  // namespace

TEST_CASE("a token of ES256 becomes a caller through discovery and a key set over a socket",
          "[smooth-operator]") {
  const Emulator issuer = es256_issuer();
  const auto auth = take(make_jwks_authenticator(options_for(issuer), mapper()));
  const auto caller =
      take(auth->authenticate(token_of(issuer, {{"org_id", R"("acme")"},
                                                {"email", R"("  ")"},
                                                {"scope", R"("orders:read")"},
                                                {"https://example.com/role", R"("curator")"}})));
  CHECK(caller.user_id == "user");
  CHECK(caller.org_id == "acme");
  CHECK(caller.role == "curator");
  CHECK(caller.email.empty());
  CHECK(caller.issuer == issuer.issuer());
  CHECK(caller.evidence.verified);
  CHECK(caller.evidence.algorithm == Algorithm::es256);
  take_nothing(mapper().require_role(caller, "basic"));
  take_nothing(require_scope(caller, "orders:read"));

  const auto may_write = require_scope(caller, "orders:write");
  REQUIRE_FALSE(may_write.has_value());
  CHECK(jwks::http_status(may_write.error()) == 403);
  CHECK(jwks::www_authenticate(may_write.error()) == R"(Bearer error="insufficient_scope")");
  CHECK(auth->health() == jwks::HealthStatus::healthy);
}

TEST_CASE("an issuer's claims that name nobody are refused over a socket too",
          "[smooth-operator]") {
  const Emulator issuer = es256_issuer();
  const auto auth = take(make_jwks_authenticator(options_for(issuer), mapper()));
  const auto refusal = [&](jwks::emulator::JsonMembers claims) {
    const auto error = refused(auth->authenticate(token_of(issuer, std::move(claims))));
    CHECK(jwks::http_status(error) == 401);
    return std::string(to_string(error.code())) + " " + std::string(error.subject());
  };
  const std::pair<std::string, std::string> org{"org", R"("acme")"};
  CHECK(refusal({{"iss", ""}}) == "missing_claim iss");
  CHECK(refusal({{"aud", ""}}) == "missing_claim aud");
  CHECK(refusal({}) == "missing_claim org");
  CHECK(refusal({org}) == "missing_claim https://example.com/role");
  CHECK(refusal({org, {"https://example.com/role", R"("owner")"}}) ==
        "invalid_claim https://example.com/role");
  CHECK(refusal({org, {"realm_access", R"({"groups":[1]})"}}) ==
        "invalid_claim realm_access.groups");
  const auto editor = take(
      auth->authenticate(token_of(issuer, {org, {"realm_access", R"({"groups":["editors"]})"}})));
  CHECK(editor.role == "curator");
}

TEST_CASE("a caller right after a rotation is recovered with one fetch, and a forgery is not",
          "[smooth-operator]") {
  const Emulator issuer = es256_issuer();
  const auto auth = take(make_jwks_authenticator(options_for(issuer)));
  CHECK_FALSE(take(auth->authenticate(token_of(issuer))).evidence.key_refreshed);
  const auto fetches = [&] { return auth->metrics().front().stats.fetches; };
  const auto before = fetches();
  take_nothing(issuer.rotate_keys(Rotation::hard));
  CHECK(take(auth->authenticate(token_of(issuer))).evidence.key_refreshed);
  CHECK(fetches() == before + 1);

  const auto forged =
      take(issuer.issue({.audience = std::string(kAudience), .signature = {.unpublished = true}}));
  CHECK(refused(auth->authenticate(forged)).code() == ErrorCode::bad_signature);
  CHECK(fetches() == before + 1);
}

TEST_CASE("callers of two issuers over sockets are named by the rules of their own") {
  const Emulator one = es256_issuer();
  const Emulator other = es256_issuer();
  std::vector<jwks::TrustedIssuer> issuers;
  issuers.push_back({.verifier = options_for(one)});
  issuers.push_back({.verifier = options_for(other),
                     .mapper = take(PrincipalMapper::create({.user_id = {"oid"}}))});
  const auto auth = take(make_multi_issuer_authenticator(std::move(issuers)));
  take_nothing(auth->warm_up(std::chrono::seconds(30)));
  const std::pair<std::string, std::string> oid{"oid", R"("o-1")"};
  CHECK(take(auth->authenticate(token_of(one, {oid}))).user_id == "user");
  CHECK(take(auth->authenticate(token_of(other, {oid}))).user_id == "o-1");
  const auto stolen_name = token_of(one, {{"iss", "\"" + other.issuer() + "\""}});
  CHECK(refused(auth->authenticate(stolen_name)).code() == ErrorCode::unknown_key);
}
