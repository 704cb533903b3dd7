// `jwks verify --batch`: what a line may ask for, and what it is answered.

#include <sys/stat.h>

#include <fstream>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "base/text.hpp"
#include "cli/golden.hpp"
#include "cli/published.hpp"
#include "e2e/world.hpp"
#include "support/catch.hpp"
#include "support/temporary_directory.hpp"

namespace {

using namespace test;

using Words = std::vector<std::string>;

const Words kAny{"verify", "--batch", "--any-issuer", "--any-audience"};

Words operator+(Words words, const Words& more) {
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

std::string json_of(std::string_view text) {
  std::string out;
  jwks::text::append_json_string(out, text);
  return out;
}

/// A line with this token, and these members.
std::string line_of(std::string_view token, std::string_view members = {}) {
  std::string line = R"({"id":1,"token":)" + json_of(token);
  if (!members.empty()) line.append(",").append(members);
  return line + "}\n";
}

/// The value of a string member of an answer.
std::string member(const std::string& answer, const std::string& name) {
  const std::string before = '"' + name + R"(":")";
  const std::size_t begin = answer.find(before);
  REQUIRE(begin != std::string::npos);
  const std::size_t start = begin + before.size();
  return answer.substr(start, answer.find('"', start) - start);
}

/// The code that the only line of a batch is answered with.
std::string answer(const Words& words, const std::string& line) {
  const auto result = run_jwks(words, line);
  CAPTURE(line, result.out, result.err);
  CHECK(result.err.empty());
  CHECK(result.out.find('\n') == result.out.size() - 1);
  const std::string code = member(result.out, "code");
  CHECK((result.status == 0) == (code == "accepted"));
  CHECK(result.out.starts_with(code == "accepted" ? R"({"id":1,"ok":true,)"
                                                  : R"({"id":1,"ok":false,)"));
  return code;
}

/// What is complained about in a line that asks for nothing that can be judged.
std::string complaint(const std::string& members, const Words& words = kAny) {
  const auto result = run_jwks(words, line_of(kEs256Token, members));
  CAPTURE(members, result.out);
  CHECK(result.status == 1);
  CHECK(member(result.out, "code") == "bad_input");
  CHECK(member(result.out, "category") == "usage");
  const std::string message = member(result.out, "message");
  CHECK(message.starts_with("line 1: "));
  return message.substr(8);
}

const std::string kWithKey = R"("now":)" + kBefore + R"(,"jwks":)" + kEs256Jwks;

TEST_CASE("a batch answers each line in its order and repeats its id") {
  const std::string good = R"(,"token":)" + json_of(kEs256Token) + ',' + kWithKey + "}\n";
  const std::string lines = R"({"id":"a")" + good + R"({"id":-1.5e3)" + good + R"({"id":null)" +
                            good +
                            R"({"id":"\u001b[2J)"
                            "\xC3\xA9\"" +
                            good +
                            R"({"token":"junk","jwks":{"keys":[]}})"
                            "\n" +
                            R"({"id":{},"token":"x"})"
                            "\n\n" +
                            "{\"id\":7,\"token\":\"x\",\"jwsk\":1}\n" +
                            R"({"id":8,"token":"x"})"
                            "\nnot JSON";
  check_transcript("batch", {{kAny, lines}}, {{kEs256Token, "TOKEN"}, {kEs256Jwks, "{JWKS}"}});
}

TEST_CASE("lines of a batch may end in CR LF, and blank ones are not answered") {
  std::string line = line_of(kEs256Token, kWithKey);
  line.insert(line.size() - 1, "\r");
  CHECK(answer(kAny, "\r\n \t\r\n" + line + "\r\n") == "accepted");
}

TEST_CASE("a line of a batch brings its keys, as a set or as one key") {
  CHECK(answer(kAny, line_of(kEs256Token, kWithKey)) == "accepted");
  const std::string now = R"("now":)" + kBefore + R"(,"jwks":)";
  CHECK(answer(kAny, line_of(kEs256Token, now + kEs256Jwk)) == "accepted");
  CHECK(answer(kAny, line_of(kEs256Token, now + R"({"keys":[]})")) == "unknown_key");
  CHECK(answer(kAny, line_of(kEs256Token, now + R"({"kty":"EC","crv":"P-256"})")) != "accepted");
}

TEST_CASE("keys of a line go before those of the command line") {
  const World world;
  const TemporaryFile keys(world.issuer.jwks());
  const Words words = kAny + Words{"--jwks", keys.path()};
  CHECK(answer(words, line_of(world.token())) == "accepted");
  CHECK(answer(words, line_of(kEs256Token, kWithKey)) == "accepted");
  CHECK(answer(words, line_of(world.token(), R"("jwks":)" + kEs256Jwks)) != "accepted");
}

TEST_CASE("a secret in a line's keys is used only if the line says so") {
  const std::string key =
      R"("now":)" + kBefore + R"(,"jwks":{"kty":"oct","k":")" + std::string(kHs256Key) + "\"}";
  const std::string allowed = key + R"(,"allow_static_secrets":true)";
  CHECK(answer(kAny, line_of(kHs256Token, allowed)) == "accepted");
  CHECK(answer(kAny, line_of(kHs256Token, allowed + R"(,"algorithms":"HS256")")) == "accepted");
  CHECK(answer(kAny, line_of(kHs256Token, allowed + R"(,"algorithms":["HS384"])")) ==
        "alg_not_allowed");
  CHECK(answer(kAny, line_of(kHs256Token, key)) == "alg_not_allowed");
  CHECK(answer(kAny, line_of(kHs256Token, key + R"(,"allow_static_secrets":false)")) ==
        "alg_not_allowed");
  CHECK(answer(kAny, line_of(kHs256Token, key + R"(,"algorithms":["HS256"])")) != "accepted");
  CHECK(answer(kAny, line_of(kHs256Token, kWithKey + R"(,"allow_static_secrets":true)")) ==
        "alg_not_allowed");
  CHECK(complaint(R"("allow_static_secrets":true,"jwks":{"keys":[{"kty":"oct","k":")" +
                  std::string(kHs256Key) + "\"}," + kEs256Jwk + "]}")
            .starts_with("jwks: "));
}

