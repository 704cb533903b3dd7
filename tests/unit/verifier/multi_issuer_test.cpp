// Several issuers behind one object: who is chosen, and that nothing is shared.

#include "jwks/multi_issuer_verifier.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <future>
#include <string>
#include <thread>
#include <vector>

#include "support/catch.hpp"
#include "support/many_issuers.hpp"

namespace {

using jwks::Error;
using jwks::ErrorCode;
using jwks::ErrorReason;
using jwks::MultiIssuerVerifier;
using jwks::Result;
using jwks::VerifiedToken;
using jwks::VerifierOptions;
using std::chrono::milliseconds;
using std::chrono::seconds;
using test::error_of;
using test::eventually;
using test::json_quoted;
using test::ManyIssuers;

std::string name_of(const Result<VerifiedToken>& result) {
  return result ? std::string(result->claims().issuer())
                : std::string(to_string(result.error().code()));
}

Error create_error(std::vector<VerifierOptions> options) {
  const auto made = MultiIssuerVerifier::create(std::move(options));
  if (made) throw std::runtime_error("the options were taken");
  return made.error();
}

std::size_t threads_of_process() {
  const std::filesystem::directory_iterator tasks("/proc/self/task");
  return static_cast<std::size_t>(std::distance(begin(tasks), end(tasks)));
}

}  // namespace

TEST_CASE("each token is held to the rules and the keys of the issuer that it names") {
  const ManyIssuers issuers(3);
  auto options = issuers.all_options();
  options[2].audiences = {"billing-api"};
  const auto verifier = MultiIssuerVerifier::create(options).value();
  REQUIRE(verifier.warm_up(seconds(5)));
  for (const std::size_t i : {0U, 1U}) {
    CHECK(name_of(verifier.verify(issuers.token(i))) == issuers.name(i));
    CHECK(name_of(verifier.verify_cached(issuers.token(i))) == issuers.name(i));
  }
  CHECK(error_of(verifier.verify(issuers.token(2))).code() == ErrorCode::wrong_audience);
  // All their keys have the same kid.
  for (const std::size_t i : {0U, 1U, 2U}) {
    CHECK(error_of(verifier.verify(issuers.token(i, issuers.key((i + 1) % 3)))).code() ==
          ErrorCode::bad_signature);
  }
}

TEST_CASE("a flood of random kids for one issuer leaves the others' limits alone", "[claim-67]") {
  const ManyIssuers issuers(2);
  const auto verifier = issuers.verifier({.background_refresh = false});
  REQUIRE(verifier.warm_up(seconds(5)));
  const auto random_kid = [&](std::size_t issuer, int i) {
    return test::lasting_token(issuers.key(issuer))
        .claim("iss", json_quoted(issuers.name(issuer)))
        .header("kid", json_quoted("random-" + std::to_string(i)))
        .build()
        .value();
  };
  for (int i = 0; i < 1000; ++i) {
    issuers.clock->advance(milliseconds(i == 1 ? 1000 : 0));
    CHECK(error_of(verifier.verify(random_kid(0, i))).code() == ErrorCode::unknown_key);
  }
  CHECK(verifier.verifier_of(issuers.name(0))->stats().bucket_tokens == 0);
  CHECK(issuers.fetcher(0).calls() == 3);
  CHECK(error_of(verifier.verify(random_kid(0, 1001))).reason() == ErrorReason::rate_limited);

  const jwks::Stats untouched = verifier.verifier_of(issuers.name(1))->stats();
  CHECK(untouched.bucket_tokens == 2);
  CHECK(untouched.kid_misses == 0);
  CHECK(untouched.negative_entries == 0);
  CHECK(issuers.fetcher(1).calls() == 1);
  // And a rotation there is met at once.
  const auto next = test::SigningKey::generate(test::Algorithm::es256, "next").value();
  issuers.fetcher(1).answer_with_body(test::keys_of({next}));
  const auto token = verifier.verify(issuers.token(1, next));
  REQUIRE(token);
  CHECK(token->key_refreshed());
}

