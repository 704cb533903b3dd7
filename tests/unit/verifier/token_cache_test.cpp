// The cache of verified tokens by itself: what it finds, what it forgets, and how large it grows.

#include "verifier/token_cache.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "support/catch.hpp"
#include "support/tokens.hpp"

namespace {

using jwks::SteadyTime;
using jwks::TokenCacheOptions;
using jwks::VerifiedToken;
using jwks::verifier::TokenCache;
using std::chrono::seconds;
using test::es256;
using test::kNow;

constexpr jwks::source::SipHashKey kHashKey{1, 2};
constexpr SteadyTime kThen{std::chrono::hours(5)};
constexpr std::size_t kMebibyte = std::size_t{1024} * 1024;

/// A token with its text.
struct Known {
  std::string text;
  VerifiedToken token;
};

Known known(test::TokenBuilder builder, jwks::ValidationOptions options = test::options()) {
  const std::string text = builder.build().value();
  return {text, jwks::verify(text, test::es256_set(), test::policy(options), kNow).value()};
}

Known of_subject(const std::string& subject) {
  return known(test::token(es256()).claim("sub", test::json_quoted(subject)));
}

std::string subject_of(const std::optional<VerifiedToken>& token) {
  return token ? std::string(token->claims().subject()) : "nobody";
}

jwks::Stats stats_of(const TokenCache& cache) {
  jwks::Stats stats;
  cache.report(stats);
  return stats;
}

/// The cache looks at the text alone, so that one token can stand for many.
void fill(TokenCache& cache, const VerifiedToken& token, int count) {
  for (int i = 0; i < count; ++i)
    cache.insert("filler-" + std::to_string(i), token, 1, kNow, kThen);
}

}  // namespace

TEST_CASE("a token is found again by its whole text and nothing else", "[attack-211]") {
  TokenCache cache({.max_entries = 10}, kHashKey);
  const Known alice = of_subject("alice");
  CHECK_FALSE(cache.find(alice.text, 1, kThen));
  cache.insert(alice.text, alice.token, 1, kNow, kThen);
  CHECK(subject_of(cache.find(alice.text, 1, kThen)) == "alice");
  CHECK(stats_of(cache).token_cache_entries == 1);

  const std::string_view text = alice.text;
  CHECK_FALSE(cache.find(text.substr(0, text.size() - 1), 1, kThen));
  CHECK_FALSE(cache.find(text.substr(0, text.rfind('.')), 1, kThen));
  CHECK_FALSE(cache.find(alice.text + "A", 1, kThen));
  CHECK_FALSE(cache.find("", 1, kThen));
  for (std::size_t i = 0; i < text.size(); ++i) {
    std::string other(text);
    other[i] = other[i] == 'A' ? 'B' : 'A';
    CHECK_FALSE(cache.find(other, 1, kThen));
  }
  CHECK(cache.find(alice.text, 1, kThen));  // a look-up of another text disturbs nothing
}

TEST_CASE("tokens with equal hashes are never taken for one another", "[claim-59]") {
  const Known alice = of_subject("alice");
  const Known mallory = of_subject("mallory");
  // The hash is of the end of the text: that of a signature.
  const std::string_view end = std::string_view(alice.text).substr(alice.text.rfind('.'));
  const std::string other = "a.b" + std::string(end);
  TokenCache cache({.max_entries = 10}, kHashKey);
  cache.insert(alice.text, alice.token, 1, kNow, kThen);
  CHECK_FALSE(cache.find(other, 1, kThen));
  CHECK_FALSE(cache.find(end, 1, kThen));
  CHECK_FALSE(
      cache.find(mallory.text.substr(0, mallory.text.rfind('.')) + std::string(end), 1, kThen));
  CHECK(subject_of(cache.find(alice.text, 1, kThen)) == "alice");

  // Two that are both good: the later one takes the place, and is not mistaken either.
  cache.insert(other, mallory.token, 1, kNow, kThen);
  CHECK(stats_of(cache).token_cache_entries == 1);
  CHECK(subject_of(cache.find(other, 1, kThen)) == "mallory");
  CHECK_FALSE(cache.find(alice.text, 1, kThen));
  cache.insert(alice.text, alice.token, 1, kNow, kThen);
  CHECK(subject_of(cache.find(alice.text, 1, kThen)) == "alice");
  CHECK_FALSE(cache.find(other, 1, kThen));
}

