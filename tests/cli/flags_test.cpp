// What a command line of `jwks inspect` and `jwks verify` can get wrong. All of it is status 2,
// found before anything is done, and names the option.

#include <string>
#include <vector>

#include "cli/golden.hpp"
#include "cli/published.hpp"
#include "support/catch.hpp"

namespace {

using namespace test;

using Words = std::vector<std::string>;

Words operator+(Words words, const Words& more) {
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

std::string line_of(const Words& words) {
  std::string line = "jwks";
  for (const std::string& word : words) line += ' ' + word;
  return line;
}

void check_refused(const Words& words, const std::string& complaint) {
  const auto result = run_jwks(words, kEs256Token);
  CAPTURE(line_of(words), result.out, result.err, complaint);
  CHECK(result.status == 2);
  CHECK(result.out.empty());
  CHECK(result.err.find(complaint) != std::string::npos);
}

const Words kJudge{"verify", "--issuer", "https://issuer.example", "--any-audience"};

TEST_CASE("an option without its value is refused by name") {
  for (const std::string option :
       {"--issuer", "--jwks", "--jwks-uri", "--key", "--secret-file", "--audience", "--algorithms",
        "--type", "--profile", "--required-claims", "--clock-skew", "--now", "--max-token-age",
        "--ca-file", "--token-file", "--jobs"}) {
    check_refused({"verify", option}, option);
  }
  for (const std::string option : {"--now", "--token-file"}) {
    check_refused({"inspect", option}, option);
  }
}

TEST_CASE("an option that there is not is refused by name") {
  check_refused(kJudge + Words{"--frobnicate"}, "--frobnicate");
  check_refused({"inspect", "--issuer", "x"}, "--issuer");
  check_refused(kJudge + Words{"token", "another"}, "another");
}

TEST_CASE("a wrong value is refused with the name of its option and the reason") {
  const TemporaryFile junk("junk");
  const struct {
    std::string option;
    std::string value;
    std::string reason;
  } kWrong[] = {
      {"--algorithms", "none", "not a signature algorithm"},
      {"--algorithms", "ES256,es384", "not a signature algorithm"},
      {"--algorithms", "HS256", "need --secret-file"},
      {"--algorithms", "ES256,HS256", "need --secret-file"},
      {"--type", "a/b", "not a media subtype"},
      {"--profile", "refresh_token", "not jwt, access_token"},
      {"--clock-skew", "601", "600"},
      {"--clock-skew", "-1", "600"},
      {"--clock-skew", "soon", "soon"},
      {"--clock-skew", "1.5", "1.5"},
      {"--now", "yesterday", "2026-01-31T23:59:59Z"},
      {"--now", "-1", "2026-01-31T23:59:59Z"},
      {"--now", "2026-02-31T00:00:00Z", "2026-01-31T23:59:59Z"},
      {"--now", "2026-01-31T00:00:00Z ", "2026-01-31T23:59:59Z"},
      {"--now", "9223372037", "2026-01-31T23:59:59Z"},
      {"--now", "99999999999999999999", "2026-01-31T23:59:59Z"},
      {"--max-token-age", "0", "3153600000"},
      {"--max-token-age", "3153600001", "3153600000"},
      {"--max-token-age", "old", "old"},
      {"--ca-file", "/no/such/file", "/no/such/file"},
      {"--ca-file", junk.path(), "certificate"},
      {"--jwks", "/no/such/file", "/no/such/file"},
      {"--key", "/no/such/file", "/no/such/file"},
      {"--secret-file", "/no/such/file", "/no/such/file"},
      {"--token-file", "/no/such/file", "/no/such/file"},
      {"--jwks-uri", "ftp://issuer.example/jwks", "http"},
      {"--jwks-uri", "http://127.0.0.1/jwks", "http"},
      {"--issuer", "", "--issuer"},
  };
  for (const auto& wrong : kWrong) {
    check_refused(kJudge + Words{wrong.option, wrong.value}, wrong.option);
    check_refused(kJudge + Words{wrong.option, wrong.value}, wrong.reason);
  }
  check_refused({"inspect", "--now", "yesterday"}, "--now");
  // Not octal.
  const Words batch{"verify", "--batch", "--any-issuer", "--any-audience"};
  check_refused(batch + Words{"--jobs", "010"}, "plain decimals");
  check_refused({"key", "generate", "--algorithm", "RS256", "--rsa-bits", "04000"},
                "plain decimals");
  check_refused({"serve-auth", "--any-issuer", "--any-audience", "--threads", "010"},
                "plain decimals");
  check_refused({"verify", "--any-audience", "--issuer", "ftp://x.example"}, "--issuer");
  check_refused({"verify", "--any-audience", "--issuer", "http://127.0.0.1"}, "--issuer");
  check_refused({"verify", "--issuer", "https://x.example", "--audience", ""}, "--audience");
}

TEST_CASE("a key file that holds no key is refused by name, and not shown") {
  const TemporaryFile junk("s3cret");
  const TemporaryFile empty("");
  const TemporaryFile pem(kEs256Pem);
  for (const std::string option : {"--jwks", "--key", "--secret-file"}) {
    for (const auto* const file : {&junk, &empty}) {
      const Words words = kJudge + Words{option, file->path()};
      check_refused(words, file->path());
      CHECK(run_jwks(words).err.find("s3cret") == std::string::npos);
    }
  }
  check_refused(kJudge + Words{"--secret-file", pem.path()}, pem.path());
  check_refused(kJudge + Words{"--key", pem.path(), "--algorithms", "RS256"}, pem.path());
  check_refused(kJudge + Words{"--jwks", pem.path()}, pem.path());
}

TEST_CASE("options that contradict or need each other are refused by name") {
  const TemporaryFile keys(kEs256Jwks);
  const TemporaryFile secret(std::string(64, 'x'));
  const Words local{"verify", "--jwks", keys.path()};
  const struct {
    Words words;
    std::string complaint;
  } kWrong[] = {
      {{"verify"}, "--issuer"},
      {{"verify", "--any-audience"}, "--issuer"},
      {{"verify", "--any-issuer", "--any-audience"}, "--any-issuer"},
      {local + Words{"--issuer", ""}, "--issuer"},
      {local + Words{"--type", ""}, "--type"},
      {{"verify", "--issuer", "https://x.example", "--jwks-uri", ""}, "--jwks-uri"},
      {{"keys", "--issuer", ""}, "--issuer"},
      {{"keys", "--jwks-uri", ""}, "--jwks-uri"},
      {{"keys", "--file", ""}, "--file"},
      {local + Words{"--clock-skew", "010"}, "--clock-skew"},
      {local + Words{"--clock-skew", "0x10"}, "--clock-skew"},
      {local + Words{"--max-token-age", "+5"}, "--max-token-age"},
      {local + Words{"--any-issuer", "--issuer", "x", "--any-audience"}, "--any-issuer"},
      {local + Words{"--any-issuer", "--audience", "x", "--any-audience"}, "--any-audience"},
      {kJudge + Words{"--jwks", keys.path(), "--jwks-uri", "https://x.example"}, "--jwks"},
      {kJudge + Words{"--jwks", keys.path(), "--key", keys.path()}, "--key"},
      {kJudge + Words{"--jwks", keys.path(), "--secret-file", secret.path()}, "--secret-file"},
      {kJudge + Words{"--secret-file", secret.path(), "--algorithms", "RS256"}, "--algorithms"},
      {kJudge + Words{"--secret-file", secret.path(), "--algorithms", "HS256,RS256"},
       "--algorithms"},
      {kJudge + Words{"--type", "secevent+jwt", "--profile", "access_token"}, "--type"},
      {kJudge + Words{"--profile", "id_token"}, "--audience"},
      {kJudge + Words{"--profile", "id_token", "--required-claims", "events"}, "--audience"},
      {kJudge + Words{"--token-file", keys.path(), "-"}, "--token-file"},
      {kJudge + Words{"--jobs", "2"}, "--jobs"},
      {kJudge + Words{"--batch", "--jobs", "0"}, "--jobs"},
      {kJudge + Words{"--batch", "--jobs", "257"}, "--jobs"},
      {kJudge + Words{"--batch", "--token-file", keys.path()}, "--token-file"},
      {kJudge + Words{"--batch", "/no/such/file"}, "/no/such/file"},
      {kJudge + Words{"--batch", "--algorithms", "ES256,HS256"}, "--algorithms"},
      {kJudge + Words{"--batch", "--jwks", keys.path(), "--algorithms", "HS256"}, "--algorithms"},
      {kJudge + Words{"--batch", "--jwks-uri", "ftp://x.example"}, "--jwks-uri"},
      {{"inspect", "--token-file", keys.path(), "-"}, "--token-file"},
  };
  for (const auto& wrong : kWrong) check_refused(wrong.words, wrong.complaint);
}

}  // namespace
