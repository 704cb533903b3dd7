// Publishing to all threads can't fail: without memory for a count of their own, readers share one.

#include "source/published.hpp"

#include <memory>
#include <thread>
#include <vector>

#include "faults/faults.hpp"
#include "support/catch.hpp"

TEST_CASE("whichever allocation of a publication fails, every thread reads the new value") {
  using jwks::source::kStripes;
  for (std::size_t nth = 1; nth <= kStripes; ++nth) {
    CAPTURE(nth);
    jwks::source::Published<int> published;
    static_cast<void>(published.publish(std::make_shared<const int>(1)));
    const auto next = std::make_shared<const int>(2);
    fault::arm(fault::Kind::memory, nth);
    auto replaced = published.publish(next);
    CHECK(fault::disarm());
    replaced = {};
    std::vector<const int*> read(kStripes);
    std::vector<std::jthread> threads;
    for (const int*& each : read) threads.emplace_back([&] { each = published.read().get(); });
    threads.clear();
    CHECK(read == std::vector<const int*>(kStripes, next.get()));
  }
}