TEST_CASE("lines without keys use the secret of the command line, and lines with keys don't") {
  const TemporaryFile secret(kHs256Secret);
  const Words words = kAny + Words{"--secret-file", secret.path(), "--now", kBefore};
  CHECK(answer(words, line_of(kHs256Token)) == "accepted");
  CHECK(answer(words, line_of(kEs256Token)) == "alg_not_allowed");
  CHECK(answer(words, line_of(kEs256Token, kWithKey)) == "accepted");
  CHECK(answer(words, line_of(kHs256Token, kWithKey)) == "alg_not_allowed");
  CHECK(answer(words, line_of(kHs256Token, R"("allow_static_secrets":true)")) == "accepted");
  CHECK(answer(words, line_of(kHs256Token, R"("allow_static_secrets":false)")) ==
        "alg_not_allowed");
}

TEST_CASE("a line of a batch changes the policy for itself") {
  const World world;
  const TemporaryFile keys(world.issuer.jwks());
  const Words words = kAny + Words{"--jwks", keys.path()};
  const std::string token =
      world.token({.claims = {{"iat", "1300000000"}, {"exp", "1300003600"}, {"iss", "\"joe\""}}});
  const auto with = [&](const std::string& members) {
    return answer(words, line_of(token, R"("now":1300001000)" + (',' + members)));
  };
  CHECK(answer(words, line_of(token)) == "expired");
  CHECK(answer(words, line_of(token, R"("now":1300003659.999)")) == "accepted");
  CHECK(answer(words, line_of(token, R"("now":1300003660)")) == "expired");
  CHECK(answer(words, line_of(token, R"("now":"2011-03-13T08:06:40Z")")) == "accepted");
  CHECK(answer(words, line_of(token, R"("now":1300003600,"clock_skew":0)")) == "expired");
  CHECK(with(R"("issuer":"joe")") == "accepted");
  CHECK(with(R"("issuer":"ann")") == "wrong_issuer");
  CHECK(with(R"("audience":"orders-api")") == "accepted");
  CHECK(with(R"("audience":["x","orders-api"])") == "accepted");
  CHECK(with(R"("audience":["x"])") == "wrong_audience");
  CHECK(with(R"("audience":"x,orders-api")") == "wrong_audience");
  CHECK(with(R"("algorithms":["RS256","ES256"])") == "accepted");
  CHECK(with(R"("algorithms":"RS256, ES256")") == "accepted");
  CHECK(with(R"("algorithms":"RS256")") == "alg_not_allowed");
  CHECK(with(R"("type":"at+jwt")") == "accepted");
  CHECK(with(R"("type":"secevent+jwt")") == "wrong_type");
  CHECK(with(R"("profile":"logout_token","audience":"orders-api")") == "wrong_type");
  CHECK(with(R"("required_claims":["sub","exp"])") == "accepted");
  CHECK(with(R"("required_claims":[])") == "accepted");
  CHECK(with(R"("required_claims":"sub,tenant")") == "missing_claim");
  CHECK(with(R"("max_token_age":1000)") == "accepted");
  CHECK(with(R"("max_token_age":939)") == "too_old");
  CHECK(with(R"("issuer":null,"audience":null,"jwks":null,"max_token_age":null)") == "accepted");
}

