// A hundred thousand schedules of everything that can happen to a key source at once, one step at a
// time. Each is made by a seed alone, so a failure can be looked at again:
//
//   JWKS_SEED=4711 interleaving_tests        runs one schedule and prints its steps
//   JWKS_SCHEDULES=5000000 interleaving_tests

#include <cstdlib>
#include <iostream>
#include <string>

#include "interleaving/world.hpp"
#include "support/catch.hpp"

namespace {

using interleaving::Violation;
using interleaving::World;

std::optional<std::uint64_t> number_from(const char* variable) {
  const char* const text = std::getenv(variable);
  if (text == nullptr) return std::nullopt;
  return std::stoull(text);
}

/// Runs a schedule once more and tells its steps and what is wrong, if anything.
std::string story_of(std::uint64_t seed) {
  std::vector<std::string> steps;
  std::string end = "nothing is wrong";
  try {
    World(seed, &steps).run();
  } catch (const Violation& violated) {
    end = std::string("VIOLATED: ") + violated.what();
  }
  std::string story = "JWKS_SEED=" + std::to_string(seed) + "\n";
  for (const std::string& step : steps) story += "  " + step + "\n";
  return story + end;
}

bool holds_for(std::uint64_t seed) {
  try {
    World(seed, nullptr).run();
    return true;
  } catch (const Violation&) {
    return false;
  }
}

}  // namespace

TEST_CASE("whatever the order of events, the rules of the key source hold",
          "[claim-23][claim-24][claim-56][claim-61][claim-63]") {
  if (const auto seed = number_from("JWKS_SEED")) {
    std::cout << story_of(*seed) << std::endl;
    CHECK(holds_for(*seed));
    return;
  }
  const std::uint64_t schedules = number_from("JWKS_SCHEDULES").value_or(100'000);
  for (std::uint64_t seed = 1; seed <= schedules; ++seed)
    if (!holds_for(seed)) FAIL(story_of(seed));
  SUCCEED(schedules << " schedules");
}
