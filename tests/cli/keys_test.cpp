// `jwks keys`: what of a key set is shown, and the exit status.

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

/// Every kind of entry: two that are used (RFC 7517 A.1, RFC 8037 A.2), and others.
constexpr std::string_view kMixed =
    R"({"keys":[)"
    R"({"kty":"EC","crv":"P-256","x":"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4",)"
    R"("y":"4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM","use":"sig","kid":"signing"},)"
    R"({"kty":"OKP","crv":"Ed25519","alg":"EdDSA","kid":"\u00e9\u001b[2J",)"
    R"("x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"},)"
    R"({"kty":"EC","crv":"P-256","x":"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4",)"
    R"("y":"4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM","use":"sig","kid":"signing"},)"
    R"({"kty":"OKP","crv":"Ed25519","kid":"burnt","alg":"EdDSA",)"
    R"("x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",)"
    R"("d":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A"},)"
    R"({"kty":"oct","k":"AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T"},)"
    R"({"kty":"RSA","kid":"weak","n":"4Etl6SRW2YiLUrN5","e":"AQAB","alg":"RS256"},)"
    R"({"kty":"RSA","kid":"encryption","use":"enc","n":"AQAB","e":"AQAB"},)"
    R"({"kty":"EC","crv":"P-256","kid":"broken","x":"MKBC","alg":7},)"
    R"(7]})";

TEST_CASE("jwks keys lists every entry of a file, used or not, and why not") {
  const TemporaryFile keys(kMixed);
  check_transcript("keys_file",
                   {{.arguments = {"keys", "--file", keys.path()}},
                    {.arguments = {"keys", "--file", "-", "--json"}, .input = std::string(kMixed)}},
                   {{keys.path(), "KEYS"}});
}

