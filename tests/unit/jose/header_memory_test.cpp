// The memory of headers: what gets in, what it answers, and that it changes no answer.

#include "jose/header_memory.hpp"

#include <string>
#include <thread>
#include <vector>

#include "jose/jws.hpp"
#include "support/catch.hpp"
#include "support/tokens.hpp"

namespace {

using jwks::Algorithm;
using jwks::AlgorithmSet;
using jwks::ErrorCode;
using jwks::JwkSet;
using jwks::KeySelection;
using jwks::ValidationOptions;
using jwks::jose::Header;
using jwks::jose::HeaderMemory;
using test::es256;
using test::es256_set;
using test::json_quoted;
using test::kNow;
using test::TokenBuilder;

std::string_view encoded_header(std::string_view token) { return token.substr(0, token.find('.')); }

bool knows(const JwkSet& keys, std::string_view token) {
  return keys.header_memory().find(encoded_header(token)) != nullptr;
}

bool accepts(const JwkSet& keys, std::string_view token, ValidationOptions with = test::options()) {
  return jwks::verify(token, keys, test::policy(std::move(with)), kNow).has_value();
}

/// A set that has accepted a token with this header.
JwkSet with_memory_of(const std::string& token, const JwkSet& keys = es256_set()) {
  REQUIRE(accepts(keys, token));
  REQUIRE(knows(keys, token));
  return keys;
}

/// The refusal by a set that knows the header, which must be that of one that does not.
ErrorCode refused_alike(const std::string& token, const JwkSet& warm, const JwkSet& cold,
                        ValidationOptions with = test::options()) {
  REQUIRE(knows(warm, token));
  REQUIRE_FALSE(knows(cold, token));
  const auto policy = test::policy(std::move(with));
  const auto expected = test::refusal(token, cold, policy);
  const auto error = test::refusal(token, warm, policy);
  CHECK(error.message() == expected.message());
  CHECK(error.key_id() == expected.key_id());
  CHECK(error.algorithm() == expected.algorithm());
  return error.code();
}

}  // namespace

TEST_CASE("a header is remembered when its token had a good signature, and not before") {
  const JwkSet keys = es256_set();
  const std::string good = test::token(es256()).build().value();
  const std::string bad =
      test::token(es256()).flip_bit(TokenBuilder::Segment::signature, 9).build().value();
  CHECK(test::refusal(bad, keys).code() == ErrorCode::bad_signature);
  CHECK_FALSE(knows(keys, good));
  CHECK(accepts(keys, good));
  REQUIRE(knows(keys, good));

  const auto* const known = keys.header_memory().find(encoded_header(good));
  CHECK(&known->key() == &keys.keys().front());
  CHECK(known->header().algorithm == Algorithm::es256);
  CHECK(known->header().key_id == es256().key_id());
  // By its exact characters only.
  CHECK_FALSE(keys.header_memory().find(encoded_header(good).substr(1)));
  CHECK_FALSE(keys.header_memory().find(std::string(encoded_header(good)) + "A"));
}

TEST_CASE("a bad signature behind a known header is refused") {
  const std::string good = test::token(es256()).build().value();
  const JwkSet warm = with_memory_of(good);
  for (const std::size_t bit : {0U, 100U, 255U, 511U}) {
    const auto forged =
        test::token(es256()).flip_bit(TokenBuilder::Segment::signature, bit).build().value();
    CHECK(refused_alike(forged, warm, es256_set()) == ErrorCode::bad_signature);
  }
  const auto changed =
      test::token(es256()).flip_bit(TokenBuilder::Segment::payload, 77).build().value();
  CHECK(refused_alike(changed, warm, es256_set()) == ErrorCode::bad_signature);
  const auto other = test::token(es256()).sign_with(test::key(Algorithm::es256, 1));
  auto under_known_header = TokenBuilder(other).header("kid", json_quoted(es256().key_id()));
  CHECK(refused_alike(under_known_header.build().value(), warm, es256_set()) ==
        ErrorCode::bad_signature);
}

