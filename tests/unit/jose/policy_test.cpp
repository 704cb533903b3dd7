#include "jwks/policy.hpp"

#include <string>

#include "support/catch.hpp"

using jwks::ValidationOptions;
using jwks::ValidationPolicy;
using std::chrono::seconds;

namespace {

std::string refused(const ValidationOptions& options) {
  const auto policy = ValidationPolicy::create(options);
  if (policy) return "accepted";
  CHECK(policy.error().code() == jwks::ErrorCode::bad_config);
  return std::string(policy.error().subject());
}

ValidationOptions good() { return {.issuer = "https://a", .audiences = {"b"}}; }

ValidationOptions with(void (*change)(ValidationOptions&)) {
  ValidationOptions options = good();
  change(options);
  return options;
}

}  // namespace

TEST_CASE("a policy needs an issuer, an audience and an algorithm", "[attack-019][attack-124]") {
  CHECK(refused(good()) == "accepted");
  CHECK(refused(with([](auto& o) { o.issuer.clear(); })) == "issuer");
  CHECK(refused(with([](auto& o) { o.audiences.clear(); })) == "audiences");
  CHECK(refused(with([](auto& o) { o.audiences = {"b", ""}; })) == "audiences");
  CHECK(refused(with([](auto& o) { o.algorithms = {}; })) == "algorithms");
  CHECK(refused({.allow_any_issuer = true, .allow_any_audience = true}) == "accepted");
}

TEST_CASE("contradictory options fail when the policy is built") {
  CHECK(refused(with([](auto& o) { o.allow_any_issuer = true; })) == "issuer");
  CHECK(refused(with([](auto& o) { o.allow_any_audience = true; })) == "audiences");
  CHECK(refused(with([](auto& o) {
          o.profile = jwks::TokenProfile::access_token;
          o.require_expiration = false;
        })) == "require_expiration");
  CHECK(refused(with([](auto& o) { o.required_claims = {"sub", ""}; })) == "required_claims");
}

TEST_CASE("durations of a policy are bounded", "[attack-115]") {
  const auto skew = [](seconds value) {
    ValidationOptions options = good();
    options.clock_skew = value;
    return refused(options);
  };
  CHECK(skew(seconds(-1)) == "clock_skew");
  CHECK(skew(seconds(0)) == "accepted");
  CHECK(skew(seconds(600)) == "accepted");
  CHECK(skew(seconds(601)) == "clock_skew");
  CHECK(skew(seconds::max()) == "clock_skew");
  CHECK(refused(with([](auto& o) { o.max_token_age = seconds(0); })) == "max_token_age");
  CHECK(refused(with([](auto& o) { o.max_lifetime = seconds::max(); })) == "max_lifetime");
}
