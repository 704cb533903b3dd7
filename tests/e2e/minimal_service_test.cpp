// examples/minimal_service: the four answers of a service, over HTTP.

#include <chrono>
#include <string>

#include "e2e/program.hpp"
#include "e2e/service.hpp"
#include "e2e/world.hpp"

#ifdef JWKS_MINIMAL_SERVICE

namespace {

using namespace test;

bool holds(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

TEST_CASE("the smallest service answers 200, 401, 403 and 503") {
  const World world;
  const std::string kid_of_nobody = R"("nobody")";
  const std::uint16_t port = free_port();
  const BackgroundProgram service(
      {JWKS_MINIMAL_SERVICE, world.issuer.issuer(), std::string(kAudience), std::to_string(port)});
  wait_until_it_listens(port);
  const auto ask = [&](const std::string& token) {
    return get(port, "/", "Authorization: Bearer " + token + "\r\n");
  };

  const std::pair<std::string, std::string> scope{"scope", R"("orders:read")"};
  const Reply good = ask(world.token({.subject = "alice", .claims = {scope}}));
  CHECK(good.status == 200);
  CHECK(good.body == "hello alice");

  const Reply anonymous = get(port, "/");
  CHECK(anonymous.status == 401);
  CHECK(holds(anonymous.head, "WWW-Authenticate: Bearer"));
  CHECK_FALSE(holds(anonymous.head, "error="));

  const Reply expired = ask(world.token({.expires_in = std::chrono::hours(-1)}));
  CHECK(expired.status == 401);
  CHECK(holds(expired.head, R"(WWW-Authenticate: Bearer error="invalid_token")"));

  const Reply unscoped = ask(world.token());
  CHECK(unscoped.status == 403);
  CHECK(holds(unscoped.head, R"(error="insufficient_scope")"));

  const Reply metrics = get(port, "/metrics");
  CHECK(metrics.status == 200);
  CHECK(holds(metrics.head, "Content-Type: application/openmetrics-text; version=1.0.0"));
  CHECK(holds(metrics.body, "result=\"accepted\"} 2\n"));
  CHECK(holds(metrics.body, "result=\"expired\"} 1\n"));
  CHECK(metrics.body.ends_with("# EOF\n"));

  const std::string stranger = world.token({.header = {{"kid", kid_of_nobody}}});
  world.issuer.stop();
  const Reply unavailable = ask(stranger);
  CHECK(unavailable.status == 503);
  CHECK_FALSE(holds(unavailable.head, "WWW-Authenticate"));
}

}  // namespace

#endif  // JWKS_MINIMAL_SERVICE
