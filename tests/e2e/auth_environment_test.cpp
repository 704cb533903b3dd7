// A service that an operator configures by variables, and an issuer on a real socket.

#include <map>
#include <optional>
#include <string>
#include <utility>

#include "e2e/world.hpp"
#include "jwks/auth_environment.hpp"
#include "support/temporary_file.hpp"

namespace {

using namespace test;

using Variables = std::map<std::string, std::string>;

jwks::Result<jwks::ConfiguredAuthenticator> configure(const Variables& variables) {
  return jwks::authenticator_from_env(
      {.mapper = take(jwks::PrincipalMapper::create({.required = {"org_id", "role"},
                                                     .role_order = {"basic", "curator", "admin"},
                                                     .group_roles = {{"staff", "curator"}}})),
       .variable = [variables](const std::string& name) -> std::optional<std::string> {
         const auto found = variables.find(name);
         if (found == variables.end()) return std::nullopt;
         return found->second;
       }});
}

std::string token_with(const Emulator& issuer, jwks::emulator::JsonMembers claims) {
  claims.emplace_back("org_id", R"("org_1")");
  return take(issuer.issue({.subject = "alice",
                            .audience = std::string(kAudience),
                            .algorithm = Algorithm::es256,
                            .claims = std::move(claims)}));
}

TEST_CASE("an issuer and an audience are all that a service needs to know its callers",
          "[smooth-operator]") {
  const auto issuer = take(Emulator::start(small_keys()));
  const auto made = take(configure({{"AUTH_MODE", "smoo"},
                                    {"AUTH_JWT_ISSUER", issuer.issuer()},
                                    {"AUTH_JWT_AUDIENCE", std::string(kAudience)},
                                    {"AUTH_ALLOW_LOOPBACK_HTTP", "true"}}));
  const auto authenticate = [&](jwks::emulator::JsonMembers claims) {
    return made.authenticator->authenticate(token_with(issuer, std::move(claims)));
  };
  const auto principal = authenticate({{"role", R"("admin")"}, {"email", R"("  ")"}});
  if (!principal) FAIL(principal.error().message());
  CHECK(principal->user_id == "alice");
  CHECK(principal->org_id == "org_1");
  CHECK(principal->role == "admin");
  CHECK(principal->email.empty());
  CHECK(principal->evidence.algorithm == Algorithm::es256);

  const auto by_group = authenticate({{"groups", R"(["staff","others"])"}});
  REQUIRE(by_group);
  CHECK(by_group->role == "curator");
  const auto code = [&](jwks::emulator::JsonMembers claims) {
    const auto outcome = authenticate(std::move(claims));
    return outcome ? std::string("accepted") : std::string(to_string(outcome.error().code()));
  };
  CHECK(code({{"role", R"("owner")"}}) == "invalid_claim");
  CHECK(code({}) == "missing_claim");
  CHECK(code({{"role", R"("admin")"}, {"iss", ""}}) == "missing_claim");
  CHECK(code({{"role", R"("admin")"}, {"aud", ""}}) == "missing_claim");

  // The keys were where the issuer alone says that they are, and nothing else was asked.
  CHECK(issuer.requests("/.well-known/jwks.json") == 1);
  CHECK(issuer.requests("/.well-known/openid-configuration") == 0);
}

TEST_CASE("a CA file makes an issuer with a private certificate reachable", "[smooth-operator]") {
  auto options = small_keys();
  options.tls = true;
  const auto issuer = take(Emulator::start(std::move(options)));
  const TemporaryFile authority(issuer.ca_pem());
  const auto made = take(configure({{"AUTH_JWT_ISSUER", issuer.issuer()},
                                    {"AUTH_JWT_AUDIENCE", std::string(kAudience)},
                                    {"AUTH_JWT_CA_FILE", authority.path()}}));
  const auto principal =
      made.authenticator->authenticate(token_with(issuer, {{"role", R"("basic")"}}));
  if (!principal) FAIL(principal.error().message());
  CHECK(principal->role == "basic");
  for (const std::string& note : made.notes) CHECK_FALSE(note.starts_with("WARNING"));
}

}  // namespace
