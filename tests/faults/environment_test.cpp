// Memory that runs out while a service is set up: an error, and never another authenticator than
// the one that was asked for.

#include <map>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>

#include "faults/every_fault.hpp"
#include "jwks/auth_environment.hpp"
#include "jwks/jwks_verifier.hpp"
#include "support/catch.hpp"
#include "support/fake_clock.hpp"
#include "support/tokens.hpp"

namespace {

using fault::Kind;
using fault::refuses_every_fault;
using fault::succeeds;
using jwks::ErrorCode;

using Map = std::map<std::string, std::string>;

/// Whether the authenticator of this mode is made; any other, and any error but a lack of memory,
/// ends in an exception.
bool is_made(const jwks::AuthEnvironment& environment, std::string_view mode) {
  const auto made = jwks::authenticator_from_env(environment);
  if (!made && made.error().code() != ErrorCode::out_of_memory)
    throw std::logic_error(made.error().message());
  if (made && made->authenticator->mode() != mode)
    throw std::logic_error("mode " + std::string(made->authenticator->mode()));
  return made.has_value();
}

std::size_t faults_of(const Map& variables, std::string_view mode) {
  jwks::AuthEnvironment environment;
  environment.variable = [&variables](const std::string& name) -> std::optional<std::string> {
    const auto found = variables.find(name);
    if (found == variables.end()) return std::nullopt;
    return found->second;
  };
  environment.clock = std::make_shared<test::FakeClock>(test::kNow);
  return refuses_every_fault(Kind::memory,
                             [&] { return succeeds([&] { return is_made(environment, mode); }); });
}

}  // namespace

TEST_CASE("a lack of memory makes no authenticator of the environment", "[attack-214]") {
  const std::string secret = std::string(63, 's') + "t";
  const std::string pem = jwks::Jwk::parse(test::key(test::Algorithm::rs256).public_jwk())
                              .and_then([](const jwks::Jwk& key) { return key.to_pem(); })
                              .value();
  CHECK(faults_of({{"AUTH_JWT_HS256_SECRET", secret},
                   {"AUTH_JWT_ISSUER", "https://issuer.example"},
                   {"AUTH_JWT_AUDIENCE", "orders-api,billing-api"},
                   {"AUTH_JWT_JWKS_URL", "https://issuer.example/keys"}},
                  "secret") >= 20);
  CHECK(faults_of({{"AUTH_JWT_RS256_PUBLIC_KEY", pem}}, "public_key") >= 20);
  CHECK(faults_of({{"AUTH_MODE", "none"}, {"AUTH_JWT_HS256_SECRET", secret}}, "none") >= 10);
  CHECK(faults_of({{"AUTH_MODE", "trusted"}}, "trusted") >= 10);
  CHECK(faults_of({}, "disabled") >= 10);
}

TEST_CASE("a lack of memory makes no verifier that shares keys", "[attack-214]") {
  const auto verifier =
      jwks::JwksVerifier::create_static(test::es256_set(), test::options()).value();
  const jwks::ValidationOptions validation{.audiences = {"shop"},
                                           .profile = jwks::TokenProfile::id_token};
  CHECK(refuses_every_fault(Kind::memory, [&] {
          return succeeds([&] { return verifier.sharing_keys(validation); });
        }) >= 3);
}
