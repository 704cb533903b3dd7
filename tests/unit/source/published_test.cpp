// What is published to all threads at once: they see one value, then another, and never the first
// one again; and the first one goes when its last reader does.

#include "source/published.hpp"

#include <atomic>
#include <latch>
#include <memory>
#include <thread>
#include <vector>

#include "support/catch.hpp"

namespace {

using jwks::source::kStripes;
using jwks::source::Published;

using Number = std::shared_ptr<const int>;

Number number(int value) { return std::make_shared<const int>(value); }

/// More threads than slots, each of which has read once and goes on when `go_on` is called.
class Readers {
 public:
  explicit Readers(const Published<int>& published) {
    for (std::size_t i = 0; i < kCount; ++i) {
      threads_.emplace_back([&, i] {
        before[i] = published.read().get();
        has_read_.count_down();
        go_on_.wait();
        after[i] = published.read().get();
      });
    }
    has_read_.wait();
  }
  void go_on() {
    go_on_.count_down();
    threads_.clear();
  }

  static constexpr std::size_t kCount = 2 * kStripes + 1;
  std::vector<const int*> before = std::vector<const int*>(kCount);
  std::vector<const int*> after = std::vector<const int*>(kCount);

 private:
  std::latch has_read_{static_cast<std::ptrdiff_t>(kCount)};
  std::latch go_on_{1};
  std::vector<std::jthread> threads_;
};

}  // namespace

TEST_CASE("before anything is published there is nothing to read") {
  Published<int> published;
  CHECK(published.read() == nullptr);
  static_cast<void>(published.publish(nullptr));
  CHECK(published.read() == nullptr);
}

TEST_CASE("every thread reads the very value that was published last") {
  Published<int> published;
  const Number first = number(1);
  const Number second = number(2);
  static_cast<void>(published.publish(first));
  Readers readers(published);
  static_cast<void>(published.publish(second));
  readers.go_on();
  CHECK(readers.before == std::vector<const int*>(Readers::kCount, first.get()));
  CHECK(readers.after == std::vector<const int*>(Readers::kCount, second.get()));
}

TEST_CASE("what was replaced goes with its last reader, however idle other threads are",
          "[claim-56]") {
  Published<int> published;
  Number first = number(1);
  const std::weak_ptr<const int> watched = first;
  static_cast<void>(published.publish(std::move(first)));
  first.reset();
  Readers idle(published);
  Number held = published.read();
  auto replaced = published.publish(number(2));
  replaced = {};
  CHECK_FALSE(watched.expired());
  CHECK(*held == 1);
  held.reset();
  CHECK(watched.expired());
  idle.go_on();
}

TEST_CASE("what a publication has replaced is freed where its caller says, not before") {
  Published<int> published;
  Number first = number(1);
  const std::weak_ptr<const int> watched = first;
  static_cast<void>(published.publish(first));
  first.reset();
  {
    const auto replaced = published.publish(nullptr);
    CHECK_FALSE(watched.expired());
    for (const auto& each : replaced) CHECK(*each == 1);
  }
  CHECK(watched.expired());
}

TEST_CASE("what one thread has seen replaced no thread reads any more", "[claim-56][claim-60]") {
  Published<int> published;
  static_cast<void>(published.publish(number(0)));
  std::atomic<int> newest_seen{0};
  std::atomic<bool> stop{false};
  std::atomic<int> turned_back{0};
  std::vector<std::jthread> readers;
  for (int t = 0; t < 8; ++t) {
    readers.emplace_back([&] {
      while (!stop) {
        int seen = newest_seen;
        const int mine = *published.read();
        if (mine < seen) ++turned_back;
        while (seen < mine && !newest_seen.compare_exchange_weak(seen, mine)) {
        }
      }
    });
  }
  for (int i = 1; i <= 2000; ++i) static_cast<void>(published.publish(number(i)));
  stop = true;
  readers.clear();
  CHECK(turned_back == 0);
  CHECK(*published.read() == 2000);
}

TEST_CASE("several threads may publish, and one of their values stays", "[claim-60]") {
  Published<int> published;
  static_cast<void>(published.publish(number(0)));
  std::vector<std::jthread> threads;
  std::atomic<int> wrong{0};
  for (int t = 1; t <= 4; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 500; ++i) {
        static_cast<void>(published.publish(number(t)));
        const int seen = *published.read();
        if (seen < 1 || seen > 4) ++wrong;
      }
    });
  }
  threads.clear();
  CHECK(wrong == 0);
  // All slots have the same one.
  const int* const last = published.read().get();
  const auto replaced = published.publish(nullptr);
  for (const auto& each : replaced) CHECK(each.get() == last);
}
