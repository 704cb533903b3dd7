// The exit statuses are part of the program's interface: 0 accepted, 1 rejected, 2 wrong usage, 3
// keys unavailable.

#include <string>
#include <vector>

#include "cli/golden.hpp"
#include "cli/published.hpp"
#include "e2e/world.hpp"
#include "support/catch.hpp"

namespace {

using namespace test;

using Words = std::vector<std::string>;

/// Runs `jwks` in a shell that first does this to its outputs.
ProgramResult run_with_outputs(const std::string& redirection, const Words& arguments) {
  Words words{"/bin/sh", "-c", "exec \"$0\" \"$@\" " + redirection, JWKS_PROGRAM};
  words.insert(words.end(), arguments.begin(), arguments.end());
  return run_program(words);
}

TEST_CASE("asking for help or the version is status 0") {
  for (const Words& words : {Words{"--help"}, {"--version"}, {"verify", "-h"}, {"inspect", "-h"}}) {
    const auto result = run_jwks(words);
    CHECK(result.status == 0);
    CHECK_FALSE(result.out.empty());
    CHECK(result.err.empty());
  }
}

TEST_CASE("status 0 is for accepted tokens, and status 1 for rejected ones") {
  const TemporaryFile keys(kEs256Jwks);
  const Words judge{"verify", "--jwks", keys.path(), "--issuer", "joe", "--any-audience", "--now"};
  const auto status_at = [&judge](const std::string& now) {
    Words words = judge;
    words.push_back(now);
    return run_jwks(words, kEs256Token).status;
  };
  CHECK(status_at(kBefore) == 0);
  CHECK(status_at("1300819439") == 0);
  CHECK(status_at("1300819440") == 1);
}

TEST_CASE("a text that is no token is status 1, for jwks inspect too") {
  const TemporaryFile keys(kEs256Jwks);
  const Words judge{"verify", "--jwks", keys.path(), "--any-issuer", "--any-audience"};
  for (const std::string& text : {std::string(), std::string("a.b"), std::string(100'000, 'a')}) {
    CHECK(run_jwks(judge, text).status == 1);
    CHECK(run_jwks({"inspect"}, text).status == 1);
  }
  CHECK(run_jwks({"inspect"}, kUnsecuredToken).status == 0);
}

TEST_CASE("an unknown command is wrong usage") {
  check_transcript("unknown_command", {{.arguments = {"frobnicate"}}, {.arguments = {}}});
}

TEST_CASE("status 3 is for keys that can't be had") {
  const World world;
  const std::string token = world.token();
  world.issuer.stop();
  const Words where{"verify", "--issuer", world.issuer.issuer(), "--any-audience",
                    "--allow-loopback-http"};
  check_transcript("verify_unavailable", {{where, token}},
                   {{token, "TOKEN"},
                    {world.issuer.url(), "http://issuer"},
                    {"keys_unavailable .*", "keys_unavailable (REASON): DETAIL", true}});
  Words json = where;
  json.emplace_back("--json");
  const auto result = run_jwks(json, token);
  CHECK(result.status == 3);
  CHECK(result.out.starts_with(
      R"({"ok":false,"code":"keys_unavailable","category":"unavailable","reason":")"));
}

TEST_CASE("a result that can't be printed is status 2 with a reason, whatever it was") {
  for (const Words& words : {Words{"inspect", kEs256Token}, {"inspect", "junk"}, {"--help"}}) {
    const auto full = run_with_outputs(">/dev/full", words);
    CHECK(full.status == 2);
    CHECK(full.err == "jwks: can't write to standard output: No space left on device\n");
    CHECK(run_with_outputs(">&-", words).status == 2);
  }
}

}  // namespace
