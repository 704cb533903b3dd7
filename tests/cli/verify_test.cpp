// The program `jwks`: what it prints and its exit statuses (0 accepted, 1 rejected, 2 wrong usage,
// 3 keys unavailable).

#include <string>
#include <vector>

#include "e2e/program.hpp"
#include "e2e/world.hpp"

namespace {

using namespace test;

ProgramResult jwks_program(std::vector<std::string> arguments, std::string_view input = {}) {
  arguments.insert(arguments.begin(), JWKS_PROGRAM);
  return run_program(arguments, input);
}

bool holds(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

std::vector<std::string> verify_at(const World& world, std::vector<std::string> more = {}) {
  std::vector<std::string> arguments{"verify",     "--issuer",   world.issuer.issuer(),
                                     "--audience", "orders-api", "--allow-loopback-http"};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return arguments;
}

TEST_CASE("jwks --version and --help succeed") {
  const auto version = jwks_program({"--version"});
  CHECK(version.status == 0);
  CHECK(holds(version.out, "jwks 0."));
  CHECK(jwks_program({"--help"}).status == 0);
  const auto help = jwks_program({"verify", "--help"});
  CHECK(help.status == 0);
  CHECK(holds(help.out, "--clock-skew"));
}

TEST_CASE("jwks verify accepts a token from standard input and shows what it says") {
  const World world;
  const auto result = jwks_program(verify_at(world), world.token({.subject = "alice"}) + "\n");
  CAPTURE(result.out, result.err);
  CHECK(result.status == 0);
  CHECK(holds(result.out, "accepted\n"));
  CHECK(holds(result.out, "ES256"));
  CHECK(holds(result.out, world.issuer.key_id(Algorithm::es256)));
  CHECK(holds(result.out, R"("sub":"alice")"));
  CHECK(result.err.empty());
}

TEST_CASE("jwks verify takes the token as an argument as well") {
  const World world;
  CHECK(jwks_program(verify_at(world, {world.token()})).status == 0);
}

TEST_CASE("jwks verify rejects with status 1 and the reason") {
  const World world;
  const auto expired =
      jwks_program(verify_at(world), world.token({.expires_in = std::chrono::hours(-1)}));
  CHECK(expired.status == 1);
  CHECK(holds(expired.out, "rejected: expired"));
  const auto later =
      jwks_program(verify_at(world, {"--now", "2100-01-01T00:00:00Z"}), world.token());
  CHECK(later.status == 1);
  CHECK(holds(later.out, "rejected: expired"));
  const auto other = jwks_program(verify_at(world, {"--algorithms", "RS256,PS256"}), world.token());
  CHECK(other.status == 1);
  CHECK(holds(other.out, "alg_not_allowed"));
  const auto nothing = jwks_program(verify_at(world), "");
  CHECK(nothing.status == 1);
  const auto endless = jwks_program(verify_at(world), std::string(100'000, 'a'));
  CHECK(endless.status == 1);
  CHECK(holds(endless.out, "too_large"));
}

TEST_CASE("jwks verify --json prints one line of JSON in both cases") {
  const World world;
  const auto accepted =
      jwks_program(verify_at(world, {"--json"}),
                   world.token({.claims = {{"name", "\"J\\u00fcrg \xF0\x9F\x94\x91\""}}}));
  CHECK(accepted.status == 0);
  CHECK(holds(
      accepted.out,
      R"({"ok":true,"code":"accepted","category":"accepted","message":"accepted","algorithm":"ES256","kid":")"));
  CHECK(holds(accepted.out, R"("name":"J\u00fcrg \ud83d\udd11")"));
  CHECK(accepted.out.find('\n') == accepted.out.size() - 1);
  const auto rejected =
      jwks_program(verify_at(world, {"--json"}), world.token({.audience = "billing-api"}));
  CHECK(rejected.status == 1);
  CHECK(holds(rejected.out,
              R"({"ok":false,"code":"wrong_audience","category":"claims","message":")"));
}

TEST_CASE("jwks verify says that keys are unavailable with status 3") {
  const World world;
  const std::string text = world.token();
  world.issuer.stop();
  const auto result = jwks_program(verify_at(world), text);
  CHECK(result.status == 3);
  CHECK(holds(result.out, "unavailable: keys_unavailable"));
}

TEST_CASE("jwks verify works with keys from a file, without any network") {
  const World world;
  const TemporaryFile keys(world.issuer.jwks());
  world.issuer.stop();
  const std::string text = world.token();
  CHECK(jwks_program({"verify", "--jwks", keys.path(), "--issuer", world.issuer.issuer(),
                      "--audience", "orders-api"},
                     text)
            .status == 0);
  CHECK(jwks_program({"verify", "--jwks", keys.path(), "--any-issuer", "--any-audience"}, text)
            .status == 0);
  CHECK(
      jwks_program({"verify", "--jwks", keys.path(), "--issuer", "someone", "--any-audience"}, text)
          .status == 1);
}

TEST_CASE("a wrong command line is refused with status 2 and a reason") {
  const World world;
  const std::string issuer = world.issuer.issuer();
  const TemporaryFile junk("junk");
  const std::vector<std::vector<std::string>> wrong{
      {},
      {"frobnicate"},
      {"verify"},
      {"verify", "--issuer", issuer},
      {"verify", "--audience", "a"},
      {"verify", "--issuer", issuer, "--audience", "a", "--any-audience"},
      {"verify", "--any-issuer", "--audience", "a"},
      {"verify", "--issuer", issuer, "--any-issuer", "--jwks", junk.path(), "--audience", "a"},
      {"verify", "--issuer", issuer, "--audience", "a"},  // http, and not allowed
      {"verify", "--issuer", "ftp://x.example", "--audience", "a"},
      {"verify", "--issuer", issuer, "--audience", "a", "--clock-skew", "601"},
      {"verify", "--issuer", issuer, "--audience", "a", "--clock-skew", "soon"},
      {"verify", "--issuer", issuer, "--audience", "a", "--now", "yesterday"},
      {"verify", "--issuer", issuer, "--audience", "a", "--algorithms", "HS256"},
      {"verify", "--issuer", issuer, "--audience", "a", "--algorithms", "none"},
      {"verify", "--issuer", issuer, "--audience", "a", "--jwks", "/no/such/file"},
      {"verify", "--issuer", issuer, "--audience", "a", "--jwks", junk.path()},
      {"verify", "--issuer", issuer, "--audience", "a", "--key", junk.path()},
      {"verify", "--issuer", issuer, "--audience", "a", "--key", junk.path(), "--algorithms",
       "RS256"},
      {"verify", "--issuer", issuer, "--audience", "a", "--key", junk.path(), "--algorithms",
       "RS256,ES256"},
      {"verify", "--issuer", issuer, "--audience", "a", "--jwks", junk.path(), "--jwks-uri",
       "https://x.example"},
      {"keys"},
      {"keys", "--file", "/no/such/file"},
      {"keys", "--file", junk.path()},
      {"keys", "--issuer", issuer},
      {"keys", "--issuer", issuer, "--jwks-uri", "https://x.example"},
  };
  for (const auto& arguments : wrong) {
    std::string line = "jwks";
    for (const std::string& argument : arguments) line += ' ' + argument;
    CAPTURE(line);
    const auto result = jwks_program(arguments);
    CHECK(result.status == 2);
    CHECK_FALSE(result.err.empty());
    CHECK(result.out.empty());
  }
}

TEST_CASE("jwks keys lists usable keys, and why others are not used") {
  const World world;
  for (const auto& where : std::vector<std::vector<std::string>>{
           {"keys", "--issuer", world.issuer.issuer(), "--allow-loopback-http"},
           {"keys", "--jwks-uri", world.issuer.jwks_uri(), "--allow-loopback-http"}}) {
    const auto result = jwks_program(where);
    CAPTURE(result.out, result.err);
    CHECK(result.status == 0);
    CHECK(holds(result.out, world.issuer.key_id(Algorithm::eddsa)));
    CHECK(holds(result.out, "usable"));
    CHECK_FALSE(holds(result.out, "not used"));
  }
  const TemporaryFile bad(R"({"keys":[{"kty":"oct","k":"AA","kid":"secret\u001b[2J"}]})");
  const auto result = jwks_program({"keys", "--file", bad.path()});
  CHECK(result.status == 1);
  CHECK(holds(result.out, "not used: symmetric"));
  CHECK_FALSE(holds(result.out, "\x1b"));

  world.issuer.stop();
  CHECK(jwks_program({"keys", "--issuer", world.issuer.issuer(), "--allow-loopback-http"}).status ==
        3);
}

}  // namespace