TEST_CASE("what a line changes holds for that line alone") {
  const std::string strict = R"(,"clock_skew":0)";
  const std::string now = R"("now":1300819380,"jwks":)" + kEs256Jwks;
  const auto result = run_jwks(kAny + Words{"--jobs", "1"}, line_of(kEs256Token, now + strict) +
                                                                line_of(kEs256Token, now) +
                                                                line_of(kEs256Token, now + strict));
  std::istringstream lines(result.out);
  std::vector<std::string> codes;
  for (std::string line; std::getline(lines, line);) codes.push_back(member(line, "code"));
  CHECK(codes == std::vector<std::string>{"expired", "accepted", "expired"});
}

TEST_CASE("issuer and audience are checked in a batch where a line or an option names them") {
  const Words none{"verify", "--batch"};
  const auto result = run_jwks(none, line_of(kEs256Token, kWithKey));
  CHECK(member(result.out, "code") == "accepted");
  CHECK(result.err ==
        "jwks: warning: \"iss\" is not checked where a line does not say: there is neither "
        "--issuer nor --any-issuer\n"
        "jwks: warning: \"aud\" is not checked where a line does not say: there is neither "
        "--audience nor --any-audience\n");
  CHECK(run_jwks(kAny, line_of(kEs256Token, kWithKey)).err.empty());
  CHECK(answer(kAny, line_of(kEs256Token, kWithKey + R"(,"issuer":"ann")")) == "wrong_issuer");
  CHECK(answer(kAny, line_of(kEs256Token, kWithKey + R"(,"issuer":"joe","audience":"x")")) ==
        "missing_claim");
  CHECK(answer({"verify", "--batch", "--issuer", "joe", "--any-audience"},
               line_of(kEs256Token, kWithKey)) == "accepted");
}

TEST_CASE("a line of a batch that can't be judged says which member is why") {
  CHECK(complaint(R"("now":true)").starts_with("now: "));
  CHECK(complaint(R"("now":-1)").starts_with("now: "));
  CHECK(complaint(R"("now":9999999999)").starts_with("now: "));
  CHECK(complaint(R"("now":"tomorrow")").starts_with("now: "));
  for (const std::string name :
       {"issuer", "audience", "algorithms", "type", "profile", "required_claims", "clock_skew",
        "max_token_age", "jwks", "allow_static_secrets"}) {
    for (const std::string value : {"1.5", "[5]", "\"\""}) {
      const std::string members = kWithKey + ',' + json_of(name) + ':' + value;
      // "jwks" is there already.
      CHECK(complaint(name == "jwks" ? json_of(name) + ':' + value : members).starts_with(name));
    }
  }
  CHECK(complaint(kWithKey + R"(,"algorithms":["ES256","none"])").starts_with("algorithms: "));
  CHECK(complaint(kWithKey + R"(,"algorithms":["ES256","HS256"])").starts_with("algorithms: "));
  CHECK(complaint(kWithKey + R"(,"algorithms":[])").starts_with("algorithms: "));
  CHECK(complaint(kWithKey + R"(,"audience":[])").starts_with("audience: "));
  CHECK(complaint(kWithKey + R"(,"clock_skew":601)").starts_with("clock_skew: "));
  CHECK(complaint(kWithKey + R"(,"max_token_age":0)").starts_with("max_token_age: "));
  CHECK(complaint(kWithKey + R"(,"profile":"refresh")").starts_with("profile: "));
  CHECK(complaint(R"("jwks":{"keys":1})").starts_with("jwks: "));
  CHECK(complaint(R"("unknown\u001b":1)") == "unknown member unknown\\\\x1b");
  CHECK(complaint(R"("token":"x")").starts_with("duplicate_member"));
  CHECK(complaint("").starts_with("no keys"));
  CHECK(run_jwks(kAny, "{\"id\":1,\"token\":null}\n").status == 1);
  CHECK(run_jwks(kAny, "{\"id\":1,\"token\":5}\n").status == 1);
  CHECK(run_jwks(kAny, "[]\n").status == 1);
}