TEST_CASE("a token is forgotten when it is met under another generation of keys", "[attack-211]") {
  TokenCache cache({.max_entries = 10}, kHashKey);
  const Known alice = of_subject("alice");
  cache.insert(alice.text, alice.token, 7, kNow, kThen);
  CHECK_FALSE(cache.find(alice.text, 8, kThen));
  CHECK(stats_of(cache).token_cache_entries == 0);
  CHECK(stats_of(cache).token_cache_bytes == 0);
  CHECK_FALSE(cache.find(alice.text, 7, kThen));
  cache.insert(alice.text, alice.token, 7, kNow, kThen);
  cache.insert(alice.text, alice.token, 8, kNow, kThen);
  CHECK(cache.find(alice.text, 8, kThen));
  CHECK(stats_of(cache).token_cache_entries == 1);
}

TEST_CASE("a token is remembered for five minutes, and not after it has expired", "[attack-211]") {
  struct Case {
    std::string exp;  // JSON
    seconds remembered;
  };
  const auto date = [](double from_now) {
    return std::to_string(1'750'000'000.0 + from_now);  // kNow
  };
  const Case cases[] = {{date(3600), seconds(300)},    {date(300), seconds(300)},
                        {date(299), seconds(299)},     {date(10.5), seconds(10)},
                        {date(1), seconds(1)},         {"", seconds(300)},
                        {"253402300799", seconds(300)}};
  jwks::ValidationOptions options = test::options();
  options.require_expiration = false;
  for (const auto& [exp, remembered] : cases) {
    CAPTURE(exp);
    TokenCache cache({.max_entries = 10}, kHashKey);
    const Known one = known(test::token(es256()).claim("exp", exp), options);
    cache.insert(one.text, one.token, 1, kNow, kThen);
    CHECK(cache.find(one.text, 1, kThen + remembered - std::chrono::nanoseconds(1)));
    CHECK_FALSE(cache.find(one.text, 1, kThen + remembered));
    CHECK(stats_of(cache).token_cache_entries == 0);
  }
}

TEST_CASE("a token within the clock skew after its exp is not remembered") {
  TokenCache cache({.max_entries = 10}, kHashKey);
  for (const int past : {0, 1, 59}) {
    const Known one = known(
        test::token(es256()).claim("iat", kNow - seconds(100)).claim("exp", kNow - seconds(past)));
    cache.insert(one.text, one.token, 1, kNow, kThen);
  }
  CHECK(stats_of(cache).token_cache_entries == 0);
}

TEST_CASE("a cache holds no more entries than it may, and drops the oldest first") {
  const Known alice = of_subject("alice");
  for (const std::size_t max : {1U, 2U, 7U, 63U, 64U, 100U, 130U, 1000U, 3000U}) {
    CAPTURE(max);
    TokenCache cache({.max_entries = max}, kHashKey);
    fill(cache, alice.token, 10'000);
    CHECK(stats_of(cache).token_cache_entries <= max);
    CHECK(stats_of(cache).token_cache_entries > max / 2);
    CHECK(cache.find("filler-9999", 1, kThen));
    CHECK_FALSE(cache.find("filler-0", 1, kThen));
  }
}

TEST_CASE("tokens in use outlast a flood of good tokens that are used once") {
  TokenCache cache({.max_entries = 60}, kHashKey);
  const Known alice = of_subject("alice");
  const Known mallory = of_subject("mallory");
  cache.insert(alice.text, alice.token, 1, kNow, kThen);
  for (int round = 0; round < 100; ++round) {
    fill(cache, mallory.token, 50);
    REQUIRE(subject_of(cache.find(alice.text, 1, kThen)) == "alice");
  }
}

TEST_CASE("an entry that was used stays once for it, behind the others") {
  TokenCache cache({.max_entries = 3}, kHashKey);
  const Known alice = of_subject("alice");
  const auto insert = [&](const char* text) { cache.insert(text, alice.token, 1, kNow, kThen); };
  const auto finds = [&](const char* text) { return cache.find(text, 1, kThen).has_value(); };
  insert("a");
  insert("b");
  insert("c");
  REQUIRE(finds("a"));
  insert("d");  // instead of b: a was used
  insert("e");  // instead of c
  insert("f");  // instead of a, which was not used since
  CHECK_FALSE(finds("a"));
  CHECK_FALSE(finds("b"));
  CHECK_FALSE(finds("c"));
  CHECK(finds("d"));
  CHECK(finds("e"));
  CHECK(finds("f"));
}

TEST_CASE("where everything was used something goes all the same") {
  TokenCache cache({.max_entries = 120}, kHashKey);  // one lock, more entries than second chances
  const Known alice = of_subject("alice");
  fill(cache, alice.token, 120);
  for (int round = 0; round < 3; ++round) {
    for (int i = 0; i < 120; ++i)
      static_cast<void>(cache.find("filler-" + std::to_string(i), 1, kThen));
    cache.insert("new", alice.token, 1, kNow, kThen);
    CHECK(cache.find("new", 1, kThen));
    CHECK(stats_of(cache).token_cache_entries == 120);
  }
}

TEST_CASE("a cache takes no more memory than it may") {
  const Known small = of_subject("alice");
  const Known large = of_subject(std::string(8000, 'x'));
  for (const std::size_t max : {kMebibyte / 16, kMebibyte, 8 * kMebibyte}) {
    CAPTURE(max);
    TokenCache cache({.max_entries = 1'000'000, .max_bytes = max}, kHashKey);
    for (int i = 0; i < 600; ++i) {
      const std::string number = std::to_string(i);
      cache.insert(small.text + number, small.token, 1, kNow, kThen);
      cache.insert(large.text + number, large.token, 1, kNow, kThen);
      REQUIRE(stats_of(cache).token_cache_bytes <= max);
    }
    const jwks::Stats stats = stats_of(cache);
    CHECK(stats.token_cache_bytes > max / 2);
    CHECK(stats.token_cache_entries > 1);
    CHECK(cache.find(large.text + "599", 1, kThen));
  }
}

TEST_CASE("the memory of an entry covers its text, its payload and the index of its claims") {
  const auto cost = [](const Known& one) {
    TokenCache cache({.max_entries = 10}, kHashKey);
    cache.insert(one.text, one.token, 1, kNow, kThen);
    return stats_of(cache).token_cache_bytes;
  };
  const Known plain = of_subject("alice");
  CHECK(cost(plain) > plain.text.size() + plain.token.claims().json().size());

  const Known rich = known(test::token(es256()).claim(
      "list", "[1" + [] {
        std::string items;
        for (int i = 0; i < 1000; ++i) items += ",1";
        return items;
      }() + "]"));
  const std::size_t more_text = rich.text.size() - plain.text.size();
  const std::size_t more_payload =
      rich.token.claims().json().size() - plain.token.claims().json().size();
  CHECK(cost(rich) >= cost(plain) + more_text + more_payload + std::size_t{1000} * 16);
}

TEST_CASE("the memory of resolved escapes is counted as it was taken") {
  std::string items = "[1";
  for (int i = 0; i < 1000; ++i) items += ",1";
  const auto cost = [&items](const std::string& last) {
    const Known one = known(test::token(es256()).claim("list", items + "," + last + "]"));
    TokenCache cache({.max_entries = 10}, kHashKey);
    cache.insert(one.text, one.token, 1, kNow, kThen);
    return stats_of(cache).token_cache_bytes;
  };
  // The buffer's second block is larger than its first, which is that of the index.
  CHECK(cost(R"("an escape \u0061nd more")") >= cost(R"("none here 0000061nd more")") + 16'000);
}

TEST_CASE("a token that is larger than the cache is not remembered") {
  std::string items = "[0";
  for (int i = 0; i < 5000; ++i) items += ",0";
  const Known huge = known(test::token(es256()).claim("list", items + "]"));
  TokenCache cache({.max_entries = 10, .max_bytes = kMebibyte / 16}, kHashKey);
  const Known alice = of_subject("alice");
  cache.insert(alice.text, alice.token, 1, kNow, kThen);
  cache.insert(huge.text, huge.token, 1, kNow, kThen);
  CHECK_FALSE(cache.find(huge.text, 1, kThen));
  CHECK(cache.find(alice.text, 1, kThen));  // and nothing had to go for it
}

TEST_CASE("a cleared cache is empty and goes on working") {
  TokenCache cache({.max_entries = 1000}, kHashKey);
  const Known alice = of_subject("alice");
  fill(cache, alice.token, 100);
  cache.clear();
  CHECK(stats_of(cache).token_cache_entries == 0);
  CHECK(stats_of(cache).token_cache_bytes == 0);
  CHECK_FALSE(cache.find("filler-1", 1, kThen));
  fill(cache, alice.token, 100);
  CHECK(cache.find("filler-1", 1, kThen));
}

TEST_CASE("a token that was found outlives the cache") {
  std::optional<VerifiedToken> found;
  {
    TokenCache cache({.max_entries = 10}, kHashKey);
    const Known alice = of_subject("alice");
    cache.insert(alice.text, alice.token, 1, kNow, kThen);
    found = cache.find(alice.text, 1, kThen);
  }
  CHECK(subject_of(found) == "alice");
}

TEST_CASE("threads that fill, search and clear a cache at once find what is right") {
  TokenCache cache({.max_entries = 300}, kHashKey);
  std::vector<Known> all;
  for (int i = 0; i < 20; ++i) all.push_back(of_subject("subject-" + std::to_string(i)));
  std::atomic<int> wrong{0};
  std::atomic<int> hits{0};
  {
    std::vector<std::jthread> threads;
    for (unsigned t = 0; t < 8; ++t) {
      threads.emplace_back([&, t] {
        for (std::size_t i = t; i < 4000; ++i) {
          const std::size_t which = i % all.size();
          const std::uint64_t generation = i / 1000;
          if (const auto found = cache.find(all[which].text, generation, kThen)) {
            ++hits;
            if (subject_of(found) != "subject-" + std::to_string(which)) ++wrong;
          } else {
            cache.insert(all[which].text, all[which].token, generation, kNow, kThen);
          }
          if (i % 1000 == 0) cache.clear();
          if (i % 100 == 0 && stats_of(cache).token_cache_entries > 300) ++wrong;
        }
      });
    }
  }
  CHECK(wrong == 0);
  CHECK(hits > 0);
}

TEST_CASE("a forked child finds what was cached, whatever other threads did meanwhile",
          "[attack-205]") {
  TokenCache cache({.max_entries = 300}, kHashKey);
  const Known alice = of_subject("alice");
  const Known bob = of_subject("bob");
  std::atomic<bool> stop{false};
  std::vector<std::jthread> noise;
  for (int t = 0; t < 2; ++t) {
    noise.emplace_back([&] {
      while (!stop) fill(cache, bob.token, 50);
    });
  }
  for (int i = 0; i < 20; ++i) {
    cache.insert(alice.text, alice.token, 1, kNow, kThen);
    const pid_t child = fork();
    REQUIRE(child >= 0);
    if (child == 0) {
      const bool finds = cache.find(alice.text, 1, kThen).has_value();
      cache.insert(bob.text, bob.token, 1, kNow, kThen);
      const bool learns = cache.find(bob.text, 1, kThen).has_value();
      cache.clear();
      _exit(finds && learns && stats_of(cache).token_cache_entries == 0 ? 0 : 1);
    }
    int status = -1;
    REQUIRE(waitpid(child, &status, 0) == child);
    CHECK(WIFEXITED(status));
    CHECK(WEXITSTATUS(status) == 0);
  }
  stop = true;
  noise.clear();
  CHECK(cache.find(alice.text, 1, kThen));
}
