// Every call into OpenSSL and every allocation fails once, in turn: the answer is a refusal,
// nothing is accepted, nothing throws where it must not, and OpenSSL's error queue is left clean.
// Leaks are found when the same program runs under the address sanitizer.

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "crypto/tls_credentials.hpp"
#include "faults/every_fault.hpp"
#include "jose/jwk_state.hpp"
#include "jose/recheck.hpp"
#include "jose/route.hpp"
#include "jwks/dpop.hpp"
#include "jwks/unverified_token.hpp"
#include "support/catch.hpp"
#include "support/certificates.hpp"
#include "support/dpop.hpp"
#include "support/tokens.hpp"

namespace {

using fault::Kind;
using fault::refuses_every_fault;
using fault::succeeds;
using jwks::Algorithm;
using jwks::ErrorCode;
using jwks::Jwk;
using jwks::JwkSet;

jwks::ValidationPolicy policy_for(Algorithm algorithm) {
  auto options = test::options();
  options.algorithms = {algorithm};
  return test::policy(options);
}

/// A text with a signature or a MAC, and how its key is made.
struct Signed {
  Algorithm algorithm;
  std::function<Jwk()> make_key;
  std::string input = "header.payload";
  std::string signature{};
};

std::vector<Signed> signed_inputs() {
  std::vector<Signed> all;
  for (const Algorithm algorithm : test::signed_algorithms()) {
    const auto& signer = test::key(algorithm);
    all.push_back({algorithm, [&signer] { return Jwk::parse(signer.public_jwk()).value(); }});
    all.back().signature = signer.sign(all.back().input).value();
  }
  const std::string secret(32, 's');
  all.push_back(
      {Algorithm::hs256, [secret] { return Jwk::from_secret(secret, Algorithm::hs256).value(); }});
  all.back().signature = jwks::emulator::hmac(256, secret, all.back().input).value();
  return all;
}

/// Lets each call fail in turn in the use after the first `uses` of a key. Whether a good signature
/// is accepted then is left open: there is a second way without what is kept. Returns how many
/// calls could fail.
std::size_t survives_every_fault(Kind kind, const Signed& text, int uses) {
  const auto holds = [&text](const Jwk& key, std::string_view input) {
    return jwks::jose::signature_holds(key, text.algorithm, input, text.signature);
  };
  for (std::size_t nth = 1;; ++nth) {
    CAPTURE(static_cast<int>(kind), nth, uses);
    bool failed = false;
    for (const bool is_good : {false, true}) {
      const Jwk key = text.make_key();
      for (int i = 0; i < uses; ++i) REQUIRE(holds(key, text.input));
      fault::arm(kind, nth);
      const bool accepted = holds(key, is_good ? text.input : "another.payload");
      failed = fault::disarm();
      if (!is_good) CHECK_FALSE(accepted);
      CHECK(ERR_peek_error() == 0);
      CHECK(holds(key, text.input));
      CHECK_FALSE(holds(key, "another.payload"));
      CHECK(holds(key, text.input));
    }
    if (!failed) return nth - 1;
  }
}

}  // namespace

TEST_CASE("a signature is not accepted when any call into OpenSSL fails", "[attack-215]") {
  for (const Algorithm algorithm : test::signed_algorithms()) {
    CAPTURE(to_string(algorithm));
    const auto& signer = test::key(algorithm);
    const auto policy = policy_for(algorithm);
    const std::string text = test::token(signer).build().value();
    JwkSet keys;
    const auto renew = [&] { keys = test::key_set({signer}); };
    const auto accepts = [&] { return jwks::verify(text, keys, policy, test::kNow).has_value(); };
    CHECK(refuses_every_fault(Kind::zero, renew, accepts) >= 3);
    CHECK(refuses_every_fault(Kind::negative, renew, accepts) >= 3);
  }
}

TEST_CASE("a key that fails while it keeps contexts accepts nothing forged, and what is good later",
          "[attack-214][attack-215]") {
  for (const Signed& each : signed_inputs()) {
    CAPTURE(to_string(each.algorithm));
    // After one use the contexts are made; after two, kept ones are used.
    for (const int uses : {1, 2}) {
      CHECK(survives_every_fault(Kind::zero, each, uses) >= 1);
      CHECK(survives_every_fault(Kind::negative, each, uses) >= 1);
    }
    CHECK(survives_every_fault(Kind::memory, each, 1) >= 1);
    // Nothing of ours any more.
    CHECK(survives_every_fault(Kind::memory, each, 2) == 0);
  }
}

