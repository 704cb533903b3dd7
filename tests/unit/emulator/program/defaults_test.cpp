// Where jwks-emulator is when nobody says where.

#include "unit/emulator/http/http_client.hpp"
#include "unit/emulator/program/program.hpp"

TEST_CASE("without options the program listens on port 4100 of the loopback address",
          "[emulator]") {
  const test::WorkingDirectory directory;
  test::Program program({"--json"}, directory);
  const std::string ready = program.first_line();
  if (ready.empty()) {  // someone else is there
    CHECK(program.exit_status() == 2);
    CHECK(program.errors.find("port 4100 is in use") != std::string::npos);
    return;
  }
  CHECK(test::member(ready, "url") == "http://127.0.0.1:4100");
  CHECK(test::member(ready, "issuer") == "http://127.0.0.1:4100");
  CHECK(test::member(ready, "api_key") == "sk_test_default");
  CHECK(test::get(4100, "/health").status == 200);
  program.signal(SIGTERM);
  CHECK(program.exit_status() == 0);
}

TEST_CASE("a port of 0 is told once it is known", "[emulator]") {
  const test::WorkingDirectory directory;
  test::Program program({"--port", "0", "--json"}, directory);
  const std::string ready = program.first_line();
  const std::uint16_t port = test::port_of(ready);
  REQUIRE(port != 0);
  CHECK(test::member(ready, "url") == "http://127.0.0.1:" + std::to_string(port));
  CHECK(test::get(port, "/health").status == 200);
}