TEST_CASE("fifty issuers with one that hangs, and the others verify and refresh", "[claim-66]") {
  constexpr std::size_t kHanging = 7;
  const ManyIssuers issuers(50);
  issuers.fetcher(kHanging).close_gate();
  const auto verifier = issuers.verifier();
  const auto others_have = [&](std::size_t requests) {
    for (std::size_t i = 0; i < issuers.size(); ++i)
      if (i != kHanging && issuers.fetcher(i).calls() < requests) return false;
    return true;
  };
  const auto verify_others = [&] {
    for (std::size_t i = 0; i < issuers.size(); ++i)
      if (i != kHanging) CHECK(name_of(verifier.verify(issuers.token(i))) == issuers.name(i));
  };
  REQUIRE(eventually([&] { return others_have(1); }));
  REQUIRE(eventually([&] { return issuers.fetcher(kHanging).calls() == 1; }));
  verify_others();
  CHECK(error_of(verifier.verify_cached(issuers.token(kHanging))).code() ==
        ErrorCode::keys_unavailable);

  // Refreshed ahead of their expiry, by the timers.
  issuers.clock->advance(seconds(241));
  CHECK(eventually([&] { return others_have(2); }));
  verify_others();
  for (std::size_t i = 0; i < issuers.size(); ++i) {
    if (i == kHanging) continue;
    const jwks::Stats stats = verifier.verifier_of(issuers.name(i))->stats();
    CHECK(stats.fetch_failures == 0);
    CHECK(stats.accepted == 2);
  }
}

TEST_CASE("a thousand issuers take a few threads, and each verifies") {
  const ManyIssuers issuers(1000);
  const std::size_t threads = threads_of_process();
  {
    const auto verifier = issuers.verifier();
    REQUIRE(verifier.warm_up(seconds(60)));
    for (std::size_t i = 0; i < issuers.size(); ++i)
      REQUIRE(name_of(verifier.verify_cached(issuers.token(i))) == issuers.name(i));
    // A timer, four that fetch, one for events and one for callbacks; some run already.
    CHECK(threads_of_process() <= threads + 7);
    issuers.clock->advance(seconds(241));
    CHECK(eventually([&] { return issuers.fetches() == 2 * issuers.size(); }));
    CHECK(verifier.metrics().size() == 1001);
  }
  CHECK(threads_of_process() <= threads + 7);
}

TEST_CASE("an issuer may be added and removed at any time") {
  const ManyIssuers issuers(3);
  const auto verifier = MultiIssuerVerifier::create({issuers.options(1)}).value();
  CHECK(error_of(verifier.verify(issuers.token(0))).code() == ErrorCode::wrong_issuer);
  REQUIRE(verifier.add(issuers.options(2)));
  REQUIRE(verifier.add(issuers.options(0)));
  CHECK(name_of(verifier.verify(issuers.token(0))) == issuers.name(0));
  CHECK(verifier.issuers() ==
        std::vector<std::string>{issuers.name(0), issuers.name(1), issuers.name(2)});
  const auto metrics = verifier.metrics();
  REQUIRE(metrics.size() == 4);
  CHECK(metrics[0].issuer.empty());
  CHECK(metrics[0].stats.refused == 1);
  for (std::size_t i = 0; i < 3; ++i) CHECK(metrics[i + 1].issuer == issuers.name(i));
  CHECK(metrics[1].stats.accepted == 1);
  CHECK(metrics[2].stats.accepted == 0);

  const auto removed = verifier.verifier_of(issuers.name(0));
  REQUIRE(removed);
  CHECK(verifier.remove(issuers.name(0)));
  CHECK_FALSE(verifier.remove(issuers.name(0)));
  CHECK_FALSE(verifier.remove("https://nobody.example"));
  CHECK(verifier.verifier_of(issuers.name(0)) == nullptr);
  CHECK(verifier.issuers().size() == 2);
  CHECK(error_of(verifier.verify(issuers.token(0))).code() == ErrorCode::wrong_issuer);
  CHECK(name_of(verifier.verify(issuers.token(1))) == issuers.name(1));
  const auto refresh = removed->refresh(seconds(1));
  REQUIRE_FALSE(refresh);
  CHECK(refresh.error().reason() == ErrorReason::closed);

  REQUIRE(verifier.add(issuers.options(0)));  // once more
  CHECK(name_of(verifier.verify(issuers.token(0))) == issuers.name(0));
}

TEST_CASE("an issuer that is there is not asked for keys a second time by adding it again") {
  const ManyIssuers issuers(2);
  const auto verifier = MultiIssuerVerifier::create({issuers.options(0)}).value();
  REQUIRE(verifier.warm_up(seconds(5)));
  const auto twice = verifier.add(issuers.options(0));
  REQUIRE_FALSE(twice);
  CHECK(twice.error().code() == ErrorCode::bad_config);
  CHECK(twice.error().subject() == "issuer");
  CHECK(issuers.fetches() == 1);
  auto wrong = issuers.options(1);
  wrong.cache.min_ttl = seconds(1);
  const auto refused = verifier.add(wrong);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().subject() == "cache.min_ttl");
  CHECK(verifier.issuers().size() == 1);
}

