// The application's own checks: when they are called, and what becomes of what they say.

#include <functional>
#include <stdexcept>
#include <string>
#include <vector>

#include "jose/pre_check.hpp"
#include "jwks/verify.hpp"
#include "support/catch.hpp"
#include "support/tokens.hpp"

using jwks::Claims;
using jwks::Error;
using jwks::ErrorCode;
using jwks::Result;
using test::es256;
using test::es256_set;
using test::kNow;
using test::token;

namespace {

jwks::ValidationPolicy policy_with(std::vector<jwks::ClaimValidator> validators) {
  jwks::ValidationOptions options = test::options();
  options.validators = std::move(validators);
  return test::policy(std::move(options));
}

Error refusal_by(std::function<Result<void>(const Claims&)> check) {
  return test::refusal(token(es256()).build().value(), es256_set(),
                       policy_with({{"tenant", std::move(check)}}));
}

}  // namespace

TEST_CASE("validators see the claims, in order, until one refuses") {
  std::vector<std::string> calls;
  const auto policy = policy_with({
      {"first",
       [&](const Claims& claims) {
         calls.emplace_back(claims.subject());
         return Result<void>{};
       }},
      {"second",
       [&](const Claims&) -> Result<void> {
         calls.emplace_back("second");
         return Error(ErrorCode::invalid_claim).about("tenant");
       }},
      {"third",
       [&](const Claims&) {
         calls.emplace_back("third");
         return Result<void>{};
       }},
  });
  const auto error = test::refusal(token(es256()).build().value(), es256_set(), policy);
  CHECK(error.code() == ErrorCode::invalid_claim);
  CHECK(error.subject() == "tenant");
  CHECK(calls == std::vector<std::string>{"alice", "second"});
}

TEST_CASE("an error of the claims category is passed on, with the key that signed") {
  const auto error = refusal_by([](const Claims&) -> Result<void> {
    return Error(ErrorCode::insufficient_scope).about("scope").because("orders");
  });
  CHECK(error.code() == ErrorCode::insufficient_scope);
  CHECK(error.detail() == "orders");
  CHECK(error.key_id() == es256().key_id());
}

TEST_CASE("any other error and any exception refuse the token as custom") {
  for (const ErrorCode code : {ErrorCode::bad_signature, ErrorCode::keys_unavailable,
                               ErrorCode::out_of_memory, ErrorCode::bad_config}) {
    const auto error = refusal_by([code](const Claims&) -> Result<void> { return Error(code); });
    CHECK(error.code() == ErrorCode::custom);
    CHECK(error.subject() == "tenant");
    CHECK(error.detail() == to_string(code));
  }
  const auto thrown =
      refusal_by([](const Claims&) -> Result<void> { throw std::runtime_error("secret detail"); });
  CHECK(thrown.code() == ErrorCode::custom);
  CHECK(thrown.subject() == "tenant");
  CHECK(thrown.message().find("secret detail") == std::string::npos);
  CHECK(refusal_by([](const Claims&) -> Result<void> { throw 1; }).code() == ErrorCode::custom);
  const auto absent = refusal_by([](const Claims& claims) -> Result<void> {
    const auto tenant = claims.string("tenant");
    return tenant ? Result<void>{} : tenant.error();
  });
  CHECK(absent.code() == ErrorCode::missing_claim);
}

TEST_CASE("a validator that refuses gives its name, and is not asked about forgeries",
          "[claim-80]") {
  int calls = 0;
  const auto policy = policy_with({{"tenant", [&](const Claims& claims) -> Result<void> {
                                      ++calls;
                                      if (claims.subject() == "alice")
                                        return Error(ErrorCode::custom);
                                      return {};
                                    }}});
  const auto error = test::refusal(token(es256()).build().value(), es256_set(), policy);
  CHECK(error.code() == ErrorCode::custom);
  CHECK(error.subject() == "tenant");
  CHECK(calls == 1);
  CHECK(jwks::verify(token(es256()).claim("sub", "\"bob\"").build().value(), es256_set(), policy,
                     kNow));
  CHECK(calls == 2);

  const auto forged = token(es256()).flip_bit(test::TokenBuilder::Segment::signature, 9);
  CHECK(test::refusal(forged.build().value(), es256_set(), policy).code() ==
        ErrorCode::bad_signature);
  const auto foreign = token(es256()).sign_with(test::key(test::Algorithm::es256, 1));
  CHECK(test::refusal(foreign.build().value(), es256_set(), policy).category() !=
        jwks::ErrorCategory::claims);
  CHECK(calls == 2);
}

TEST_CASE("no validator sees claims before everything else held", "[attack-143]") {
  int calls = 0;
  const auto policy = policy_with({{"count", [&](const Claims&) {
                                      ++calls;
                                      return Result<void>{};
                                    }}});
  using Change = void (*)(test::TokenBuilder&);
  const Change changes[] = {
      [](auto& t) { t.flip_bit(test::TokenBuilder::Segment::signature, 9); },
      [](auto& t) { t.header("kid", "\"other\""); },
      [](auto& t) { t.claim("iss", "\"https://evil.example\""); },
      [](auto& t) { t.claim("aud", "\"other\""); },
      [](auto& t) { t.claim("exp", "1"); },
      [](auto& t) { t.header("typ", "\"logout+jwt\""); },
  };
  for (const Change change : changes) {
    auto builder = token(es256());
    change(builder);
    CHECK_FALSE(jwks::verify(builder.build().value(), es256_set(), policy, kNow).has_value());
  }
  const std::string good = token(es256()).build().value();
  CHECK(jwks::jose::pre_check(good, policy, kNow).has_value());
  CHECK(calls == 0);
  CHECK(jwks::verify(good, es256_set(), policy, kNow).has_value());
  CHECK(calls == 1);
}