TEST_CASE("jwks keys shows what discovery and the headers say, and how long the keys are kept") {
  const World world({.keys = small_keys().keys, .jwks_max_age = std::chrono::seconds(300)});
  check_transcript(
      "keys_issuer",
      {{.arguments = {"keys", "--issuer", world.issuer.issuer(), "--allow-loopback-http"}},
       {.arguments = {"keys", "--issuer", world.issuer.issuer(), "--allow-loopback-http",
                      "--json"}},
       {.arguments = {"keys", "--jwks-uri", world.issuer.jwks_uri(), "--allow-loopback-http"}}},
      {{world.issuer.issuer(), "ISSUER"},
       {R"(\\"[^"]*\\"|"[0-9a-zA-Z_-]+"( *\n))", "ETAG$1", true},
       {R"([A-Za-z0-9_-]{43})", "THUMBPRINT", true}});
}

TEST_CASE("jwks keys shows the time for which the library really keeps them") {
  // Cache headers count within the library's bounds: a minute and an hour.
  for (const auto& [says, kept] : {std::pair(5, "60 s\n"), std::pair(100'000, "3600 s\n")}) {
    const World world({.keys = small_keys().keys, .jwks_max_age = std::chrono::seconds(says)});
    const auto result =
        run_jwks({"keys", "--issuer", world.issuer.issuer(), "--allow-loopback-http"});
    CAPTURE(result.out);
    CHECK(holds(result.out, "max-age=" + std::to_string(says)));
    CHECK(holds(result.out, "kept for       " + std::string(kept)));
  }
}

TEST_CASE("jwks keys shows keys of algorithms that are not allowed by themselves") {
  const World world({.keys = {{.algorithm = jwks::Algorithm::es256k}}});
  const auto result =
      run_jwks({"keys", "--issuer", world.issuer.issuer(), "--allow-loopback-http"});
  CHECK(result.status == 0);
  CHECK(holds(result.out, "ES256K"));
}

TEST_CASE("no usable key is status 1, and no key set at all is status 3") {
  const TemporaryFile none(R"({"keys":[{"kty":"oct","k":"AA","kid":"secret\u001b[2J"}]})");
  const auto unusable = run_jwks({"keys", "--file", none.path()});
  CHECK(unusable.status == 1);
  CHECK(holds(unusable.out, "not used: symmetric"));
  CHECK(holds(unusable.err, R"(warning: the set shows the secret part of key "secret\x1b[2J")"));
  CHECK_FALSE(holds(unusable.out + unusable.err, "\x1b"));
  CHECK(run_jwks({"keys", "--file", "-"}, R"({"keys":[]})").status == 1);

  const World world;
  const std::vector<std::string> at_issuer{"keys", "--issuer", world.issuer.issuer(),
                                           "--allow-loopback-http"};
  CHECK(run_jwks(at_issuer).status == 0);
  world.issuer.stop();
  const auto silent = run_jwks(at_issuer);
  CHECK(silent.status == 3);
  CHECK(silent.out.empty());
  CHECK(holds(silent.err, "keys_unavailable"));
}

TEST_CASE("keys that were published with their private half are shown although none is usable") {
  const World world;
  take(world.issuer.add_fault(Fault{.kind = FaultKind::private_member}));
  const auto result =
      run_jwks({"keys", "--issuer", world.issuer.issuer(), "--allow-loopback-http"});
  CAPTURE(result.out, result.err);
  CHECK(result.status == 1);
  CHECK(holds(result.out, "not used: private_material (d)"));
  CHECK(holds(result.err, "warning: the set shows the secret part of key"));
}

TEST_CASE("what is no JWK Set is named by jwks keys, with status 2 for files and 3 for issuers") {
  for (const char* const junk :
       {"", "junk", "[]", "{}", R"({"keys":{}})", R"({"keys":[],"keys":[]})"}) {
    CAPTURE(junk);
    const auto result = run_jwks({"keys", "--file", "-"}, junk);
    CHECK(result.status == 2);
    CHECK(result.out.empty());
    CHECK(holds(result.err, "standard input: "));
  }
  const TemporaryFile large(std::string(300'000, ' '));
  const auto result = run_jwks({"keys", "--file", large.path()});
  CHECK(result.status == 2);
  CHECK(holds(result.err, large.path() + " is larger than"));

  const World world;
  take(world.issuer.add_fault(Fault{.kind = FaultKind::html}));
  const auto html =
      run_jwks({"keys", "--jwks-uri", world.issuer.jwks_uri(), "--allow-loopback-http"});
  CHECK(html.status == 3);
  CHECK(html.out.empty());
  CHECK(holds(html.err, "jwks: "));
}

TEST_CASE("a wrong command line of jwks keys is refused with status 2 and a reason") {
  const World world;
  const std::string issuer = world.issuer.issuer();
  const std::vector<std::vector<std::string>> wrong{
      {"keys"},
      {"keys", "--file", "/no/such/file"},
      {"keys", "--file", "/"},
      {"keys", "--file", "-", "--issuer", issuer},
      {"keys", "--issuer", issuer},  // http, and not allowed
      {"keys", "--issuer", issuer, "--jwks-uri", "https://x.example"},
      {"keys", "--issuer", "ftp://x.example"},
      {"keys", "--issuer", issuer, "--allow-loopback-http", "--ca-file", "/no/such/file"},
      {"keys", "--file", "-", "--watch"},
      {"keys", "--issuer", issuer, "--interval", "5"},
      {"keys", "--issuer", issuer, "--watch", "--interval", "0"},
      {"keys", "--issuer", issuer, "--watch", "--interval", "86401"},
      {"keys", "--issuer", issuer, "--watch", "--interval", "soon"},
      {"keys", "--issuer", issuer, "--watch"},  // http, and not allowed
      {"keys", "--issuer", issuer, "--watch", "--json"},
      {"keys", "--issuer", issuer, "surplus"},
  };
  for (const auto& arguments : wrong) {
    std::string line = "jwks";
    for (const std::string& argument : arguments) line += ' ' + argument;
    CAPTURE(line);
    const auto result = run_jwks(arguments);
    CHECK(result.status == 2);
    CHECK_FALSE(result.err.empty());
    CHECK(result.out.empty());
  }
}

}  // namespace
