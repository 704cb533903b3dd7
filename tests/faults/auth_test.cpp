// Memory that runs out on the way from a token to a caller: an error, and every callback is called.

#include <cstddef>
#include <limits>
#include <memory>
#include <stdexcept>
#include <string>

#include "base/base64url.hpp"
#include "faults/every_fault.hpp"
#include "jwks/authenticator.hpp"
#include "support/catch.hpp"
#include "support/fake_clock.hpp"
#include "support/tokens.hpp"

namespace {

using fault::Kind;
using fault::refuses_every_fault;
using fault::succeeds;
using jwks::Authenticator;
using jwks::AuthenticatorPtr;
using jwks::ErrorCode;
using jwks::Principal;
using jwks::Result;

const std::string kLongName(100, 'x');

/// A token with a value for every kind of field, none of which fits into a string itself.
std::string token_text() {
  const std::string name = test::json_quoted(kLongName);
  return test::token(test::es256())
      .claim("sub", name)
      .claim("org", name)
      .claim("roles", "[" + name + "]")
      .claim("scope", test::json_quoted(kLongName + " b"))
      .claim("jti", name)
      .build()
      .value();
}

AuthenticatorPtr with_static_keys() {
  return jwks::make_static_authenticator(test::es256_set(), test::options(), {},
                                         std::make_shared<test::FakeClock>(test::kNow))
      .value();
}

class CountingAuditor final : public jwks::Auditor {
 public:
  void on_authentication(const jwks::AuditRecord&) override { ++records; }
  std::size_t records = 0;
};

/// Whether there is a caller; anything but a lack of memory ends in an exception.
bool has_caller(const Result<Principal>& outcome) {
  if (!outcome && outcome.error().code() != ErrorCode::out_of_memory)
    throw std::logic_error(outcome.error().message());
  return outcome.has_value();
}

/// What is called back, which must be once.
bool calls_back_with_caller(const Authenticator& auth, std::string_view token) {
  int calls = 0;
  bool accepted = false;
  auth.authenticate_async(token, [&calls, &accepted](const Result<Principal>& outcome) {
    ++calls;
    accepted = has_caller(outcome);
  });
  if (calls != 1) throw std::logic_error("called back " + std::to_string(calls) + " times");
  return accepted;
}

}  // namespace

TEST_CASE("a lack of memory makes no caller, whoever vouches for one", "[attack-214]") {
  const std::string token = token_text();
  const auto clock = std::make_shared<test::FakeClock>(test::kNow);
  const auto fixed = with_static_keys();
  const auto trusted = jwks::make_trusted_authenticator({}, clock).value();
  const auto development =
      jwks::make_development_authenticator({.user_id = kLongName, .roles = {kLongName}}).value();
  const std::string identity = jwks::base64url::encode(R"({"sub":")" + kLongName + "\"}");

  const auto faults = [](const Authenticator& auth, std::string_view text) {
    const auto sync =
        refuses_every_fault(Kind::memory, [&] { return has_caller(auth.authenticate(text)); });
    const auto async =
        refuses_every_fault(Kind::memory, [&] { return calls_back_with_caller(auth, text); });
    CHECK(async >= sync);
    return sync;
  };
  CHECK(faults(*fixed, token) >= 8);
  CHECK(faults(*trusted, identity) >= 3);
  CHECK(faults(*development, "") >= 3);
}

TEST_CASE("a lack of memory may lose the record of an authentication, and nothing else",
          "[attack-214]") {
  const std::string token = token_text();
  const auto auditor = std::make_shared<CountingAuditor>();
  const auto auth = jwks::make_audited_authenticator(with_static_keys(), auditor).value();
  // What a key keeps from its first uses on is made before.
  for (int i = 0; i < 3; ++i) REQUIRE(has_caller(auth->authenticate(token)));
  fault::arm(Kind::memory, std::numeric_limits<std::size_t>::max());
  REQUIRE(calls_back_with_caller(*auth, token));
  fault::disarm();
  const std::size_t allocations = fault::counted();
  const std::size_t recorded = auditor->records;
  REQUIRE(recorded == 4);
  std::size_t refused = 0;
  for (std::size_t nth = 1; nth <= allocations; ++nth) {
    CAPTURE(nth);
    fault::arm(Kind::memory, nth);
    const bool accepted = calls_back_with_caller(*auth, token);
    CHECK(fault::disarm());
    refused += accepted ? 0 : 1;
  }
  // Either the token was refused, and recorded, or its record was lost.
  CHECK(auditor->records - recorded == refused);
  CHECK(refused < allocations);
}

TEST_CASE("a lack of memory makes no authenticator, and is said to be one", "[attack-214]") {
  const auto keys = test::es256_set();
  const auto clock = std::make_shared<test::FakeClock>(test::kNow);
  const auto is_made = [](const Result<AuthenticatorPtr>& made) {
    if (!made && made.error().code() != ErrorCode::out_of_memory)
      throw std::logic_error(made.error().message());
    return made.has_value();
  };
  const jwks::PrincipalMapper mapper;
  CHECK(refuses_every_fault(Kind::memory, [&] {
          return is_made(jwks::make_trusted_authenticator(mapper, clock));
        }) >= 2);
  CHECK(refuses_every_fault(Kind::memory, [&] {
          return is_made(jwks::make_development_authenticator({.user_id = "dev"}));
        }) >= 1);
  CHECK(refuses_every_fault(
            Kind::memory, [&] { return is_made(jwks::make_disabled_authenticator("why")); }) >= 1);
  CHECK(refuses_every_fault(Kind::memory, [&] {
          return succeeds([] { return jwks::PrincipalMapper::create({}); });
        }) >= 10);
}
