#include "jwks/replay_cache.hpp"

#include <atomic>
#include <cstring>
#include <string>
#include <thread>
#include <vector>

#include "jose/replay_cache.hpp"
#include "support/catch.hpp"

namespace {

using jwks::Error;
using jwks::ErrorCode;
using jwks::ErrorReason;
using jwks::make_memory_replay_cache;
using jwks::ReplayCache;
using std::chrono::seconds;
using Time = ReplayCache::Time;

const Time kNow{seconds(1'750'000'000)};

/// A key whose first byte, which chooses the shard, can be given.
std::string key(std::uint64_t number, char first) {
  std::string bytes(ReplayCache::kKeyBytes, first);
  std::memcpy(bytes.data() + 8, &number, sizeof number);
  return bytes;
}
std::string key(std::uint64_t number) { return key(number, static_cast<char>(number * 31 % 251)); }

std::shared_ptr<ReplayCache> cache_of(std::size_t capacity) {
  return make_memory_replay_cache(capacity).value();
}

/// "new", "seen" or "full".
std::string answer(ReplayCache& cache, std::string_view key, Time expires_at, Time now = kNow) {
  const auto result = cache.insert(key, expires_at, now);
  if (result) return *result ? "new" : "seen";
  return result.error().reason() == ErrorReason::replay_cache_full ? "full" : "another error";
}

template <class Work>
void in_threads(int count, Work work) {
  std::vector<std::thread> threads;
  for (int i = 0; i < count; ++i) threads.emplace_back(work, i);
  for (std::thread& thread : threads) thread.join();
}

}  // namespace

TEST_CASE("a replay cache has room for 1 to 100 million entries") {
  for (const std::size_t capacity : {std::size_t{0}, std::size_t{100'000'001}}) {
    const auto made = make_memory_replay_cache(capacity);
    REQUIRE_FALSE(made);
    CHECK(made.error().code() == ErrorCode::bad_config);
    CHECK(made.error().subject() == "capacity");
  }
  CHECK(make_memory_replay_cache(1));
  CHECK(make_memory_replay_cache(100'000'000));
}

TEST_CASE("a key is new once until it expires", "[attack-134]") {
  const auto cache = cache_of(10);
  const Time end = kNow + seconds(60);
  CHECK(answer(*cache, key(1), end) == "new");
  CHECK(answer(*cache, key(1), end) == "seen");
  CHECK(answer(*cache, key(2), end) == "new");
  CHECK(answer(*cache, key(1), end, end - std::chrono::nanoseconds(1)) == "seen");
  CHECK(answer(*cache, key(1), end + seconds(60), end) == "new");
  CHECK(answer(*cache, key(1), end + seconds(60), end) == "seen");
}

TEST_CASE("a replayed key does not shorten or prolong what is remembered") {
  const auto cache = cache_of(10);
  CHECK(answer(*cache, key(1), kNow + seconds(10)) == "new");
  CHECK(answer(*cache, key(1), kNow + seconds(1)) == "seen");
  CHECK(answer(*cache, key(1), kNow + seconds(99), kNow + seconds(9)) == "seen");
  CHECK(answer(*cache, key(1), kNow + seconds(99), kNow + seconds(10)) == "new");
}

TEST_CASE("a key that came again after its end is remembered until its new end") {
  const auto cache = cache_of(100);
  // More that expires before it than one insertion drops: it is found expired and still there.
  for (std::uint64_t i = 0; i < 20; ++i) answer(*cache, key(i, 'a'), kNow + seconds(1));
  CHECK(answer(*cache, key(99, 'a'), kNow + seconds(2)) == "new");
  const Time later = kNow + seconds(5);
  CHECK(answer(*cache, key(99, 'a'), later + seconds(60), later) == "new");
  for (std::uint64_t i = 100; i < 120; ++i) answer(*cache, key(i, 'a'), later + seconds(9), later);
  CHECK(answer(*cache, key(99, 'a'), later + seconds(60), later + seconds(59)) == "seen");
  CHECK(answer(*cache, key(99, 'a'), later + seconds(90), later + seconds(60)) == "new");
}

TEST_CASE("a full cache refuses what is new and keeps what has not expired", "[attack-134]") {
  for (const std::size_t capacity : {std::size_t{1}, std::size_t{7}, std::size_t{100}}) {
    const auto cache = cache_of(capacity);
    const Time end = kNow + seconds(60);
    for (std::size_t i = 0; i < capacity; ++i) REQUIRE(answer(*cache, key(i), end) == "new");
    for (std::size_t i = 0; i < 100; ++i) REQUIRE(answer(*cache, key(1000 + i), end) == "full");
    for (std::size_t i = 0; i < capacity; ++i) REQUIRE(answer(*cache, key(i), end) == "seen");
    // Wherever the expired ones are, they make room.
    for (std::size_t i = 0; i < capacity; ++i) {
      REQUIRE(answer(*cache, key(2000 + i, 'z'), end + seconds(60), end) == "new");
    }
    REQUIRE(answer(*cache, key(3000), end + seconds(60), end) == "full");
  }
  const auto full = cache_of(1);
  REQUIRE(full->insert(key(1), kNow + seconds(1), kNow));
  const auto refused = full->insert(key(2), kNow + seconds(1), kNow);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code() == ErrorCode::out_of_memory);
  CHECK(refused.error().retryable());
}

TEST_CASE("keys that all fall into one place have all the room") {
  const auto cache = cache_of(500);
  for (std::uint64_t i = 0; i < 500; ++i)
    REQUIRE(answer(*cache, key(i, 'a'), kNow + seconds(9)) == "new");
  CHECK(answer(*cache, key(500, 'a'), kNow + seconds(9)) == "full");
  CHECK(answer(*cache, key(501, 'b'), kNow + seconds(9)) == "full");
}

TEST_CASE("a million distinct keys never take more room than there is", "[attack-134]") {
  const auto cache = cache_of(1000);
  std::size_t taken = 0;
  for (std::uint64_t i = 0; i < 1'000'000; ++i) {
    // A thousand live at a time: each makes room for one a thousand later.
    const Time now = kNow + std::chrono::milliseconds(i);
    if (answer(*cache, key(i), now + seconds(1), now) == "new") ++taken;
  }
  CHECK(taken == 1'000'000);
  const Time end = kNow + seconds(1000);
  std::size_t crowded = 0;
  for (std::uint64_t i = 0; i < 20'000; ++i) {
    if (answer(*cache, key(2'000'000 + i), end + seconds(60), end) == "new") ++crowded;
  }
  CHECK(crowded <= 1000);
  CHECK(answer(*cache, key(3'000'000), end + seconds(60), end) == "full");
}

TEST_CASE("a key that is no digest is refused") {
  const auto cache = cache_of(10);
  for (const std::size_t size : {0U, 31U, 33U}) {
    const auto result = cache->insert(std::string(size, 'k'), kNow + seconds(1), kNow);
    REQUIRE_FALSE(result);
    CHECK(result.error().code() == ErrorCode::bad_config);
  }
}

TEST_CASE("of many threads with one key exactly one is the first", "[attack-134][attack-216]") {
  constexpr int kThreads = 8;
  constexpr std::uint64_t kKeys = 2000;
  const auto cache = cache_of(kKeys);
  std::vector<std::atomic<int>> firsts(kKeys);
  in_threads(kThreads, [&](int) {
    for (std::uint64_t i = 0; i < kKeys; ++i) {
      if (answer(*cache, key(i), kNow + seconds(60)) == "new") ++firsts[i];
    }
  });
  for (const auto& first : firsts) REQUIRE(first == 1);
}

TEST_CASE("many threads fill a cache to its last entry while it is emptied", "[attack-216]") {
  constexpr int kThreads = 8;
  constexpr std::uint64_t kEach = 500;
  const auto cache = cache_of(1000);
  for (std::uint64_t i = 0; i < 1000; ++i) answer(*cache, key(1'000'000 + i), kNow + seconds(1));
  std::atomic<int> taken = 0;
  in_threads(kThreads, [&](int thread) {
    for (std::uint64_t i = 0; i < kEach; ++i) {
      const auto number = static_cast<std::uint64_t>(thread) * kEach + i;
      if (answer(*cache, key(number), kNow + seconds(60), kNow + seconds(1)) == "new") ++taken;
    }
  });
  CHECK(taken == 1000);
}

TEST_CASE("no two lists of parts have one key", "[attack-045][attack-134]") {
  using jwks::jose::replay_key;
  const auto first = replay_key({"jwt", "https://a", "b:c"});
  REQUIRE(first);
  CHECK(first->size() == ReplayCache::kKeyBytes);
  CHECK(replay_key({"jwt", "https://a", "b:c"}).value() == *first);
  CHECK(replay_key({"jwt", "https://a:b", "c"}).value() != *first);
  CHECK(replay_key({"jwt", "https://ab:c", ""}).value() != *first);
  CHECK(replay_key({"jwt", "https://a", "b:", "c"}).value() != *first);
  CHECK(replay_key({"jwt", "9:https://a3:b:c"}).value() != *first);
  CHECK(replay_key({"dpop", "https://a", "b:c"}).value() != *first);
  // Lengths and parts that would read alike if nothing stood between them.
  CHECK(replay_key({"1", "", "abcdefghi"}).value() != replay_key({"09abcdefghi"}).value());
}

TEST_CASE("what never ends is remembered until the end of the clock", "[attack-109]") {
  struct Recorder final : ReplayCache {
    Time expires_at{};
    jwks::Result<bool> insert(std::string_view, Time expires, Time) override {
      expires_at = expires;
      return true;
    }
  } recorder;
  CHECK(jwks::jose::remember_once(recorder, "k", {253'402'300'799 + 600, 999'999'999}, kNow));
  CHECK(recorder.expires_at == Time::max());
  CHECK(jwks::jose::remember_once(recorder, "k", {1'750'000'000, 999'999'999}, kNow));
  CHECK(recorder.expires_at == kNow + seconds(10));
}
