// A key that verifies one signature after the other with what it keeps: the answers are those of a
// key that is used for the first time, whatever was verified before.

#include <openssl/err.h>

#include <algorithm>
#include <atomic>
#include <iterator>
#include <optional>
#include <random>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "crypto/signature.hpp"
#include "jose/jwk_state.hpp"
#include "support/catch.hpp"
#include "support/tokens.hpp"

using jwks::Jwk;
using jwks::JwkSet;
using jwks::jose::signature_holds;
using test::Algorithm;
using test::SigningKey;

namespace {

const std::string kInput = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhbGljZSJ9";

Jwk public_half(const SigningKey& key) { return Jwk::parse(key.public_jwk()).value(); }

std::string filled(std::size_t size, char byte) { return std::string(size, byte); }

/// Signatures that don't hold, each of a kind of its own.
std::vector<std::string> bad_signatures(const std::string& good) {
  const std::size_t size = good.size();
  const std::size_t half = size / 2;
  std::vector<std::string> bad = {
      "",
      good.substr(1),
      good + '\0',
      good + good,
      filled(size, '\0'),
      filled(size, '\xff'),
      filled(half, '\0') + good.substr(half),
      good.substr(0, half) + filled(size - half, '\0'),
      filled(half, '\xff') + good.substr(half),
      good.substr(0, half) + filled(size - half, '\xff'),
      good.substr(half) + good.substr(0, half),
  };
  for (const std::size_t at : {std::size_t{0}, half - 1, half, size - 1}) {
    bad.push_back(good);
    bad.back()[at] = static_cast<char>(bad.back()[at] ^ 1);
  }
  std::minstd_rand random(1);
  std::string garbage(size, '\0');
  for (char& byte : garbage) byte = static_cast<char>(random());
  bad.push_back(garbage);
  return bad;
}

/// How many of the signatures are mistaken, when good ones and bad ones take turns.
int mistakes(const Jwk& key, Algorithm algorithm, const std::string& good, int rounds) {
  const std::vector<std::string> bad = bad_signatures(good);
  const std::string other_input = kInput + "A";
  int count = 0;
  for (int i = 0; i < rounds; ++i) {
    const std::string& wrong = bad[static_cast<std::size_t>(i) % bad.size()];
    count += signature_holds(key, algorithm, kInput, wrong) ? 1 : 0;
    count += signature_holds(key, algorithm, kInput, good) ? 0 : 1;
    if (i % 7 == 0) count += signature_holds(key, algorithm, other_input, good) ? 1 : 0;
  }
  return count;
}

bool is_slow(Algorithm algorithm) {
  return algorithm == Algorithm::es384 || algorithm == Algorithm::es512 ||
         algorithm == Algorithm::es256k || algorithm == Algorithm::ed448;
}

}  // namespace

TEST_CASE("thousands of good and bad signatures in turn are told apart by one key",
          "[attack-073]") {
  for (const Algorithm algorithm : test::signed_algorithms()) {
    CAPTURE(to_string(algorithm));
    const SigningKey& signer = test::key(algorithm);
    const std::string good = signer.sign(kInput).value();
    CHECK(mistakes(public_half(signer), algorithm, good, is_slow(algorithm) ? 100 : 2000) == 0);
    for (const std::string& wrong : bad_signatures(good)) {
      CHECK_FALSE(jwks::crypto::verify_signature(algorithm, public_half(signer).public_key(),
                                                 kInput, wrong));
    }
  }
}

TEST_CASE("thousands of good and bad MACs in turn are told apart by one secret", "[attack-209]") {
  for (const auto& [algorithm, bits] :
       {std::pair{Algorithm::hs256, 256U}, {Algorithm::hs384, 384U}, {Algorithm::hs512, 512U}}) {
    for (const std::size_t size :
         {std::size_t{64}, std::size_t{65}, std::size_t{128}, std::size_t{129}, std::size_t{500}}) {
      CAPTURE(to_string(algorithm), size);
      const std::string secret = filled(size, 's');
      const Jwk key = Jwk::from_secret(secret, algorithm).value();
      const std::string good = jwks::emulator::hmac(bits, secret, kInput).value();
      CHECK(mistakes(key, algorithm, good, 1000) == 0);
    }
  }
}

TEST_CASE("a key of several algorithms keeps them apart", "[attack-073]") {
  constexpr Algorithm kAlgorithms[] = {Algorithm::rs256, Algorithm::rs384, Algorithm::rs512,
                                       Algorithm::ps256, Algorithm::ps384, Algorithm::ps512};
  const SigningKey& signer = test::key(Algorithm::rs256);
  std::string any = signer.public_jwk();
  const std::string named = R"("alg":"RS256",)";
  any.erase(any.find(named), named.size());
  const Jwk key = Jwk::parse(any).value();
  std::vector<std::string> signatures;
  for (const Algorithm each : kAlgorithms) signatures.push_back(signer.sign(each, kInput).value());
  int wrong = 0;
  for (int round = 0; round < 20; ++round) {
    for (std::size_t claimed = 0; claimed < std::size(kAlgorithms); ++claimed) {
      for (std::size_t made = 0; made < std::size(kAlgorithms); ++made) {
        const bool holds = signature_holds(key, kAlgorithms[claimed], kInput, signatures[made]);
        wrong += holds == (claimed == made) ? 0 : 1;
      }
    }
  }
  CHECK(wrong == 0);
}

TEST_CASE("what an application left in OpenSSL's error queue stays, and nothing is added") {
  ERR_clear_error();
  ERR_raise(ERR_LIB_USER, 42);
  const unsigned long left = ERR_peek_last_error();
  for (const Algorithm algorithm :
       {Algorithm::rs256, Algorithm::ps256, Algorithm::es256, Algorithm::eddsa}) {
    CAPTURE(to_string(algorithm));
    const SigningKey& signer = test::key(algorithm);
    CHECK(mistakes(public_half(signer), algorithm, signer.sign(kInput).value(), 50) == 0);
    CHECK(ERR_peek_last_error() == left);
  }
  CHECK(ERR_get_error() == left);
  CHECK(ERR_peek_error() == 0);
}

TEST_CASE("threads that share keys get the right answers while sets of them come and go") {
  struct Signed {
    std::string jwk;
    Algorithm algorithm;
    std::string good;
  };
  std::vector<Signed> all;
  for (const Algorithm algorithm : {Algorithm::rs256, Algorithm::es256, Algorithm::eddsa}) {
    const SigningKey& signer = test::key(algorithm);
    all.push_back({signer.public_jwk(), algorithm, signer.sign(kInput).value()});
  }
  const auto parse = [&all] {
    return JwkSet::parse(test::jwks_document({all[0].jwk, all[1].jwk, all[2].jwk})).value();
  };
  const JwkSet shared = parse();
  std::atomic<int> wrong{0};
  const auto work = [&](std::size_t number) {
    std::optional<JwkSet> own(shared);
    for (int round = 0; round < 12; ++round) {
      const Signed& each = all[(number + static_cast<std::size_t>(round)) % all.size()];
      const auto found = std::ranges::find_if(
          own->keys(), [&](const Jwk& key) { return key.algorithm() == each.algorithm; });
      wrong += mistakes(*found, each.algorithm, each.good, 16);
      // Now and then the contexts go with the last copy of their key.
      if (round % 4 == 3) own = round % 8 == 3 ? parse() : shared;
    }
  };
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < 16; ++i) threads.emplace_back(work, i);
  for (std::thread& each : threads) each.join();
  CHECK(wrong == 0);
}
