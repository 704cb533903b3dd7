// `jwks verify`: one token, judged as every option says.

#include <string>
#include <vector>

#include "cli/golden.hpp"
#include "cli/published.hpp"
#include "e2e/world.hpp"

namespace {

using namespace test;

using Words = std::vector<std::string>;

Words operator+(Words words, const Words& more) {
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

bool holds(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

Words verify_at(const World& world, const Words& more = {}) {
  return Words{"verify",     "--issuer",   world.issuer.issuer(),
               "--audience", "orders-api", "--allow-loopback-http"} +
         more;
}

/// The code with which a token is refused; "accepted" if it is not.
std::string answer(const Words& words, const std::string& token) {
  const auto result = run_jwks(words + Words{"--json"}, token);
  CAPTURE(result.out, result.err);
  const std::size_t begin = result.out.find(R"("code":")");
  REQUIRE(begin != std::string::npos);
  const std::string code =
      result.out.substr(begin + 8, result.out.find('"', begin + 8) - begin - 8);
  CHECK((result.status == 0) == (code == "accepted"));
  return code;
}

TEST_CASE("jwks verify shows an accepted token and says why one is rejected") {
  const TemporaryFile keys(kEs256Jwks);
  const Words judge{"verify", "--jwks", keys.path(), "--any-audience"};
  check_transcript(
      "verify",
      {{judge + Words{"--issuer", "joe", "--now", kBefore}, kEs256Token + "\n"},
       {judge + Words{"--issuer", "joe", "--now", "2011-03-22T18:44:00Z"}, kEs256Token},
       {judge + Words{"--issuer", "ann", "--now", kBefore}, kEs256Token},
       {judge + Words{"--any-issuer", "--now", kBefore}, kUnsecuredToken}},
      {{keys.path(), "KEYS"}, {kEs256Token, "TOKEN"}, {kUnsecuredToken, "UNSECURED"}});
}

TEST_CASE("what is too long or unreadable is refused, and no token is repeated") {
  const TemporaryFile keys(kEs256Jwks);
  const Words judge{"verify",         "--jwks", keys.path(), "--any-issuer",
                    "--any-audience", "--now",  kBefore};
  CHECK(run_jwks(judge, std::string(40'000, ' ') + kEs256Token).status == 0);
  CHECK(run_jwks(judge, kEs256Token + std::string(40'000, ' ') + "x").status == 1);
  CHECK(run_jwks(judge, std::string(2'000'000, 'a')).status == 2);
  const auto twice = run_jwks(judge + Words{kEs256Token, kEs256Token + "\x1b[31m"});
  CHECK(twice.status == 2);
  CHECK(twice.err.find(kEs256Token.substr(0, 40)) == std::string::npos);
  CHECK(twice.err.find('\x1b') == std::string::npos);
  const auto shell =
      run_program({"/bin/sh", "-c", "\"$0\" verify --jwks \"$1\" --any-issuer --any-audience <&-",
                   JWKS_PROGRAM, keys.path()});
  CHECK(shell.status == 2);
  CHECK(shell.err == "jwks: can't read standard input: Bad file descriptor\n");
}

TEST_CASE("jwks verify says what it was not told to check") {
  const TemporaryFile keys(kEs256Jwks);
  const Words judge{"verify", "--jwks", keys.path(), "--now", kBefore};
  const auto unchecked = run_jwks(judge, kEs256Token);
  CHECK(unchecked.status == 0);
  CHECK(unchecked.out.ends_with("\nnot checked iss, aud\n"));
  CHECK(unchecked.err ==
        "jwks: warning: \"iss\" is not checked: there is neither --issuer nor --any-issuer\n"
        "jwks: warning: \"aud\" is not checked: there is neither --audience nor --any-audience\n");
  const auto meant = run_jwks(judge + Words{"--any-audience", "--issuer", "joe"}, kEs256Token);
  CHECK(meant.status == 0);
  CHECK(meant.out.ends_with("\nnot checked aud\n"));
  CHECK(meant.err.empty());
  const auto other = run_jwks(judge + Words{"--issuer", "ann"}, kEs256Token);
  CHECK(other.status == 1);
}

TEST_CASE("jwks verify --json says the same as one object on one line") {
  const TemporaryFile keys(kEs256Jwks);
  const Words judge{"verify", "--json", "--jwks", keys.path(), "--any-audience", "--any-issuer"};
  check_transcript(
      "verify_json",
      {{judge + Words{"--now", kBefore}, kEs256Token}, {judge, kEs256Token}, {judge, "junk"}},
      {{keys.path(), "KEYS"}, {kEs256Token, "TOKEN"}});
}

TEST_CASE("jwks verify finds the keys by discovery, and at a URL") {
  const World world;
  const auto result = run_jwks(verify_at(world), world.token({.subject = "alice"}) + "\n");
  CAPTURE(result.out, result.err);
  CHECK(result.status == 0);
  CHECK(result.out.starts_with("accepted\nalgorithm   ES256\nkid         " +
                               world.issuer.key_id(Algorithm::es256)));
  CHECK(holds(result.out, R"("sub":"alice")"));
  CHECK(result.err.empty());

  const Words uri{"--jwks-uri", world.issuer.jwks_uri()};
  CHECK(answer(verify_at(world, uri), world.token()) == "accepted");
  CHECK(answer(Words{"verify", "--any-issuer", "--any-audience", "--allow-loopback-http"} + uri,
               world.token()) == "accepted");
}

TEST_CASE("jwks verify works with keys from a file, without any network") {
  const World world;
  const TemporaryFile keys(world.issuer.jwks());
  world.issuer.stop();
  const Words judge{"verify", "--jwks", keys.path()};
  CHECK(answer(judge + Words{"--issuer", world.issuer.issuer(), "--audience", "orders-api"},
               world.token()) == "accepted");
  CHECK(answer(judge + Words{"--any-issuer", "--any-audience"}, world.token()) == "accepted");
  CHECK(answer(judge + Words{"--issuer", "someone", "--any-audience"}, world.token()) ==
        "wrong_issuer");
}

TEST_CASE("jwks verify escapes what a token says") {
  const World world;
  const auto result =
      run_jwks(verify_at(world, {"--json"}),
               world.token({.claims = {{"name", "\"J\\u00fcrg \xF0\x9F\x94\x91\""}}}));
  CHECK(result.status == 0);
  CHECK(holds(result.out, R"("name":"J\u00fcrg \ud83d\udd11")"));
}

TEST_CASE("a PEM key serves for all algorithms that it fits, or for those that are named") {
  const TemporaryFile key(kEs256Pem);
  const Words judge{"verify",         "--key", key.path(), "--any-issuer",
                    "--any-audience", "--now", kBefore};
  CHECK(answer(judge, kEs256Token) == "accepted");
  CHECK(answer(judge + Words{"--algorithms", "ES256"}, kEs256Token) == "accepted");
  CHECK(answer(judge + Words{"--algorithms", "RS256,ES256"}, kEs256Token) == "accepted");
  CHECK(answer(judge, kHs256Token) == "alg_not_allowed");

  const World world;
  const auto keys = take(jwks::JwkSet::parse(world.issuer.jwks()));
  const TemporaryFile edwards(take(keys.keys()[1].to_pem()));
  CHECK(answer({"verify", "--key", edwards.path(), "--any-issuer", "--any-audience"},
               world.token({.algorithm = Algorithm::eddsa})) == "accepted");
}

TEST_CASE("a secret is for HS256 unless other algorithms are named") {
  const TemporaryFile secret(kHs256Secret);
  const Words judge{"verify",         "--secret-file", secret.path(), "--any-issuer",
                    "--any-audience", "--now",         kBefore};
  const auto result = run_jwks(judge, kHs256Token);
  CHECK(result.status == 0);
  CHECK(result.err.empty());
  CHECK(holds(result.out, "thumbprint  (none, of a secret)"));
  CHECK(answer(judge + Words{"--algorithms", "HS256,HS512"}, kHs256Token) == "accepted");
  CHECK(answer(judge + Words{"--algorithms", "HS512"}, kHs256Token) == "alg_not_allowed");
  CHECK(answer(judge, kEs256Token) == "alg_not_allowed");
}

TEST_CASE("one line end after a secret that is text is not part of it") {
  const World world;
  const std::string text = GENERATE("correct horse battery staple 32 bytes",
                                    "pferd batterie heftklammer richtig \u00e4");
  const std::string token = world.token({.signature = {.secret = text}});
  const auto answer_with = [&token](const std::string& content) {
    const TemporaryFile file(content);
    return answer({"verify", "--secret-file", file.path(), "--any-issuer", "--any-audience"},
                  token);
  };
  CHECK(answer_with(text) == "accepted");
  CHECK(answer_with(text + "\n") == "accepted");
  CHECK(answer_with(text + "\r\n") == "accepted");
  CHECK(answer_with(text + "\n\n") == "bad_signature");
  CHECK(answer_with(text + " ") == "bad_signature");

  for (const std::string& binary : {text + "\x01\n", text + "\xe4\n", text + "\xc2\x85\n"}) {
    const TemporaryFile file(binary);
    CHECK(answer({"verify", "--secret-file", file.path(), "--any-issuer", "--any-audience"},
                 world.token({.signature = {.secret = binary}})) == "accepted");
  }
}

TEST_CASE("every option of the policy has its effect") {
  const World world;
  const TemporaryFile keys(world.issuer.jwks());
  const Words judge{"verify", "--any-issuer", "--jwks", keys.path()};
  const Words any = judge + Words{"--any-audience"};
  const std::string token =
      world.token({.expires_in = std::chrono::seconds(-30), .claims = {{"iat", "1300000000"}}});
  const std::string lasting = world.token({.claims = {{"tenant", "\"t1\""}}});

  CHECK(answer(judge + Words{"--audience", "x", "--audience", "orders-api"}, lasting) ==
        "accepted");
  CHECK(answer(judge + Words{"--audience", "x"}, lasting) == "wrong_audience");
  CHECK(answer(any, token) == "accepted");
  CHECK(answer(any + Words{"--clock-skew", "0"}, token) == "expired");
  CHECK(answer(any + Words{"--now", "2100-01-01T00:00:00Z"}, lasting) == "expired");
  CHECK(answer(any + Words{"--now", "0"}, lasting) == "issued_in_future");
  CHECK(answer(any + Words{"--algorithms", "RS256,PS256"}, lasting) == "alg_not_allowed");
  CHECK(answer(any + Words{"--algorithms", "ES256,RS256"}, lasting) == "accepted");
  CHECK(answer(any + Words{"--required-claims", "sub,tenant"}, lasting) == "accepted");
  CHECK(answer(any + Words{"--required-claims", "sub,tenants"}, lasting) == "missing_claim");
  const std::string old = world.token({.claims = {{"iat", "1300000000"}}});
  CHECK(answer(any, old) == "accepted");
  CHECK(answer(any + Words{"--max-token-age", "3600"}, old) == "too_old");
  CHECK(answer(any + Words{"--max-token-age", "3600"}, lasting) == "accepted");
}

TEST_CASE("the kind of token can be asked for") {
  const World world;
  const TemporaryFile keys(world.issuer.jwks());
  const Words judge{"verify",     "--jwks",    keys.path(), "--issuer", world.issuer.issuer(),
                    "--audience", "orders-api"};
  const std::string event = world.token({.header = {{"typ", "\"secevent+jwt\""}}});
  CHECK(answer(judge, event) == "wrong_type");
  CHECK(answer(judge + Words{"--type", "secevent+jwt"}, event) == "accepted");
  CHECK(answer(judge + Words{"--type", "secevent+jwt"}, world.token()) == "wrong_type");
  CHECK(answer(judge + Words{"--profile", "jwt"}, world.token()) == "accepted");
  CHECK(answer(judge + Words{"--profile", "access_token"}, event) == "wrong_type");
  CHECK(answer(judge + Words{"--profile", "logout_token"},
               world.token({.header = {{"typ", "\"logout+jwt\""}}})) == "missing_claim");
  CHECK(answer(judge + Words{"--profile", "id_token"},
               world.token({.claims = {{"azp", "\"x\""}}, .header = {{"typ", "\"JWT\""}}})) ==
        "wrong_azp");
}

TEST_CASE("a secret that others can read is used with a warning") {
  const TemporaryFile secret(kHs256Secret);
  const Words chmod{"/bin/chmod", "644", secret.path()};
  REQUIRE(run_program(chmod).status == 0);
  check_transcript("verify_open_secret",
                   {{{"verify", "--secret-file", secret.path(), "--any-issuer", "--any-audience",
                      "--now", kBefore},
                     kHs256Token}},
                   {{secret.path(), "SECRET"}, {kHs256Token, "TOKEN"}});
}

TEST_CASE("jwks verify wants the token itself, without a scheme") {
  const TemporaryFile keys(kEs256Jwks);
  CHECK(
      answer({"verify", "--jwks", keys.path(), "--any-issuer", "--any-audience", "--now", kBefore},
             "Bearer " + kEs256Token) == "bad_base64url");
}

}  // namespace