TEST_CASE("a list with a mistake is refused, and the entry is named") {
  const ManyIssuers issuers(5);
  auto options = issuers.all_options();
  options[3].cache.min_ttl = seconds(1);
  options[4].audiences.clear();
  CHECK(create_error(options).code() == ErrorCode::bad_config);
  CHECK(create_error(options).subject() == "issuers[3].cache.min_ttl");
  options[3] = issuers.options(1);
  CHECK(create_error(options).subject() == "issuers[3].issuer");
  options[3] = issuers.options(3);
  CHECK(create_error(options).subject() == "issuers[4].audiences");
  options[4] = {};
  CHECK(create_error(options).subject() == "issuers[4].issuer");
}

TEST_CASE("warming up has one deadline for all issuers, and names the one that has no keys") {
  const ManyIssuers issuers(4);
  for (const std::size_t i : {1U, 3U}) issuers.fetcher(i).close_gate();
  const auto verifier = issuers.verifier();
  const auto start = issuers.clock->steady_now();
  auto warm = std::async(std::launch::async, [&] { return verifier.warm_up(seconds(10)); });
  while (warm.wait_for(milliseconds(1)) != std::future_status::ready)
    issuers.clock->advance(milliseconds(100));
  const auto result = warm.get();
  REQUIRE_FALSE(result);
  CHECK(result.error().code() == ErrorCode::keys_unavailable);
  CHECK(result.error().subject() == issuers.name(1));
  CHECK(issuers.clock->steady_now() - start >= seconds(10));

  for (const std::size_t i : {1U, 3U}) issuers.fetcher(i).open_gate();
  CHECK(verifier.warm_up(seconds(10)));
  CHECK(verifier.warm_up(seconds(0)));
  CHECK(verifier.warm_up(seconds(-1)));
  CHECK(verifier.warm_up(milliseconds::max()));
}

TEST_CASE("a caller who waits for the keys of an issuer that is removed is told so") {
  const ManyIssuers issuers(2);
  issuers.fetcher(0).close_gate();
  const auto verifier = issuers.verifier();
  auto waiting = std::async(std::launch::async, [&] { return verifier.verify(issuers.token(0)); });
  REQUIRE(eventually([&] { return verifier.verifier_of(issuers.name(0))->stats().waiters == 1; }));
  CHECK(verifier.remove(issuers.name(0)));
  const Error error = error_of(waiting.get());
  CHECK(error.code() == ErrorCode::keys_unavailable);
  CHECK(error.reason() == ErrorReason::closed);
}

TEST_CASE("a closed verifier takes no issuers, and may be closed again") {
  const ManyIssuers issuers(2);
  const auto verifier = MultiIssuerVerifier::create({issuers.options(0)}).value();
  REQUIRE(verifier.warm_up(seconds(5)));
  verifier.close();
  verifier.close();
  const auto late = verifier.add(issuers.options(1));
  REQUIRE_FALSE(late);
  CHECK(late.error().reason() == ErrorReason::closed);
  CHECK(name_of(verifier.verify(issuers.token(0))) == issuers.name(0));  // held keys are fresh
  issuers.clock->advance(std::chrono::hours(2));
  CHECK(error_of(verifier.verify(issuers.token(0))).reason() == ErrorReason::closed);
  CHECK(verifier.remove(issuers.name(0)));
  CHECK(verifier.issuers().empty());
}

TEST_CASE("destroying or replacing the object closes verifiers that others still hold") {
  const ManyIssuers issuers(2);
  auto verifier = MultiIssuerVerifier::create({issuers.options(0)}).value();
  const auto first = verifier.verifier_of(issuers.name(0));
  verifier = MultiIssuerVerifier::create({issuers.options(1)}).value();
  CHECK(first->refresh(seconds(1)).error().reason() == ErrorReason::closed);
  const auto second = verifier.verifier_of(issuers.name(1));
  {
    const MultiIssuerVerifier gone = std::move(verifier);
  }
  CHECK(second->refresh(seconds(1)).error().reason() == ErrorReason::closed);
}

