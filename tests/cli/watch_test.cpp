// `jwks keys --watch`: a rotation and an outage as they happen, and how it ends.

#include <signal.h>

#include <string>
#include <vector>

#include "cli/golden.hpp"
#include "e2e/world.hpp"

namespace {

using namespace test;
using jwks::emulator::Fault;
using jwks::emulator::FaultKind;

bool holds(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

std::vector<std::string> watch(const World& world, std::vector<std::string> more = {}) {
  std::vector<std::string> command{
      JWKS_PROGRAM, "keys", "--watch", "--issuer", world.issuer.issuer(), "--allow-loopback-http",
      "--interval", "1"};
  command.insert(command.end(), more.begin(), more.end());
  return command;
}

TEST_CASE("a rotation is seen by jwks keys --watch, which ends with status 0 when it is told to") {
  for (const int signal : {SIGTERM, SIGINT}) {
    const World world;
    const std::string first = world.issuer.key_id(Algorithm::es256);
    BackgroundProgram program(watch(world));
    CHECK(program.prints("state empty -> fresh"));
    CHECK(holds(program.out(), "fetched 2 keys (HTTP 200); next refresh in "));
    CHECK(holds(program.out(), "added " + first + ", "));

    take_nothing(world.issuer.rotate_keys(Rotation::switch_to));
    CHECK(program.prints("added " + world.issuer.key_id(Algorithm::es256)));
    take_nothing(world.issuer.rotate_keys(Rotation::retire));
    CHECK(program.prints("removed " + first));

    program.send(signal);
    CHECK(program.wait() == 0);
    CHECK(program.err().empty());
    CHECK_FALSE(holds(program.out(), "\x1b"));
  }
}

TEST_CASE("every line of jwks keys --watch begins with the time in UTC") {
  const World world;
  BackgroundProgram program(watch(world));
  CHECK(program.prints("state empty -> fresh"));
  program.send(SIGTERM);
  CHECK(program.wait() == 0);
  const std::string out =
      with_replacements(program.out(), {{R"(20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ  )", "TIME ", true}});
  CHECK(out.starts_with("TIME "));
  std::size_t lines = 0;
  for (std::size_t end = out.find('\n'); end != std::string::npos; end = out.find('\n', end + 1)) {
    ++lines;
    if (end + 1 < out.size()) CHECK(out.substr(end + 1, 5) == "TIME ");
  }
  CHECK(lines == 3);
}

TEST_CASE("jwks keys --watch says that fetches fail, why, and that they succeed again") {
  const World world;
  BackgroundProgram program(watch(world));
  CHECK(program.prints("state empty -> fresh"));
  const std::string fault = take(world.issuer.add_fault(Fault{.kind = FaultKind::html}));
  CHECK(program.prints("failed: keys_unavailable"));
  CHECK(program.prints("; 2 times in a row; next try in "));
  CHECK(world.issuer.remove_fault(fault));
  take_nothing(world.issuer.rotate_keys(Rotation::switch_to));
  CHECK(program.prints("added " + world.issuer.key_id(Algorithm::es256)));
}

TEST_CASE("jwks keys --watch waits for an issuer that is not there yet") {
  const World world;
  world.issuer.stop();
  BackgroundProgram program(watch(world));
  CHECK(program.prints("failed: keys_unavailable"));
  program.send(SIGTERM);
  CHECK(program.wait() == 0);
}

TEST_CASE("an entry that is not used is named by jwks keys --watch, with the reason") {
  const World world;
  take(world.issuer.add_fault(Fault{.kind = FaultKind::oct_key}));
  BackgroundProgram program(watch(world));
  CHECK(program.prints("symmetric"));
  CHECK(holds(program.out(), "not used: "));
}

TEST_CASE("jwks keys --watch ends with status 0 when nobody reads any more") {
  const World world;
  std::string line;
  for (const std::string& word : watch(world)) line += '\'' + word + "' ";
  const auto result =
      run_program({"/bin/sh", "-c", "{ " + line + "; echo status $? >&2; } | head -n 1"});
  CHECK(holds(result.out, "fetched 2 keys"));
  CHECK(result.err == "status 0\n");
}

TEST_CASE("jwks keys --watch says that the disk is full, with status 2") {
  const World world;
  std::string line;
  for (const std::string& word : watch(world)) line += '\'' + word + "' ";
  const auto result = run_program({"/bin/sh", "-c", line + ">/dev/full"});
  CHECK(result.status == 2);
  CHECK(result.err == "jwks: can't write to standard output: No space left on device\n");
}

TEST_CASE("on a terminal jwks keys --watch shows how old the keys are, below coloured events") {
  const World world;
  std::vector<std::string> command = watch(world);
  command.insert(command.begin(), {"/usr/bin/env", "-u", "NO_COLOR", "TERM=xterm"});
  BackgroundProgram program(command, Reader::terminal);
  CHECK(program.prints("\x1b[32madded "));
  CHECK(program.prints("fresh, 2 keys confirmed "));
  CHECK(program.prints(" s ago, next refresh in "));
  take_nothing(world.issuer.rotate_keys(Rotation::hard));
  CHECK(program.prints("\x1b[33mremoved "));  // the status line was erased for it
  program.send(SIGINT);
  CHECK(program.wait() == 0);
  CHECK(program.out().ends_with("\r\x1b[K"));
}

}  // namespace
