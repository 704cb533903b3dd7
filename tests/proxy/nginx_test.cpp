// nginx with the configuration of examples/nginx, `jwks serve-auth`, an issuer and a service: what
// a client gets, and what the service sees.

#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "e2e/program.hpp"
#include "e2e/service.hpp"
#include "e2e/world.hpp"
#include "jwks/authenticator.hpp"
#include "support/temporary_directory.hpp"

namespace {

using namespace test;

/// Another emulator plays the service: it keeps a journal of what it was sent.
jwks::emulator::EmulatorOptions service_options() {
  return {.keys = {{.algorithm = Algorithm::eddsa}},
          .hooks = {{.path = "/orders", .status = 200, .body = R"({"orders":[]})"},
                    {.path = "/admin/*", .status = 200, .body = "{}"},
                    {.path = "/failing", .status = 500, .body = R"({"from":"the service"})"},
                    {.path = "/forbidding", .status = 403, .body = R"({"from":"the service"})"}}};
}

/// A file of the example, with the ports of this test.
std::string configured(const std::string& name, const std::vector<std::pair<int, int>>& ports) {
  std::ifstream file(std::filesystem::path(JWKS_NGINX_EXAMPLE) / name);
  std::string text{std::istreambuf_iterator<char>(file), {}};
  REQUIRE_FALSE(text.empty());
  for (const auto& [from, to] : ports) {
    const std::string before = "127.0.0.1:" + std::to_string(from) + ";";
    const std::size_t at = text.find(before);
    if (at == std::string::npos) continue;
    text.replace(at, before.size(), "127.0.0.1:" + std::to_string(to) + ";");
  }
  return text;
}

class Proxied : public World {
 public:
  Proxied() : service(take(Emulator::start(service_options()))) {
    for (const char* const name : {"nginx.conf", "identity.conf", "auth_request.conf"}) {
      std::ofstream(folder_.path() / name)
          << configured(name, {{8080, port_}, {9180, auth_port_}, {9000, service.port()}});
    }
    start_auth();
    nginx_.emplace(std::vector<std::string>{
        JWKS_NGINX, "-p", folder_.path().string(), "-c", (folder_.path() / "nginx.conf").string(),
        // One process, so that nothing is left behind when it is killed.
        "-g", "daemon off; master_process off;"});
    wait_until_it_listens(port_);
  }

  void start_auth() {
    auth_.emplace(std::vector<std::string>{JWKS_PROGRAM, "serve-auth", "--listen",
                                           "127.0.0.1:" + std::to_string(auth_port_), "--issuer",
                                           issuer.issuer(), "--audience", std::string(kAudience),
                                           "--allow-loopback-http", "--realm", "orders"});
    wait_until_it_listens(auth_port_);
  }
  void kill_auth() { auth_.reset(); }

  [[nodiscard]] Reply ask(const std::string& path, const std::string& fields = {}) const {
    return get(port_, path, fields);
  }
  /// The fields of the last request that the service got.
  [[nodiscard]] std::vector<std::pair<std::string, std::string>> service_saw() const {
    const auto journal = service.journal();
    REQUIRE_FALSE(journal.empty());
    return journal.back().headers;
  }
  [[nodiscard]] std::uint16_t port() const noexcept { return port_; }

  Emulator service;