TEST_CASE("a line of a batch that is too long is skipped, whole") {
  const std::string good = line_of(kEs256Token, kWithKey);
  for (const std::size_t size : {std::size_t{1024} * 1024, std::size_t{3} * 1024 * 1024}) {
    const std::string line = R"({"id":2,"token":")" + std::string(size, 'x') + "\"}\n";
    const auto result = run_jwks(kAny, good + line + good);
    CHECK(result.status == 1);
    std::istringstream answers(result.out);
    std::vector<std::string> lines;
    for (std::string each; std::getline(answers, each);) lines.push_back(each);
    REQUIRE(lines.size() == 3);
    CHECK(member(lines[0], "code") == "accepted");
    CHECK(member(lines[1], "message") == "line 2: longer than 1048576 bytes");
    CHECK(member(lines[2], "code") == "accepted");
  }
}

TEST_CASE("many lines are answered in their order by several threads") {
  constexpr int kLines = 20'000;
  std::string lines;
  std::string expected;
  for (int i = 0; i < kLines; ++i) {
    const bool good = i % 7 == 0;
    lines += R"({"id":)" + std::to_string(i) + R"(,"token":)" +
             json_of(good ? kHs256Token : kHs256Token + "A") + "}\n";
    expected += std::to_string(i) + (good ? "+" : "-");
  }
  const TemporaryFile secret(kHs256Secret);
  const TemporaryFile file(lines);
  const auto result = run_jwks(
      kAny + Words{"--secret-file", secret.path(), "--now", kBefore, "--jobs", "4", file.path()});
  CHECK(result.status == 1);
  CHECK(result.err.empty());
  std::istringstream answers(result.out);
  std::string got;
  for (std::string line; std::getline(answers, line);) {
    got += line.substr(6, line.find(',') - 6) +
           (line.find("\"ok\":true") != std::string::npos ? "+" : "-");
  }
  CHECK((got == expected));  // not shown: it is long
}