// Each case runs in a process of its own under CTest; in one process this has to be the first.
TEST_CASE("an algorithm that could not be had once is asked for again", "[attack-215]") {
  const auto& signer = test::key(Algorithm::es384);
  const JwkSet keys = test::key_set({signer});
  const auto policy = policy_for(Algorithm::es384);
  const std::string text = test::token(signer).build().value();
  const auto accepts = [&] { return jwks::verify(text, keys, policy, test::kNow).has_value(); };
  fault::arm(Kind::zero, 1);  // the fetch of the digest
  CHECK_FALSE(accepts());
  CHECK(fault::disarm());
  CHECK(accepts());
}

TEST_CASE("a key is not imported when any call into OpenSSL fails", "[attack-215]") {
  for (const Algorithm algorithm : test::signed_algorithms()) {
    CAPTURE(to_string(algorithm));
    const std::string jwk = test::key(algorithm).public_jwk();
    const std::string pem = test::key(algorithm).public_pem();
    for (const Kind kind : {Kind::zero, Kind::negative}) {
      CHECK(refuses_every_fault(kind, [&] { return Jwk::parse(jwk).has_value(); }) >= 2);
      CHECK(refuses_every_fault(kind, [&] { return Jwk::from_pem(pem, algorithm).has_value(); }) >=
            4);
      const auto key = Jwk::parse(jwk).value();
      CHECK(refuses_every_fault(kind, [&] { return key.to_pem().has_value(); }) >= 2);
    }
  }
}

TEST_CASE("memory that runs out is an error, never an acceptance and never a crash",
          "[attack-214]") {
  for (const Algorithm algorithm : test::signed_algorithms()) {
    CAPTURE(to_string(algorithm));
    const auto& signer = test::key(algorithm);
    const std::string jwk = signer.public_jwk();
    const std::string pem = signer.public_pem();
    const JwkSet keys = test::key_set({signer});
    const auto policy = policy_for(algorithm);
    const std::string text = test::token(signer).build().value();
    CHECK(refuses_every_fault(Kind::memory, [&] {
            const auto result = jwks::verify(text, keys, policy, test::kNow);
            if (!result) CHECK(result.error().code() == ErrorCode::out_of_memory);
            return result.has_value();
          }) >= 1);
    CHECK(refuses_every_fault(Kind::memory, [&] {
            return succeeds([&] { return JwkSet::parse("{\"keys\":[" + jwk + "]}"); });
          }) >= 4);
    CHECK(refuses_every_fault(Kind::memory, [&] {
            return succeeds([&] { return Jwk::from_pem(pem, algorithm); });
          }) >= 3);
    CHECK(refuses_every_fault(Kind::memory, [&] {
            return succeeds([&] { return jwks::UnverifiedToken::parse(text); });
          }) >= 1);
  }
}

TEST_CASE("a proof of possession is not accepted when any call or allocation fails",
          "[attack-142][attack-214][attack-215]") {
  const auto& holder = test::key(Algorithm::es256, 1);
  const std::string proof = test::TokenBuilder(holder)
                                .header("kid", "")
                                .header("typ", test::json_quoted("dpop+jwt"))
                                .header("jwk", Jwk::parse(holder.public_jwk()).value().to_json())
                                .claim("jti", test::json_quoted("1"))
                                .claim("htm", test::json_quoted("GET"))
                                .claim("htu", test::json_quoted("https://api.example/orders"))
                                .claim("iat", test::kNow)
                                .build()
                                .value();
  const jwks::DpopRequest request{
      .proofs = {proof}, .method = "GET", .url = "https://api.example/orders"};
  for (const Kind kind : {Kind::zero, Kind::negative, Kind::memory}) {
    CHECK(refuses_every_fault(kind, [&] {
            // A cache of its own: in the one of the run before the proof is remembered.
            const auto cache = jwks::make_memory_replay_cache(16);
            if (!cache) return false;
            const auto result =
                jwks::verify_dpop_proof(request, {}, {.replay_cache = *cache}, test::kNow);
            return result.has_value();
          }) >= 4);
  }
}

TEST_CASE("a TLS client's files are not believed when any call into OpenSSL fails",
          "[attack-215]") {
  const test::Identity identity = test::make_authority();
  const std::string certificate = identity.certificate_pem();
  const std::string key = identity.key_pem();
  for (const Kind kind : {Kind::zero, Kind::negative}) {
    CHECK(refuses_every_fault(kind, [&] {
            return jwks::crypto::trusted_certificates_fault(certificate).empty();
          }) >= 3);
    CHECK(refuses_every_fault(kind, [&] { return jwks::crypto::private_key_fault(key).empty(); }) >=
          2);
    CHECK(refuses_every_fault(
              kind, [&] { return jwks::crypto::is_certificate_of(certificate, key); }) >= 5);
  }
}

