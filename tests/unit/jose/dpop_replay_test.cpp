// What is remembered of DPoP proofs, and the options that say how.

#include <functional>
#include <stdexcept>
#include <string>
#include <vector>

#include "jwks/dpop.hpp"
#include "support/catch.hpp"
#include "support/dpop.hpp"

namespace {

using jwks::Algorithm;
using jwks::DpopOptions;
using jwks::Error;
using jwks::ErrorCode;
using jwks::ErrorReason;
using jwks::verify_dpop_proof;
using std::chrono::seconds;
using test::json_quoted;
using test::kNow;
using test::proof;
using test::request;
using test::TokenBuilder;

Error refusal(const TokenBuilder& builder, const DpopOptions& options) {
  const std::string text = builder.build().value();
  const auto result = verify_dpop_proof(request(text), {}, options, kNow);
  if (result) throw std::runtime_error("the proof was accepted");
  return result.error();
}

/// What a cache answers that is not the library's own.
struct StubCache final : jwks::ReplayCache {
  std::function<jwks::Result<bool>()> answer;
  std::vector<std::string> keys{};
  Time expires_at{};
  jwks::Result<bool> insert(std::string_view key, Time expires, Time) override {
    keys.emplace_back(key);
    expires_at = expires;
    return answer();
  }
};

std::shared_ptr<StubCache> stub(std::function<jwks::Result<bool>()> answer) {
  auto cache = std::make_shared<StubCache>();
  cache->answer = std::move(answer);
  return cache;
}

}  // namespace

TEST_CASE("a proof is used once", "[attack-134][attack-142]") {  // (11)
  const DpopOptions options = test::dpop_options();
  const auto twice = [&](const TokenBuilder& builder) {
    const std::string text = builder.build().value();
    return verify_dpop_proof(request(text), {}, options, kNow);
  };
  const TokenBuilder once = proof().claim("jti", json_quoted("once"));
  CHECK(twice(once));
  const auto again = twice(once);  // another signature over the same proof: ECDSA is randomized
  REQUIRE_FALSE(again);
  CHECK(again.error().code() == ErrorCode::replayed);
  CHECK(again.error().reason() == ErrorReason::invalid_dpop_proof);
  CHECK(again.error().subject() == "jti");
  // The same jti, whatever else of the proof differs.
  CHECK_FALSE(twice(TokenBuilder(once).claim("iat", kNow - seconds(1))));
  CHECK_FALSE(twice(TokenBuilder(once).claim("jti", R"("\u006fnce")")));
  CHECK_FALSE(
      twice(TokenBuilder(once).claim("htu", json_quoted("HTTPS://api.example:443/orders?a"))));
}

TEST_CASE("nobody can use up the jti of another client, nor of another URL", "[attack-134]") {
  const DpopOptions options = test::dpop_options();
  const std::string_view jti = "\"shared\"";
  const std::string mine = proof().claim("jti", jti).build().value();
  const std::string other = proof(test::stranger_key()).claim("jti", jti).build().value();
  const std::string elsewhere =
      proof().claim("jti", jti).claim("htu", "\"https://api.example/b\"").build().value();
  CHECK(verify_dpop_proof(request(other), {}, options, kNow));
  CHECK(verify_dpop_proof(request(mine), {}, options, kNow));
  CHECK(verify_dpop_proof({.proofs = {elsewhere}, .method = "GET", .url = "https://api.example/b"},
                          {}, options, kNow));
  CHECK_FALSE(verify_dpop_proof(request(mine), {}, options, kNow));
}

TEST_CASE("a proof is remembered for as long as it is fresh and not for ever", "[attack-134]") {
  const DpopOptions options{.replay_cache = test::replay_cache(1)};
  const std::string first = proof().claim("iat", "1750000000.000000001").build().value();
  CHECK(verify_dpop_proof(request(first), {}, options, kNow));
  const auto last = kNow + seconds(60);
  const auto replayed = verify_dpop_proof(request(first), {}, options, last);
  REQUIRE_FALSE(replayed);
  CHECK(replayed.error().code() == ErrorCode::replayed);
  const std::string second = proof().claim("iat", last + seconds(11)).build().value();
  CHECK(verify_dpop_proof(request(second), {}, options, last + seconds(11)));
}

TEST_CASE("options for proofs that can't be used are named") {
  const auto fault = [](auto change) {
    DpopOptions options = test::dpop_options();
    change(options);
    const Error error = refusal(proof(), options);
    CHECK(error.code() == ErrorCode::bad_config);
    return std::string(error.subject());
  };
  CHECK(fault([](auto& o) { o.replay_cache = nullptr; }) == "dpop.replay_cache");
  CHECK(fault([](auto& o) { o.algorithms = {}; }) == "dpop.algorithms");
  CHECK(fault([](auto& o) { o.algorithms.insert(Algorithm::hs256); }) == "dpop.algorithms");
  CHECK(fault([](auto& o) { o.max_age = seconds(0); }) == "dpop.max_age");
  CHECK(fault([](auto& o) { o.max_age = seconds(601); }) == "dpop.max_age");
  CHECK(fault([](auto& o) { o.max_future = seconds(-1); }) == "dpop.max_future");
  CHECK(fault([](auto& o) { o.max_future = seconds(601); }) == "dpop.max_future");
  const DpopOptions narrowest{
      .replay_cache = test::replay_cache(), .max_age = seconds(1), .max_future = seconds(0)};
  const std::string now = proof().build().value();
  CHECK(verify_dpop_proof(request(now), {}, narrowest, kNow));
  const DpopOptions widest{
      .replay_cache = test::replay_cache(), .max_age = seconds(600), .max_future = seconds(600)};
  const std::string text = proof().build().value();
  CHECK(verify_dpop_proof(request(text), {}, widest, kNow));
}

TEST_CASE("a cache that fails, refuses or throws refuses the proof") {
  const auto code = [](std::function<jwks::Result<bool>()> answer) {
    return refusal(proof(), {.replay_cache = stub(std::move(answer))}).code();
  };
  CHECK(code([] { return false; }) == ErrorCode::replayed);
  CHECK(code([] { return Error(ErrorCode::out_of_memory); }) == ErrorCode::out_of_memory);
  CHECK(code([]() -> bool { throw std::runtime_error("down"); }) == ErrorCode::out_of_memory);
  CHECK(code([]() -> bool { throw 1; }) == ErrorCode::out_of_memory);
}

TEST_CASE("a cache is asked with a digest, and only for a proof that passed") {
  const auto cache = stub([] { return true; });
  const DpopOptions options{.replay_cache = cache};
  const std::string bad = proof().claim("htm", "\"PUT\"").build().value();
  CHECK_FALSE(verify_dpop_proof(request(bad), {}, options, kNow));
  CHECK(cache->keys.empty());
  const std::string good = proof().build().value();
  CHECK(verify_dpop_proof(request(good), {}, options, kNow));
  REQUIRE(cache->keys.size() == 1);
  CHECK(cache->keys[0].size() == jwks::ReplayCache::kKeyBytes);
  CHECK(cache->expires_at > kNow + options.max_age);
}