TEST_CASE("a batch asks the issuer once, whatever the lines change") {
  const World world;
  const std::string token = world.token();
  take_nothing(world.verifier.warm_up(std::chrono::seconds(30)));  // the other client
  const std::size_t before = world.jwks_requests();
  std::string lines;
  for (int i = 0; i < 50; ++i) {
    lines += line_of(token) + line_of(token, R"("audience":["orders-api","x"])") +
             line_of(token, R"("now":)" + std::to_string(4'000'000'000 + i)) +
             line_of(token, R"("issuer":"https://other.example")");
  }
  const auto result = run_jwks({"verify", "--batch", "--issuer", world.issuer.issuer(),
                                "--any-audience", "--allow-loopback-http", "--jobs", "3"},
                               lines);
  CHECK(result.status == 1);
  std::istringstream answers(result.out);
  std::multiset<std::string> codes;
  for (std::string line; std::getline(answers, line);) codes.insert(member(line, "code"));
  CHECK(codes.count("accepted") == 100);
  CHECK(codes.count("expired") == 50);
  CHECK(codes.count("bad_input") == 50);
  CHECK(world.jwks_requests() == before + 1);
}

TEST_CASE("a batch takes keys from a URL for issuers that its lines name") {
  const World world;
  const Words words{"verify",       "--batch",    "--jwks-uri", world.issuer.jwks_uri(),
                    "--any-issuer", "--audience", "orders-api", "--allow-loopback-http"};
  const std::string issuer = R"("issuer":)" + json_of(world.issuer.issuer());
  CHECK(answer(words, line_of(world.token(), issuer)) == "accepted");
  CHECK(answer(words, line_of(world.token(), R"("issuer":"x")")) == "wrong_issuer");
  // Also where the command line names another.
  Words named = words;
  std::ranges::replace(named, std::string("--any-issuer"), std::string("--issuer=someone"));
  CHECK(answer(named, line_of(world.token(), issuer)) == "accepted");
  CHECK(answer(named, line_of(world.token())) == "wrong_issuer");
}

TEST_CASE("the status of a batch is that of its worst line") {
  const World world;
  const std::string token = world.token();
  world.issuer.stop();
  const Words words = kAny + Words{"--jobs", "1"};
  const Words network{"verify",         "--batch",
                      "--issuer",       world.issuer.issuer(),
                      "--any-audience", "--allow-loopback-http"};
  const std::string good = line_of(kEs256Token, R"("issuer":"joe",)" + kWithKey);
  const std::string bad = line_of(kEs256Token, R"("issuer":"ann",)" + kWithKey);
  CHECK(run_jwks(network, "").status == 0);
  CHECK(run_jwks(network, good + good).status == 0);
  CHECK(run_jwks(network, good + bad + good).status == 1);
  CHECK(run_jwks(network, good + "junk\n" + good).status == 1);
  const auto unavailable = run_jwks(network, line_of(token) + good + bad);
  CHECK(unavailable.status == 3);
  CHECK(member(unavailable.out, "code") == "keys_unavailable");
  CHECK(member(unavailable.out, "category") == "unavailable");
  const auto folder = run_jwks(words + Words{"/"});
  CHECK(folder.status == 2);
  CHECK(folder.err == "jwks: can't read the lines: Is a directory\n");
}

TEST_CASE("a batch ends with status 2 when nobody takes its answers") {
  const TemporaryFile file(line_of(kEs256Token, kWithKey));
  const auto run = [&file](const std::string& redirection) {
    return run_program({"/bin/sh", "-c", "exec \"$0\" \"$@\" " + redirection, JWKS_PROGRAM,
                        "verify", "--batch", "--any-issuer", "--any-audience", file.path()});
  };
  const auto full = run(">/dev/full");
  CHECK(full.status == 2);
  CHECK(full.err == "jwks: can't write to standard output: No space left on device\n");
  CHECK(run(">&-").status == 2);
  // The reader of a pipe that is gone: nothing reads what `true` is given.
  const auto pipe = run_program(
      {"/bin/sh", "-c",
       "{ { while cat \"$1\"; do :; done | \"$0\" verify --batch --any-issuer --any-audience; "
       "echo $? >&2; } | true; } 2>&1",
       JWKS_PROGRAM, file.path()});
  CHECK(pipe.out.find("jwks: can't write to standard output: Broken pipe\n2\n") !=
        std::string::npos);
}

TEST_CASE("a line is answered before the next one comes") {
  const TemporaryDirectory folder;
  const std::string next = folder.path() / "next";
  REQUIRE(mkfifo(next.c_str(), 0600) == 0);
  const TemporaryFile line(line_of(kEs256Token, kWithKey));
  BackgroundProgram program({"/bin/sh", "-c",
                             "cat \"$1\" \"$2\" | "
                             "\"$0\" verify --batch --any-issuer --any-audience",
                             JWKS_PROGRAM, line.path(), next});
  CHECK(program.prints("{\"id\":1,\"ok\":true,"));
  std::ofstream(next) << line_of("junk", kWithKey);
  CHECK(program.wait() == 1);
  CHECK(program.prints("not_three_segments"));
}

TEST_CASE("a line is answered although half of another one has come with it") {
  const TemporaryDirectory folder;
  const std::string rest = folder.path() / "rest";
  REQUIRE(mkfifo(rest.c_str(), 0600) == 0);
  const std::string second = line_of("junk", kWithKey);
  const TemporaryFile beginning(line_of(kEs256Token, kWithKey) + second.substr(0, 20));
  BackgroundProgram program({"/bin/sh", "-c",
                             "cat \"$1\" \"$2\" | "
                             "\"$0\" verify --batch --any-issuer --any-audience",
                             JWKS_PROGRAM, beginning.path(), rest});
  CHECK(program.prints("{\"id\":1,\"ok\":true,"));
  std::ofstream(rest) << second.substr(20);
  CHECK(program.wait() == 1);
  CHECK(program.prints("not_three_segments"));
}

}  // namespace
