#include "emulator/clock.hpp"

#include <chrono>

#include "support/catch.hpp"

using jwks::emulator::EmulatorClock;
using Time = EmulatorClock::Time;

TEST_CASE("a test's clock may ask the emulator's something") {
  const EmulatorClock* asked = nullptr;
  EmulatorClock clock([&asked] { return Time(std::chrono::seconds(asked->is_frozen() ? 1 : 2)); });
  asked = &clock;
  CHECK(clock.now() == Time(std::chrono::seconds(2)));
  CHECK(clock.offset() == std::chrono::seconds(0));
  clock.set(Time(std::chrono::seconds(10)), true);
  CHECK(clock.offset() == std::chrono::seconds(9));
}

TEST_CASE("a clock at the ends of time stops there") {
  for (const Time base : {Time::min(), Time(), Time::max()}) {
    EmulatorClock clock([base] { return base; });
    CHECK(clock.offset() == std::chrono::seconds(0));
    for (const Time time : {Time::min(), Time::max(), Time()}) {
      clock.set(time, true);
      CHECK(clock.now() == time);
    }
    // From one end to the other is further than a duration says.
    const auto most = std::chrono::nanoseconds::max();
    clock.set(Time::max(), false);
    CHECK(clock.offset() == (base == Time::max() ? std::chrono::nanoseconds(0) : most));
  }
}
