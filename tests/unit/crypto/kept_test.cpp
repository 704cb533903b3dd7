// Kept contexts: how many there are, who has one, and when they go.

#include "crypto/kept.hpp"

#include <atomic>
#include <memory>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

#include "support/catch.hpp"

namespace {

/// Tells whether two threads ever had it at once, and how many of its kind live.
struct Context {
  Context() { ++alive; }
  ~Context() { --alive; }
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;

  std::atomic<bool> in_use{false};
  static inline std::atomic<int> alive{0};
};
using Kept = jwks::crypto::Kept<Context>;

/// `Kept` after the first use, which makes nothing.
void use_once(Kept& kept) { REQUIRE_FALSE(kept.is_ready()); }

}  // namespace

TEST_CASE("a key that is used once keeps nothing") {
  Kept kept;
  CHECK_FALSE(kept.is_ready());
  CHECK(kept.is_ready());
  CHECK(kept.is_ready());
  CHECK(kept.take() == nullptr);
}

TEST_CASE("a kept context is there for the next one, and for nobody while it is out") {
  Kept kept;
  use_once(kept);
  REQUIRE(kept.is_ready());
  kept.put(std::make_unique<Context>());
  CHECK(Context::alive == 1);
  auto taken = kept.take();
  const Context* const first = taken.get();
  REQUIRE(first != nullptr);
  CHECK(kept.take() == nullptr);
  kept.put(std::move(taken));
  CHECK(kept.take().get() == first);
  CHECK(Context::alive == 0);
}

TEST_CASE("no more contexts are kept than there are slots, and all go with the key") {
  {
    Kept kept;
    use_once(kept);
    REQUIRE(kept.is_ready());
    for (int i = 0; i < 1000; ++i) kept.put(std::make_unique<Context>());
    CHECK(Context::alive >= 1);
    CHECK(Context::alive <= 2);  // what one thread reaches
    std::vector<std::thread> threads;
    for (int i = 0; i < 200; ++i) {
      threads.emplace_back([&kept] { kept.put(std::make_unique<Context>()); });
    }
    for (std::thread& each : threads) each.join();
    CHECK(Context::alive <= static_cast<int>(Kept::kMaxSlots));
  }
  CHECK(Context::alive == 0);
}

TEST_CASE("no two threads have one context at the same time") {
  Kept kept;
  use_once(kept);
  std::atomic<int> clashes{0};
  std::atomic<int> reused{0};
  const auto work = [&] {
    for (int i = 0; i < 20'000; ++i) {
      if (!kept.is_ready()) continue;
      auto context = kept.take();
      reused += context ? 1 : 0;
      if (!context) context = std::make_unique<Context>();
      clashes += context->in_use.exchange(true) ? 1 : 0;
      clashes += context->in_use.exchange(false) ? 0 : 1;
      kept.put(std::move(context));
    }
  };
  std::vector<std::thread> threads;
  for (int i = 0; i < 16; ++i) threads.emplace_back(work);
  for (std::thread& each : threads) each.join();
  CHECK(clashes == 0);
  CHECK(reused > 0);
}