TEST_CASE("without memory to remember a header or to keep a context every answer is the same",
          "[attack-214]") {
  JwkSet keys;
  const auto renew = [&] { keys = test::es256_set(); };
  const auto policy = test::policy();
  const auto accepts = [&](const std::string& text) {
    return jwks::verify(text, keys, policy, test::kNow).has_value();
  };
  const std::string good = test::token(test::es256()).build().value();
  const std::string forged = test::token(test::es256())
                                 .flip_bit(test::TokenBuilder::Segment::signature, 100)
                                 .build()
                                 .value();
  const auto thrice = [&] {  // decoded, then known, then with a kept context
    for (int use = 0; use < 3; ++use) static_cast<void>(accepts(good));
  };
  renew();
  const std::size_t allocations = fault::count_calls(Kind::memory, thrice);
  CHECK(allocations > 3);
  for (std::size_t nth = 1; nth <= allocations; ++nth) {
    CAPTURE(nth);
    renew();
    fault::arm(Kind::memory, nth);
    thrice();
    CHECK(fault::disarm());
    CHECK(accepts(good));
    CHECK_FALSE(accepts(forged));
  }
}

TEST_CASE("a secret is not used when any call into OpenSSL fails", "[attack-214][attack-215]") {
  const std::string secret(32, 's');
  JwkSet keys;
  const auto renew = [&] { keys = JwkSet::from_secret(secret, Algorithm::hs256).value(); };
  const auto policy = policy_for(Algorithm::hs256);
  const std::string text =
      test::token(test::es256()).header("kid", "").sign_hmac(256, secret).build().value();
  const auto accepts = [&] { return jwks::verify(text, keys, policy, test::kNow).has_value(); };
  CHECK(refuses_every_fault(Kind::zero, renew, accepts) >= 1);
  CHECK(refuses_every_fault(Kind::negative, renew, accepts) >= 1);
  CHECK(refuses_every_fault(Kind::memory, accepts) >= 1);  // with all that is kept: see below
  CHECK(refuses_every_fault(Kind::memory, [&] {
          return succeeds([&] { return JwkSet::from_secret(secret, Algorithm::hs256); });
        }) >= 1);
}

TEST_CASE("a bound token is not accepted when any call into OpenSSL for its proof fails",
          "[attack-142][attack-214][attack-215]") {
  // Whatever was remembered before the failure: the proof is always new to this one.
  struct Forgetful final : jwks::ReplayCache {
    jwks::Result<bool> insert(std::string_view, Time, Time) override { return true; }
  };
  auto options = test::options();
  options.dpop = jwks::DpopOptions{.replay_cache = std::make_shared<Forgetful>()};
  options.replay_cache = options.dpop->replay_cache;
  const auto policy = test::policy(options);
  JwkSet keys;
  const auto renew = [&] { keys = test::es256_set(); };
  const std::string text = test::bound_token().claim("jti", "\"1\"").build().value();
  const std::string proof = test::proof_for(text).build().value();
  const auto presented = test::presentation(proof);
  const auto accepts = [&] {
    return jwks::verify(text, keys, policy, test::kNow, presented).has_value();
  };
  CHECK(refuses_every_fault(Kind::zero, renew, accepts) >= 10);
  CHECK(refuses_every_fault(Kind::negative, renew, accepts) >= 10);
  CHECK(refuses_every_fault(Kind::memory, accepts) >= 5);

  // Nor when its own signature is known to hold.
  const auto known = jwks::verify(text, keys, policy, test::kNow, presented).value();
  const auto accepts_again = [&] {
    return jwks::jose::recheck(known, text, policy, test::kNow, presented).has_value();
  };
  CHECK(refuses_every_fault(Kind::zero, accepts_again) >= 5);
  CHECK(refuses_every_fault(Kind::negative, accepts_again) >= 5);
  CHECK(refuses_every_fault(Kind::memory, accepts_again) >= 3);
}

TEST_CASE("a token has no issuer when memory runs out while it is read", "[attack-214]") {
  test::TokenBuilder builder = test::token(test::es256());
  for (int i = 0; i < 200; ++i) builder.claim("claim-" + std::to_string(i), "[1,2,3]");
  const std::string text = builder.build().value();
  CHECK(refuses_every_fault(Kind::memory, [&] {
          jwks::jose::IssuerReader reader;
          const auto issuer = reader.read(text);
          if (!issuer) CHECK(issuer.error().code() == ErrorCode::out_of_memory);
          return issuer.has_value();
        }) >= 1);
}
