// The services among the examples: each answers a good token, none, a bad one, one without the
// scope, and an outage of the issuer in the way of its protocol.

#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "e2e/program.hpp"
#include "e2e/service.hpp"
#include "e2e/world.hpp"

namespace {

using namespace test;

[[maybe_unused]] bool holds(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

const std::pair<std::string, std::string> kScope{"scope", R"("orders:read")"};
const std::pair<std::string, std::string> kTenant{"org_id", R"("acme")"};

std::string good_token(const World& world) {
  return world.token({.subject = "alice", .claims = {kScope, kTenant}});
}
std::string unscoped_token(const World& world) { return world.token({.claims = {kTenant}}); }
/// Names a key that the issuer would have to be asked for.
std::string stranger_token(const World& world) {
  return world.token({.header = {{"kid", R"("of a new key")"}}});
}

/// What is the same for every HTTP service.
[[maybe_unused]] void check_http_service(const World& world, std::uint16_t port,
                                         const std::string& path, const std::string& greeting) {
  wait_until_it_listens(port);
  const auto ask = [&](const std::string& token) { return get(port, path, bearer(token)); };

  const std::string token = good_token(world);
  const Reply good = ask(token);
  CHECK(good.status == 200);
  CHECK(good.body == greeting);

  const Reply anonymous = get(port, path);
  CHECK(anonymous.status == 401);
  CHECK(field(anonymous.head, "WWW-Authenticate") == R"(Bearer realm="orders")");
  CHECK(get(port, path, bearer(token) + bearer(token)).status == 401);

  const Reply expired = ask(world.token({.expires_in = std::chrono::hours(-1)}));
  CHECK(expired.status == 401);
  CHECK(field(expired.head, "WWW-Authenticate") ==
        R"(Bearer realm="orders", error="invalid_token")");

  const Reply unscoped = ask(unscoped_token(world));
  CHECK(unscoped.status == 403);
  CHECK(field(unscoped.head, "WWW-Authenticate") ==
        R"(Bearer realm="orders", error="insufficient_scope")");

  const std::string stranger = stranger_token(world);
  world.issuer.stop();
  CHECK(ask(token).status == 200);
  const Reply unavailable = ask(stranger);
  CHECK(unavailable.status == 503);
  CHECK(std::stoi(field(unavailable.head, "Retry-After")) > 0);
  CHECK(field(unavailable.head, "WWW-Authenticate") == "(none)");
}

#ifdef JWKS_HTTPLIB_SERVICE
TEST_CASE("the service with cpp-httplib knows its callers, as its environment says") {
  const World world;
  const std::uint16_t port = free_port();
  const BackgroundProgram service({"/usr/bin/env", "AUTH_JWT_ISSUER=" + world.issuer.issuer(),
                                   "AUTH_JWT_AUDIENCE=" + std::string(kAudience),
                                   "AUTH_ALLOW_LOOPBACK_HTTP=1", JWKS_HTTPLIB_SERVICE,
                                   std::to_string(port)});
  wait_until_it_listens(port);
  CHECK(eventually([port] { return get(port, "/readyz").status == 200; }));
  const std::string writer =
      world.token({.subject = "bob", .claims = {{"scope", R"("orders:write")"}, kTenant}});
  const std::string order = bearer(writer) + "Content-Length: 6\r\n\r\na book";
  Connection connection(port);
  connection.send("POST /orders HTTP/1.1\r\nHost: a\r\n" + order);
  const Reply placed = connection.receive();
  CHECK(placed.status == 201);
  CHECK(placed.body == "bob ordered a book\n");
  CHECK(get(port, "/orders", bearer(writer)).status == 403);
  // Without a tenant nobody is a caller.
  CHECK(get(port, "/orders", bearer(world.token({.claims = {kScope}}))).status == 401);
  check_http_service(world, port, "/orders", "orders of alice at acme\n");
}

TEST_CASE("the service with cpp-httplib does not start with a mistake in its environment") {
  const auto result = run_program({"/usr/bin/env", "AUTH_MODE=jwt", JWKS_HTTPLIB_SERVICE, "0"});
  CHECK(result.status == 2);
  CHECK(holds(result.err, "AUTH_JWT_ISSUER"));
}
#endif

#ifdef JWKS_BEAST_SERVICE
TEST_CASE("the service with Boost.Beast greets its callers") {
  const World world;
  const std::uint16_t port = free_port();
  const BackgroundProgram service(
      {JWKS_BEAST_SERVICE, world.issuer.issuer(), std::string(kAudience), std::to_string(port)});
  check_http_service(world, port, "/", "hello alice\n");
}

TEST_CASE("the one thread of the service with Boost.Beast does not wait for keys") {
  const World world;
  const std::uint16_t port = free_port();
  const BackgroundProgram service(
      {JWKS_BEAST_SERVICE, world.issuer.issuer(), std::string(kAudience), std::to_string(port)});
  wait_until_it_listens(port);
  const std::string known = good_token(world);
  CHECK(get(port, "/", bearer(known)).status == 200);
  take(world.issuer.add_fault({.kind = jwks::emulator::FaultKind::stall_headers}));
  const std::size_t before = world.jwks_requests();
  Connection waiting(port);
  waiting.send("GET / HTTP/1.1\r\nHost: a\r\n" + bearer(stranger_token(world)) + "\r\n");
  REQUIRE(eventually([&] { return world.jwks_requests() > before; }));
  CHECK(get(port, "/", bearer(known)).status == 200);
  CHECK(waiting.receive().status == 503);
}
#endif

#ifdef JWKS_GRPC_SERVICE
TEST_CASE("the gRPC service ends calls with the status that says what to do") {
  const World world;
  const std::string port = std::to_string(free_port());
  const BackgroundProgram service(
      {JWKS_GRPC_SERVICE, world.issuer.issuer(), std::string(kAudience), port});
  const auto call = [&](const std::vector<std::string>& token) {
    std::vector<std::string> words{JWKS_GRPC_CLIENT, port};
    words.insert(words.end(), token.begin(), token.end());
    return run_program(words).out;
  };
  // The codes of gRPC: 16 UNAUTHENTICATED, 7 PERMISSION_DENIED, 14 UNAVAILABLE.
  const std::string token = good_token(world);
  CHECK(call({token}) == "OK: alice has 1 orders\n");
  CHECK(call({}) == "16: a bearer token is needed\n");
  CHECK(call({"not a token"}) == "16: a bearer token is needed\n");
  CHECK(call({world.token({.expires_in = std::chrono::hours(-1)})}) ==
        "16: the token is not valid\n");
  CHECK(call({unscoped_token(world)}) == "7: the token does not allow this\n");

  const std::string stranger = stranger_token(world);
  world.issuer.stop();
  CHECK(call({token}) == "OK: alice has 1 orders\n");
  const std::string unavailable = call({stranger});
  CHECK(unavailable.starts_with("14: tokens can't be verified now\n"));
}
#endif

}  // namespace