TEST_CASE("segments behind a known header are held to the same rules") {
  const std::string good = test::token(es256()).build().value();
  const JwkSet warm = with_memory_of(good);
  const JwkSet cold = es256_set();
  const std::string header(encoded_header(good));
  const std::size_t dot = good.rfind('.');
  CHECK(refused_alike(header + ".a?." + good.substr(dot + 1), warm, cold) ==
        ErrorCode::bad_base64url);
  CHECK(refused_alike(good + "=", warm, cold) == ErrorCode::bad_base64url);
  CHECK(refused_alike(header + "." + good.substr(dot), warm, cold) ==
        ErrorCode::not_three_segments);
  CHECK(refused_alike(good + ".", warm, cold) == ErrorCode::not_three_segments);
  CHECK(refused_alike(header + "." + std::string(20'000, 'A'), warm, cold) == ErrorCode::too_large);
}

TEST_CASE("what the policy wants of a header is asked for each token") {
  const std::string good = test::token(es256()).header("typ", "\"JWT\"").build().value();
  const JwkSet warm = with_memory_of(good);
  const JwkSet cold = es256_set();

  ValidationOptions algorithm = test::options();
  algorithm.algorithms = AlgorithmSet{Algorithm::rs256};
  CHECK(refused_alike(good, warm, cold, algorithm) == ErrorCode::alg_not_allowed);

  ValidationOptions type = test::options();
  type.token_type = "at+jwt";
  CHECK(refused_alike(good, warm, cold, type) == ErrorCode::wrong_type);

  ValidationOptions both = algorithm;
  both.token_type = "at+jwt";
  CHECK(refused_alike(good, warm, cold, both) == ErrorCode::wrong_type);
}

TEST_CASE("a token without kid is refused by a policy that wants one, known header or not") {
  const std::string anonymous = test::token(es256()).header("kid", "").build().value();
  const JwkSet warm = with_memory_of(anonymous);
  ValidationOptions strict = test::options();
  strict.key_selection = KeySelection::require_kid;
  CHECK(refused_alike(anonymous, warm, es256_set(), strict) == ErrorCode::unknown_key);
}

TEST_CASE("what one set knows of a header is no key of another set") {
  const std::string good = test::token(es256()).build().value();
  const JwkSet warm = with_memory_of(good);
  const JwkSet other = test::key_set({test::key(Algorithm::es256, 1)});
  const auto policy = test::policy();
  const auto rules = jwks::jose::header_rules(policy.options());
  jwks::jose::Jws jws;
  REQUIRE(jws.decode(good, rules, &warm.header_memory()));
  const auto strange = jws.check_signature(other, KeySelection::single_candidate);
  REQUIRE_FALSE(strange);
  CHECK(strange.error().code() == ErrorCode::unknown_key);
  CHECK(jws.check_signature(warm, KeySelection::single_candidate));
}

TEST_CASE("a header that several keys fit is not remembered") {
  const JwkSet keys = test::key_set({test::key(Algorithm::es256, 1), es256()});
  const std::string anonymous = test::token(es256()).header("kid", "").build().value();
  ValidationOptions trying = test::options();
  trying.key_selection = KeySelection::try_candidates;
  CHECK(accepts(keys, anonymous, trying));
  CHECK_FALSE(knows(keys, anonymous));
  CHECK(test::refusal(anonymous, keys).code() == ErrorCode::key_ambiguous);
}

TEST_CASE("a withdrawn key is forgotten with its set") {
  const std::string good = test::token(es256()).build().value();
  const JwkSet before = with_memory_of(good);
  const JwkSet after = test::key_set({test::key(Algorithm::es256, 1)});
  CHECK(test::refusal(good, after).code() == ErrorCode::unknown_key);
  CHECK_FALSE(knows(after, good));
  // Copies are one set.
  const JwkSet copy = before;  // NOLINT(performance-unnecessary-copy-initialization)
  CHECK(knows(copy, good));
}

TEST_CASE("the memory of headers is bounded") {
  const JwkSet keys = es256_set();
  const auto with_type = [](const std::string& content) {
    return test::token(es256()).header("cty", json_quoted(content)).build().value();
  };
  SECTION("in number") {
    for (std::size_t i = 0; i <= HeaderMemory::kMaxHeaders; ++i) {
      const std::string token = with_type(std::to_string(i));
      CHECK(accepts(keys, token));
      CHECK(accepts(keys, token));
      CHECK(knows(keys, token) == (i < HeaderMemory::kMaxHeaders));
    }
  }
  SECTION("in size") {
    const std::string long_one = with_type(std::string(HeaderMemory::kMaxEncodedBytes, 'x'));
    CHECK(accepts(keys, long_one));
    CHECK(accepts(keys, long_one));
    CHECK_FALSE(knows(keys, long_one));
  }
}

TEST_CASE("threads that meet a set for the first time all get their answer") {
  std::vector<std::string> tokens;
  for (int i = 0; i < 20; ++i) {
    tokens.push_back(
        test::token(es256()).header("cty", json_quoted(std::to_string(i))).build().value());
  }
  const auto policy = test::policy();
  for (int round = 0; round < 5; ++round) {
    const JwkSet keys = es256_set();
    std::vector<std::size_t> accepted(8);
    std::vector<std::thread> threads;
    for (std::size_t t = 0; t < accepted.size(); ++t) {
      threads.emplace_back([&, t] {
        for (std::size_t i = 0; i < 2 * tokens.size(); ++i) {
          const auto& token = tokens[(i + t) % tokens.size()];
          if (jwks::verify(token, keys, policy, kNow)) ++accepted[t];
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
    for (const std::size_t count : accepted) CHECK(count == 2 * tokens.size());
    std::size_t known = 0;
    for (const std::string& token : tokens) known += knows(keys, token) ? 1U : 0U;
    CHECK(known == HeaderMemory::kMaxHeaders);
  }
}