TEST_CASE("a callback may remove its issuer, destroy the object, or throw") {
  const ManyIssuers issuers(2);
  auto verifier = std::make_unique<MultiIssuerVerifier>(issuers.verifier());
  REQUIRE(verifier->warm_up(seconds(5)));
  int calls = 0;
  verifier->verify_async(issuers.token(0), [&](const Result<VerifiedToken>& result) {
    CHECK(name_of(result) == issuers.name(0));
    CHECK(verifier->remove(issuers.name(0)));
    ++calls;
  });
  verifier->verify_async(issuers.token(0), [&](const Result<VerifiedToken>& result) {
    CHECK(name_of(result) == "wrong_issuer");
    ++calls;
    throw std::runtime_error("of no concern");
  });
  verifier->verify_async(issuers.token(1), [&](const Result<VerifiedToken>& result) {
    CHECK(name_of(result) == issuers.name(1));
    ++calls;
    verifier.reset();
  });
  CHECK(calls == 3);
  CHECK(verifier == nullptr);
}

TEST_CASE("a callback that waits for keys is called once, also when its issuer is removed") {
  const ManyIssuers issuers(3);
  for (const std::size_t i : {0U, 1U, 2U}) issuers.fetcher(i).close_gate();
  auto verifier = std::make_unique<MultiIssuerVerifier>(issuers.verifier());
  std::vector<std::promise<std::string>> answers(3);
  std::atomic<int> calls{0};
  for (std::size_t i = 0; i < 3; ++i) {
    verifier->verify_async(issuers.token(i), [&, i](const Result<VerifiedToken>& result) {
      ++calls;
      answers[i].set_value(result ? "accepted" : std::string(to_string(result.error().reason())));
    });
    CHECK(verifier->verifier_of(issuers.name(i))->stats().waiters == 1);
  }
  issuers.fetcher(0).open_gate();
  CHECK(answers[0].get_future().get() == "accepted");
  CHECK(verifier->remove(issuers.name(1)));
  CHECK(answers[1].get_future().get() == "closed");
  verifier.reset();
  CHECK(answers[2].get_future().get() == "closed");
  CHECK(calls == 3);
}

TEST_CASE("issuers come and go while tokens of others are verified", "[attack-216]") {
  const ManyIssuers issuers(10);
  const auto verifier = issuers.verifier();
  REQUIRE(verifier.warm_up(seconds(30)));
  const std::string steady = issuers.token(0);
  const std::string moving = issuers.token(5);
  std::atomic<bool> stop{false};
  std::atomic<int> wrong{0};
  std::atomic<int> right{0};
  std::vector<std::jthread> threads;
  for (int t = 0; t < 3; ++t) {
    threads.emplace_back([&] {
      while (!stop) {
        (verifier.verify(steady) ? right : wrong)++;
        const std::string answer = name_of(verifier.verify_cached(moving));
        if (answer != issuers.name(5) && answer != "wrong_issuer" && answer != "keys_unavailable")
          ++wrong;
        if (verifier.metrics().size() < 8) ++wrong;
      }
    });
  }
  for (int round = 0; round < 50; ++round) {
    for (const std::size_t i : {5U, 6U, 7U}) {
      CHECK(verifier.remove(issuers.name(i)));
      CHECK(verifier.add(issuers.options(i)));
    }
  }
  CHECK(eventually([&] { return right > 0; }));
  stop = true;
  threads.clear();
  CHECK(wrong == 0);
  CHECK(verifier.issuers().size() == 10);
}

TEST_CASE("a forked child verifies, although the list was being changed", "[attack-205]") {
  const ManyIssuers issuers(12);
  const auto verifier = issuers.verifier();
  REQUIRE(verifier.warm_up(seconds(30)));
  const std::string steady = issuers.token(0);
  std::atomic<bool> stop{false};
  std::jthread changing([&] {
    while (!stop) {
      verifier.remove(issuers.name(2));
      static_cast<void>(verifier.add(issuers.options(2)));
    }
  });
  for (int i = 0; i < 20; ++i) {
    const pid_t child = fork();
    REQUIRE(child >= 0);
    if (child == 0) {
      const bool verifies = verifier.verify(steady).has_value();
      verifier.remove(issuers.name(1));
      const bool removed = name_of(verifier.verify(issuers.token(1))) == "wrong_issuer";
      verifier.close();
      _exit(verifies && removed ? 0 : 1);
    }
    int status = -1;
    REQUIRE(waitpid(child, &status, 0) == child);
    CHECK(WIFEXITED(status));
    CHECK(WEXITSTATUS(status) == 0);
  }
  stop = true;
  changing.join();
  CHECK(verifier.verify(steady));
}
