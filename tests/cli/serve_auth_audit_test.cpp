// `jwks serve-auth --audit`: what is written of each authentication, and what if it can't be.

#include <signal.h>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

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

TEST_CASE("each authentication is a line in the audit log") {
  const World world;
  const TemporaryDirectory folder;
  const auto log = folder.path() / "audit.jsonl";
  {
    ServeAuth auth(tokens_of(world.issuer, {"--audit", log.string()}));
    CHECK(auth.status("/auth", bearer(world.token({.subject = "alice"}))) == 200);
    CHECK(auth.status("/auth?scope=admin", bearer(world.token())) == 403);
    CHECK(auth.status("/auth", bearer(world.token({.signature = {.unpublished = true}}))) == 401);
    CHECK(auth.status("/auth") == 401);  // no token, nobody to speak of
    auth.program().send(SIGTERM);
    CHECK(auth.program().wait() == 0);
  }
  const std::string lines = content_of(log);
  CAPTURE(lines);
  CHECK(std::count(lines.begin(), lines.end(), '\n') == 3);
  CHECK(lines.starts_with(R"({"category":"accepted")"));
  CHECK(holds(lines, R"("user_id":"alice")"));
  CHECK(holds(lines, R"("category":"bad_signature")"));
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
  CHECK(auth.program().out().starts_with(R"({"category":"accepted")"));
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
