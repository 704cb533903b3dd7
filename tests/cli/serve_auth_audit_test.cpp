// `jwks serve-auth --audit`: what is written of each authentication, and what if it can't be.

#include <signal.h>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <vector>

#include "cli/serve_auth.hpp"
#include "support/temporary_directory.hpp"

namespace {

using namespace test;

bool holds(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

std::string content_of(const std::filesystem::path& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// The member of each line.
std::vector<std::string> members(const std::string& lines, const std::string& name) {
  const std::string begin = '"' + name + "\":\"";
  std::vector<std::string> values;
  std::istringstream stream(lines);
  for (std::string line; std::getline(stream, line);) {
    const std::size_t at = line.find(begin);
    const std::size_t from = at + begin.size();
    values.push_back(at == std::string::npos ? "" : line.substr(from, line.find('"', from) - from));
  }
  return values;
}

TEST_CASE("each authentication is a line in the audit log") {
  const World world;
  const TemporaryDirectory folder;
  const auto log = folder.path() / "audit.jsonl";
  {
    ServeAuth auth(tokens_of(world.issuer, {"--audit", log.string()}));
    CHECK(auth.status("/auth", bearer(world.token({.subject = "alice"}))) == 200);
    CHECK(auth.status("/auth?scope=admin", bearer(world.token())) == 403);
    CHECK(auth.status("/auth", bearer(world.token({.signature = {.unpublished = true}}))) == 401);
    CHECK(auth.status("/auth") == 401);  // nobody to speak of
    const std::string alice = bearer(world.token({.subject = "alice"}));
    CHECK(auth.status("/auth", alice + alice) == 401);
    CHECK(auth.status("/auth", alice + "Authorization: Basic YTpi\r\n") == 401);
    CHECK(auth.status("/auth", "Authorization: Basic YTpi\r\n") == 401);
    CHECK(auth.status("/ext_authz/orders", alice) == 200);
    auth.program().send(SIGTERM);
    CHECK(auth.program().wait() == 0);
  }
  const std::string lines = content_of(log);
  CAPTURE(lines);
  using Values = std::vector<std::string>;
  CHECK(members(lines, "category") == Values{"accepted", "insufficient_scope", "bad_signature",
                                             "malformed", "malformed", "malformed", "accepted"});
  CHECK(members(lines, "severity") ==
        Values{"routine", "notable", "suspicious", "notable", "notable", "notable", "routine"});
  // Of who was refused nothing is said that its token claims.
  CHECK(members(lines, "user_id") == Values{"alice", "", "", "", "", "", "alice"});
  CHECK(members(lines, "subject")[3] == "Authorization");
  CHECK(members(lines, "mode") == Values(7, "jwks"));
  struct stat status{};
  REQUIRE(::stat(log.c_str(), &status) == 0);
  CHECK((status.st_mode & 0777) == 0600);
}

TEST_CASE("on standard output the audit log is alone") {
  const World world;
  ServeAuth auth(tokens_of(world.issuer, {"--audit", "-"}));
  CHECK(auth.status("/auth", bearer(world.token())) == 200);
  auth.program().send(SIGTERM);
  CHECK(auth.program().wait() == 0);
  CHECK(auth.program().out().starts_with(R"({"time":"20)"));
  CHECK(holds(auth.program().out(), R"(Z","category":"accepted")"));
  CHECK(holds(auth.program().err(), "listening on http://127.0.0.1:"));
}

TEST_CASE("a full disk does not stop authentication, and is said once") {
  const World world;
  ServeAuth auth(tokens_of(world.issuer, {"--audit", "/dev/full"}));
  for (int i = 0; i < 5; ++i) CHECK(auth.status("/auth", bearer(world.token())) == 200);
  auth.program().send(SIGTERM);
  CHECK(auth.program().wait() == 0);
  CHECK(auth.program().err() ==
        "jwks: can't write the audit log /dev/full: No space left on device; authentication goes "
        "on\njwks: the audit log /dev/full lacks 5 lines\n");
}

}  // namespace
