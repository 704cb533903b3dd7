// What is an endpoint under /_emulate/ is a method in C++: called here through the public header,
// and seen over HTTP.

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "jwks/emulator.hpp"
#include "support/catch.hpp"
#include "unit/emulator/http/http_client.hpp"

namespace {

using namespace jwks::emulator;  // NOLINT(google-build-using-namespace)
using std::chrono::hours;
using std::chrono::seconds;
using test::get;

constexpr const char* kJwks = "/oauth2/jwks";
constexpr std::chrono::system_clock::time_point kNow{seconds(1'750'000'000)};

Emulator started(EmulatorOptions options = {}) {
  options.keys = {{.algorithm = jwks::Algorithm::eddsa}};
  options.clock = [] { return kNow; };
  return Emulator::start(std::move(options)).value();
}

}  // namespace

TEST_CASE("hooks are added, told and removed by methods", "[emulator]") {
  const Emulator idp = started({.hooks = {{.path = "/seeded", .status = 418}}});
  const std::string id = idp.add_hook({.path = kJwks, .status = 503, .count = 2}).value();
  CHECK(get(idp.port(), kJwks).status == 503);
  REQUIRE(idp.hooks().size() == 2);
  CHECK(idp.hooks()[1].id == id);
  CHECK(idp.hooks()[1].count == 1);
  CHECK(get(idp.port(), "/_emulate/hooks").body.find(id) != std::string::npos);
  CHECK(idp.remove_hook(id));
  CHECK_FALSE(idp.remove_hook(id));
  CHECK(get(idp.port(), kJwks).status == 200);
  CHECK(idp.add_hook({.status = 99}).error().subject() == "status");
  CHECK(get(idp.port(), "/seeded").status == 418);
  idp.clear_hooks();
  CHECK(get(idp.port(), "/seeded").status == 404);
}

TEST_CASE("faults are added, told and removed by methods", "[emulator]") {
  const Emulator idp = started();
  const std::string id = idp.add_fault({.kind = FaultKind::empty_set, .count = 2}).value();
  CHECK(get(idp.port(), kJwks).body == R"({"keys":[]})");
  REQUIRE(idp.faults().size() == 1);
  CHECK(idp.faults()[0].id == id);
  CHECK(idp.faults()[0].count == 1);
  CHECK(get(idp.port(), "/_emulate/faults").body.find(id) != std::string::npos);
  CHECK(idp.remove_fault(id));
  CHECK_FALSE(idp.remove_fault(id));
  CHECK(get(idp.port(), kJwks).body == idp.jwks());
  CHECK(idp.add_fault({.probability = 2}).error().subject() == "probability");
  REQUIRE(idp.add_fault({.kind = FaultKind::html}));
  idp.clear_faults();
  CHECK(get(idp.port(), kJwks).body == idp.jwks());
}

TEST_CASE("the clock is set, stopped, moved and reset by methods", "[emulator]") {
  const Emulator idp = started();
  CHECK(idp.now() == kNow);
  idp.advance_clock(hours(2));
  CHECK(idp.now() == kNow + hours(2));
  idp.advance_clock(-hours(3));
  CHECK(idp.now() == kNow - hours(1));
  idp.set_clock(kNow + seconds(1), true);
  CHECK(idp.now() == kNow + seconds(1));
  const std::string shown = get(idp.port(), "/_emulate/clock").body;
  CHECK(shown.find(R"("now":1750000001)") != std::string::npos);
  CHECK(shown.find(R"("frozen":true)") != std::string::npos);
  idp.reset_clock();
  CHECK(idp.now() == kNow);
}

TEST_CASE("reset by a method goes back to the start and loses no key", "[emulator]") {
  const Emulator idp = started({.hooks = {{.path = "/seeded", .count = 1}}});
  const std::string keys = idp.jwks();
  REQUIRE(get(idp.port(), "/seeded").status == 500);
  REQUIRE(idp.add_hook({.path = kJwks}));
  REQUIRE(idp.add_fault({.kind = FaultKind::html}));
  REQUIRE(idp.rotate_keys(Rotation::hard));
  idp.advance_clock(hours(1));
  const std::uint64_t version = idp.jwks_version();

  REQUIRE(idp.reset());
  CHECK(idp.journal().empty());
  CHECK(idp.now() == kNow);
  CHECK(idp.faults().empty());
  CHECK(idp.hooks().size() == 1);
  CHECK(idp.jwks() == keys);
  CHECK(idp.jwks_version() > version);
  CHECK(get(idp.port(), kJwks).body == keys);
  CHECK(get(idp.port(), "/seeded").status == 500);
  CHECK(idp.requests(kJwks) == 1);
}

TEST_CASE("the API key that a method tells opens the management API", "[emulator]") {
  for (const auto& keys : {std::vector<std::string>{}, {"sk_of_the_test"}}) {
    const Emulator idp = started({.allowed_api_keys = keys});
    const std::string header = "Authorization: Bearer " + idp.api_key() + "\r\n";
    CHECK(get(idp.port(), "/organizations", header).status == 200);
    CHECK(get(idp.port(), "/organizations").status == 401);
  }
}

TEST_CASE("an emulator listens on the loopback address unless told otherwise", "[emulator]") {
  // All of 127.0.0.0/8 leads here where it leads anywhere; a socket has one address of it, or any.
  const auto reachable = [](std::uint16_t port) {
    const int socket = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK + 1);
    const bool connected =
        ::connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
    ::close(socket);
    return connected;
  };
  const Emulator usual = started();
  CHECK(usual.url().starts_with("http://127.0.0.1:"));
  CHECK(get(usual.port(), "/health").status == 200);
  CHECK_FALSE(reachable(usual.port()));
#ifdef __linux__
  CHECK(reachable(started({.host = "0.0.0.0"}).port()));
#endif
}

TEST_CASE("an emulator that goes out of scope has closed its port", "[emulator]") {
  std::uint16_t port = 0;
  {
    const Emulator idp = started();
    port = idp.port();
    CHECK(get(port, "/health").status == 200);
  }
  CHECK_FALSE(test::Connection(port).connected());
}

// Waiting for a hundred and sixty keys of this size would take longer than a test may.
TEST_CASE("an emulator serves before its RSA keys are found", "[emulator]") {
  const std::vector<KeyOptions> slow(8, {.algorithm = jwks::Algorithm::rs256, .rsa_bits = 4096});
  for (int i = 0; i < 20; ++i) {
    const Emulator idp = Emulator::start({.keys = slow}).value();
    CHECK(get(idp.port(), "/health").status == 200);
  }
}
