// The exit statuses are part of the program's interface: 0 accepted, 1 rejected, 2 wrong usage, 3
// keys unavailable.

#include "cli/golden.hpp"
#include "support/catch.hpp"

namespace {

using namespace test;

TEST_CASE("an unknown command is wrong usage") {
  check_transcript("unknown_command", {{.arguments = {"frobnicate"}}});
}

}  // namespace