 private:
  TemporaryDirectory folder_{};
  const std::uint16_t port_ = free_port();
  const std::uint16_t auth_port_ = free_port();
  std::optional<BackgroundProgram> auth_{};
  std::optional<BackgroundProgram> nginx_{};
};

std::vector<std::string> values(const std::vector<std::pair<std::string, std::string>>& fields,
                                std::string_view name) {
  std::vector<std::string> found;
  for (const auto& [key, value] : fields) {
    if (key == name) found.push_back(value);
  }
  return found;
}

using Values = std::vector<std::string>;

TEST_CASE("nginx lets nobody pass who has no good token") {
  const Proxied world;
  const Reply anonymous = world.ask("/orders");
  CHECK(anonymous.status == 401);
  CHECK(field(anonymous.head, "WWW-Authenticate") == R"(Bearer realm="orders")");

  const Reply expired =
      world.ask("/orders", bearer(world.token({.expires_in = std::chrono::hours(-1)})));
  CHECK(expired.status == 401);
  CHECK(field(expired.head, "WWW-Authenticate") ==
        R"(Bearer realm="orders", error="invalid_token")");

  const Reply forged =
      world.ask("/orders", bearer(world.token({.signature = {.unpublished = true}})));
  CHECK(forged.status == 401);
  // nginx itself refuses what has two of them.
  CHECK(world.ask("/orders", bearer(world.token()) + bearer(world.token())).status == 400);
  CHECK(world.ask("/_auth", bearer(world.token())).status == 404);
  CHECK(world.service.journal().empty());
}

TEST_CASE("nginx tells the service who calls, whatever the client says about itself") {
  const Proxied world;
  const std::string token = world.token(
      {.subject = "alice",
       .claims = {
           {"scope", R"("orders:read")"}, {"org_id", R"("acme")"}, {"name", R"("Zoë, A")"}}});
  const Reply good =
      world.ask("/orders?user=mallory", bearer(token) +
                                            "X-Auth-User-Id: mallory\r\nx-auth-org-id: evil\r\n"
                                            "X-Auth-Role: admin\r\nX_Auth_User_Id: mallory\r\n"
                                            "X-Auth-Principal: e30\r\nX-Auth-User-Id: mallory\r\n");
  CHECK(good.status == 200);
  CHECK(good.body == R"({"orders":[]})");

  const auto seen = world.service_saw();
  CHECK(values(seen, "x-auth-user-id") == Values{"alice"});
  CHECK(values(seen, "x-auth-org-id") == Values{"acme"});
  CHECK(values(seen, "x-auth-scopes") == Values{"orders:read"});
  CHECK(values(seen, "x-auth-name") == Values{"Zo%C3%AB%2C%20A"});
  CHECK(values(seen, "x-auth-role").empty());
  CHECK(values(seen, "x_auth_user_id").empty());
  CHECK(values(seen, "authorization").empty());
  const Values principal = values(seen, "x-auth-principal");
  REQUIRE(principal.size() == 1);
  const auto caller = take(jwks::make_trusted_authenticator())->authenticate(principal.front());
  REQUIRE(caller.has_value());
  CHECK(caller->user_id == "alice");
  CHECK(caller->display_name == "Zoë, A");
}

TEST_CASE("nginx takes whatever serve-auth says of a caller") {
  const Proxied world;
  std::string name;  // three bytes each, which are nine in a field
  for (int i = 0; i < 2600; ++i) name += "語";
  const Reply good =
      world.ask("/orders", bearer(world.token({.claims = {{"name", '"' + name + '"'}}})));
  // It gets to the service. The emulator that plays it takes no header of that size; nginx would
  // have answered 503.
  CHECK(good.status == 431);
}

TEST_CASE("nginx answers 403 with a challenge where a location asks for more") {
  const Proxied world;
  const Reply insufficient = world.ask("/admin/orders?scope=orders:read", bearer(world.token()));
  CHECK(insufficient.status == 403);
  CHECK(field(insufficient.head, "WWW-Authenticate") ==
        R"(Bearer realm="orders", error="insufficient_scope")");
  CHECK(world.service.journal().empty());

  const std::string admin = world.token({.claims = {{"scope", R"("orders:admin")"}}});
  CHECK(world.ask("/admin/orders", bearer(admin)).status == 200);
  CHECK(world.ask("/admin/orders").status == 401);
}

TEST_CASE("nginx lets the first token of a new key pass") {
  const Proxied world;
  CHECK(world.ask("/orders", bearer(world.token())).status == 200);
  take_nothing(world.issuer.rotate_keys(Rotation::hard));
  CHECK(world.ask("/orders", bearer(world.token())).status == 200);
}

TEST_CASE("nginx answers from the keys that are held while the issuer is down") {
  const Proxied world;
  const std::string known = world.token();
  CHECK(world.ask("/orders", bearer(known)).status == 200);
  const std::string stranger = world.token({.header = {{"kid", R"("of a new key")"}}});
  world.issuer.stop();
  CHECK(world.ask("/orders", bearer(known)).status == 200);

  const Reply unavailable = world.ask("/orders", bearer(stranger));
  CHECK(unavailable.status == 503);
  CHECK(std::stoi(field(unavailable.head, "Retry-After")) > 0);
  CHECK(field(unavailable.head, "WWW-Authenticate") == "(none)");
}

TEST_CASE("nginx answers 503 while keys were never loaded, and serves once they are") {
  Proxied world;
  const std::string token = world.token();
  world.kill_auth();
  world.issuer.stop();
  world.start_auth();
  const Reply unavailable = world.ask("/orders", bearer(token));
  CHECK(unavailable.status == 503);
  CHECK(std::stoi(field(unavailable.head, "Retry-After")) > 0);
  CHECK(world.service.journal().empty());

  take_nothing(world.issuer.restart());
  CHECK(eventually([&] { return world.ask("/orders", bearer(token)).status == 200; }));
}

TEST_CASE("nginx lets nobody pass while serve-auth is not running") {
  Proxied world;
  const std::string token = world.token();
  CHECK(world.ask("/orders", bearer(token)).status == 200);
  world.kill_auth();
  world.service.clear_journal();
  const Reply unavailable = world.ask("/orders", bearer(token));
  CHECK(unavailable.status == 503);
  CHECK(field(unavailable.head, "Retry-After") == "5");
  CHECK(world.service.journal().empty());

  world.start_auth();
  CHECK(eventually([&] { return world.ask("/orders", bearer(token)).status == 200; }));
}

TEST_CASE("nginx passes on what the service itself refuses") {
  const Proxied world;
  const Reply failing = world.ask("/failing", bearer(world.token()));
  CHECK(failing.status == 500);
  CHECK(failing.body == R"({"from":"the service"})");
  const Reply forbidding = world.ask("/forbidding", bearer(world.token()));
  CHECK(forbidding.status == 403);
  CHECK(forbidding.body == R"({"from":"the service"})");
}

}  // namespace
