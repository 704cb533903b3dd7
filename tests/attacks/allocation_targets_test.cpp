// How many allocations a verification costs, with keys that were never used on the thread and with
// keys that were. That refusals before a key is used cost none is asserted beside each of them
// (serialization_test.cpp); here it is for those that get as far as the header.

#include <string>
#include <thread>

#include "attacks/allocations.hpp"
#include "support/catch.hpp"
#include "support/tokens.hpp"

using jwks::JwkSet;
using test::Algorithm;
using test::kNow;
using test::token;

namespace {

constexpr std::size_t kMostAllocations = 4;
constexpr int kWarm = 20;

/// With the claims of the token that bench/ measures.
test::TokenBuilder access_token(const test::SigningKey& signer) {
  return token(signer)
      .claim("sub", R"("auth0|5f7c8ec7c33c6c004bbafe82")")
      .claim("nbf", "1750000000")
      .claim("jti", R"("mB3Wv0yYcB0kS9xk3Gf2Ww")")
      .claim("scope", R"("orders:read orders:write profile")")
      .claim("client_id", R"("cccccccccccccccccccccccccccccc")")
      .claim("org_id", R"("org_01HZX5Q8W0J7")")
      .claim("roles", R"(["admin","curator","basic"])");
}

struct Counted {
  bool accepted = false;
  std::size_t allocations = 0;
};

Counted count(const std::string& text, const JwkSet& keys, const jwks::ValidationPolicy& policy) {
  const test::Allocations before;
  const auto result = jwks::verify(text, keys, policy, kNow);
  const std::size_t allocations = before.count();
  return {.accepted = result.has_value(), .allocations = allocations};
}

void check_accepted(const std::string& text, const JwkSet& keys,
                    const jwks::ValidationPolicy& policy) {
  Counted cold;
  Counted warm;
  std::thread([&] {
    cold = count(text, keys, policy);
    for (int i = 0; i < kWarm; ++i) warm = count(text, keys, policy);
  }).join();
  CHECK(cold.accepted);
  CHECK(cold.allocations <= kMostAllocations);
  CHECK(warm.accepted);
  CHECK(warm.allocations <= kMostAllocations);
}

}  // namespace

TEST_CASE("a verified token costs four allocations at most, the first one too") {
  for (const Algorithm algorithm : test::signed_algorithms()) {
    CAPTURE(to_string(algorithm));
    // Its "kid" is a thumbprint, as issuers have them: longer than what a std::string holds inside.
    const auto signer = test::SigningKey::generate(algorithm).value();
    jwks::ValidationOptions options = test::policy().options();
    options.algorithms = {algorithm};
    const auto policy = jwks::ValidationPolicy::create(options).value();
    check_accepted(access_token(signer).build().value(), test::key_set({signer}), policy);
  }
}

TEST_CASE("a token of a static secret costs four allocations at most, the first one too") {
  const std::string secret(32, 's');
  const JwkSet keys = JwkSet::from_secret(secret, Algorithm::hs256).value();
  jwks::ValidationOptions options = test::policy().options();
  options.algorithms = {Algorithm::hs256};
  check_accepted(access_token(test::es256()).sign_hmac(256, secret).build().value(), keys,
                 jwks::ValidationPolicy::create(options).value());
}

TEST_CASE("a header that names no usable key is refused without an allocation") {
  const auto policy = test::policy();
  for (const char* alg : {R"("none")", R"("XS256")", R"("HS256")"}) {
    CAPTURE(alg);
    const std::string text = token(test::es256()).header("alg", alg).build().value();
    const Counted refused = count(text, test::es256_set(), policy);
    CHECK(!refused.accepted);
    CHECK(refused.allocations == 0);
  }
  const std::string text =
      token(test::es256()).header("kid", R"("nobody has this one")").build().value();
  const Counted refused = count(text, test::es256_set(), policy);
  CHECK(!refused.accepted);
  CHECK(refused.allocations == 0);
}
