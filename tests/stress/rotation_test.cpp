// Readers, a publisher that rotates, an operator who looks, and an end: everything at once. Meant
// for ThreadSanitizer; the invariants hold without it too.

#include <atomic>
#include <random>
#include <thread>

#include "support/catch.hpp"
#include "support/issuer_fixture.hpp"

namespace {

using jwks::ErrorCategory;
using jwks::ErrorCode;
using std::chrono::milliseconds;
using std::chrono::seconds;
using test::Issuer;
using test::key_a;
using test::key_b;
using test::token_of;

}  // namespace

TEST_CASE("rotation under load gives each token one of its two right answers", "[claim-60]") {
  constexpr int kReaders = 8;
  constexpr int kRotations = 300;
  const Issuer issuer;
  const auto verifier = issuer.verifier(
      {.min_ttl = seconds(10), .forced_refresh_burst = 10, .forced_refresh_interval = seconds(1)});
  REQUIRE(verifier.warm_up(seconds(5)));

  const test::SigningKey& always = test::key(jwks::Algorithm::es256, 102);
  const std::string permanent = token_of(always);
  const std::string of_a = token_of(key_a());
  const std::string of_b = token_of(key_b());
  issuer.publish({always, key_a()});
  REQUIRE(verifier.refresh(seconds(5)));

  std::atomic<bool> stop = false;
  std::atomic<bool> closed = false;
  std::atomic<std::uint64_t> verified = 0;
  std::atomic<std::uint64_t> wrong = 0;
  const auto read = [&](int which) {
    while (!stop) {
      // Never removed, so never refused while the verifier is open.
      const auto kept =
          which % 2 == 0 ? verifier.verify(permanent) : verifier.verify_cached(permanent);
      if (!kept && !closed) ++wrong;
      if (kept && kept->claims().subject() != "alice") ++wrong;
      // One of these two is published at any time: accepted, or refused for want of its key.
      for (const std::string* token : {&of_a, &of_b}) {
        const auto result = verifier.verify_cached(*token);
        if (result ? result->key_id() != (token == &of_a ? key_a() : key_b()).key_id()
                   : result.error().code() != ErrorCode::unknown_key &&
                         result.error().category() != ErrorCategory::unavailable)
          ++wrong;
      }
      ++verified;
    }
  };

  std::vector<std::jthread> readers;
  for (int i = 0; i < kReaders; ++i) readers.emplace_back(read, i);
  std::jthread operator_looks([&] {
    std::uint64_t last = 0;
    while (!stop) {
      const jwks::Health health = verifier.health();
      if (health.generation < last || (!health.kids.empty() && health.kids.size() != 2)) ++wrong;
      last = health.generation;
      static_cast<void>(verifier.stats());
    }
  });
  for (int i = 0; i < kRotations; ++i) {
    issuer.publish({always, i % 2 == 0 ? key_b() : key_a()});
    if (i % 3 == 0) CHECK(verifier.refresh(seconds(5)));
    issuer.clock->advance(milliseconds(500));
  }
  CHECK(test::eventually([&] { return verified > 100; }));
  closed = true;
  verifier.close();
  stop = true;
  readers.clear();
  operator_looks.join();

  CHECK(wrong == 0);
  const jwks::Stats stats = verifier.stats();
  CHECK(stats.fetches == issuer.fetcher->calls());
  CHECK(stats.fetches >= kRotations / 3);
  CHECK(stats.accepted + stats.refused + stats.unavailable == 3 * verified);
}

TEST_CASE("verifiers come and go while their flights are in the air", "[claim-62]") {
  std::atomic<int> answered = 0;
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 4; ++t)
      threads.emplace_back([&answered, t] {
        const Issuer issuer;
        const std::string token = token_of(key_a());
        for (int i = 0; i < 50; ++i) {
          if ((i + t) % 3 == 0) issuer.fetcher->close_gate();
          auto verifier = issuer.verifier();
          {
            std::jthread caller([&] {
              static_cast<void>(verifier.verify(token));
              ++answered;
            });
            if (i % 2 == 0) verifier.close();
            issuer.fetcher->open_gate();
          }
        }
      });
  }
  CHECK(answered == 200);
}
