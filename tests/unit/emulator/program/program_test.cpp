// The program as a shell sees it: what it reads, what it prints, and how it ends.

#include "unit/emulator/program/program.hpp"

#include <regex>

#include "base/base64url.hpp"
#include "emulator/issuer/signing_key.hpp"
#include "jwks/emulator.hpp"
#include "support/eventually.hpp"
#include "unit/emulator/http/http_client.hpp"

namespace {

using test::line_count;
using test::member;
using test::Output;
using test::port_of;
using test::Program;
using test::WorkingDirectory;

constexpr const char* kClient = R"(
organizations: [{name: Acme, id: org_acme}]
connectApplications:
  - {name: Billing, organization: Acme, client_id: billing, client_secret: secret,
     scopes: [read, write]}
)";

std::string claims_of_new_token(std::uint16_t port) {
  const auto reply =
      test::post(port, "/oauth2/token", "application/x-www-form-urlencoded",
                 "grant_type=client_credentials&client_id=billing&client_secret=secret");
  CHECK(reply.status == 200);
  const std::string token = member(reply.body, "access_token");
  const std::size_t payload = token.find('.') + 1;
  return jwks::base64url::decode(token.substr(payload, token.rfind('.') - payload)).value_or("");
}

/// What differs from run to run, by a name for it.
std::string without_accidents(std::string text, std::uint16_t port) {
  const std::pair<std::string, std::string> accidents[] = {
      {":" + std::to_string(port) + "\\b", ":PORT"},
      {"\"port\":" + std::to_string(port), "\"port\":PORT"},
      {"\"control_token\":\"[A-Za-z0-9_-]{43}\"", "\"control_token\":\"TOKEN\""},
      {"control token  [A-Za-z0-9_-]{43}", "control token  TOKEN"},
      {"client_[A-Za-z0-9_-]{20,}", "client_ID"},
      {"secret  ?[A-Za-z0-9_-]{20,}", "secret SECRET"},
      {"jwks-emulator [0-9.]+", "jwks-emulator VERSION"}};
  for (const auto& [pattern, name] : accidents) {
    text = std::regex_replace(text, std::regex(pattern), name);
  }
  return text;
}

}  // namespace

TEST_CASE("the program serves until a signal ends it, and then exits with 0", "[emulator]") {
  const WorkingDirectory directory;
  for (const int number : {SIGTERM, SIGINT}) {
    Program program({"--port", "0", "--json"}, directory);
    const std::string ready = program.first_line();
    CAPTURE(ready);
    const std::uint16_t port = port_of(ready);
    CHECK(test::get(port, "/health").status == 200);
    CHECK(test::get(port, "/.well-known/openid-configuration").status == 200);
    program.signal(number);
    CHECK(program.exit_status() == 0);
    CHECK(program.output.empty());
    CHECK(program.errors.empty());
    CHECK_FALSE(test::Connection(port).connected());
  }
}

TEST_CASE("a signal ends the program while a client is stalled", "[emulator]") {
  const WorkingDirectory directory;
  directory.write("jwks-emulator.yaml", "faults: [{kind: stall_headers, path: /oauth2/jwks}]");
  Program program({"-p", "0", "--json"}, directory);
  const std::string ready = program.first_line();
  const test::Connection silent(port_of(ready));
  test::Connection stalled(port_of(ready));
  stalled.send("GET /oauth2/jwks HTTP/1.1\r\nHost: x\r\n\r\n");
  const auto was_asked = [&] {
    return test::get(port_of(ready), "/_emulate/journal").body.find("/oauth2/jwks") !=
           std::string::npos;
  };
  CHECK(test::eventually(was_asked));
  program.signal(SIGTERM);
  CHECK(program.exit_status() == 0);
}

TEST_CASE("two programs serve at once, each on a free port of its own", "[emulator]") {
  const WorkingDirectory directory;
  Program one({"-p", "0", "--json"}, directory);
  Program other({"-p", "0", "--json"}, directory);
  const std::uint16_t first = port_of(one.first_line());
  const std::uint16_t second = port_of(other.first_line());
  CHECK(first != second);
  CHECK(test::get(first, "/health").status == 200);
  CHECK(test::get(second, "/health").status == 200);
  one.signal(SIGTERM);
  CHECK(one.exit_status() == 0);
  CHECK(test::get(second, "/health").status == 200);
}

TEST_CASE("people are told that it is for tests only, where it is and how to get in",
          "[emulator]") {
  const WorkingDirectory directory;
  directory.write("jwks-emulator.yaml", kClient + std::string(R"(
  - {name: "New \u00e9", organization: Acme}
  - {name: Shop, type: oauth, public: true, client_id: shop, redirect_uris: ["http://a/b"]}
)"));
  const std::pair<std::vector<std::string>, std::string> rows[] = {
      {{"-p", "0"},
       R"(jwks-emulator VERSION: an issuer for tests only.
Anybody on this machine can mint its tokens.

  listening      http://127.0.0.1:PORT
  issuer         http://127.0.0.1:PORT
  JWK Set        http://127.0.0.1:PORT/.well-known/jwks.json
  health         http://127.0.0.1:PORT/health
  control        http://127.0.0.1:PORT/_emulate/openapi.json
  API key        sk_test_default
  control token  TOKEN
  client         billing  (Billing)
  client         client_ID  secret SECRET  (New \xc3\xa9)
  client         shop  (Shop)
)"},
      {{"-p", "0", "--host", "0.0.0.0", "--tls", "--issuer", "https://idp.example"},
       R"(jwks-emulator VERSION: an issuer for tests only.
It can be reached from other machines: whoever has the control token can mint its tokens.

  listening      https://127.0.0.1:PORT
  issuer         https://idp.example
  JWK Set        https://127.0.0.1:PORT/.well-known/jwks.json
  health         https://127.0.0.1:PORT/health
  control        https://127.0.0.1:PORT/_emulate/openapi.json
  CA certificate https://127.0.0.1:PORT/_emulate/ca.pem
  API key        sk_test_default
  control token  TOKEN
  client         billing  (Billing)
  client         client_ID  secret SECRET  (New \xc3\xa9)
  client         shop  (Shop)
)"}};
  for (const auto& [arguments, story] : rows) {
    Program program(arguments, directory);
    std::string told;
    for (std::string line = program.first_line(); line.find("(Shop)") == std::string::npos;
         line = program.first_line()) {
      if (line.empty() && told.empty()) FAIL("nothing was printed");
      told += line + '\n';
    }
    told += "  client         shop  (Shop)\n";
    const std::size_t colon = told.find(":", told.find("://127.0.0.1") + 3);
    const int port = std::atoi(told.substr(colon + 1).c_str());
    program.signal(SIGTERM);
    CHECK(program.exit_status() == 0);
    CHECK(program.output.empty());
    CHECK(without_accidents(told, static_cast<std::uint16_t>(port)) == story);
  }
}

TEST_CASE("programs are told the same in one line of JSON", "[emulator]") {
  const WorkingDirectory directory;
  directory.write("jwks-emulator.yaml", kClient);
  Program program({"--port", "0", "--json"}, directory);
  const std::string ready = program.first_line();
  CHECK(without_accidents(ready, port_of(ready)) ==
        R"({"url":"http://127.0.0.1:PORT","port":PORT,"issuer":"http://127.0.0.1:PORT",)"
        R"("jwks_uri":"http://127.0.0.1:PORT/.well-known/jwks.json",)"
        R"("health":"http://127.0.0.1:PORT/health","api_key":"sk_test_default",)"
        R"("control_token":"TOKEN","applications":[{"name":"Billing","client_id":"billing",)"
        R"("client_secret":"secret"}]})");
  Program secure({"--port", "0", "--json", "--tls"}, directory);
  const std::string secure_ready = secure.first_line();
  CHECK(member(secure_ready, "ca") == member(secure_ready, "url") + "/_emulate/ca.pem");
  CHECK(member(secure_ready, "url").starts_with("https://"));
}

TEST_CASE("a configuration in the working directory is found, ours before others'", "[emulator]") {
  const WorkingDirectory directory;
  const std::string names[] = {"workos-emulate.config.json", "workos-emulate.config.yml",
                               "workos-emulate.config.yaml", "jwks-emulator.json",
                               "jwks-emulator.yml",          "jwks-emulator.yaml"};
  for (const std::string& name : names) {  // each before those that are there already
    directory.write(name, "{\"issuer\": \"https://" + name + ".example\"}");
    Program program({"-p", "0", "--json"}, directory);
    CHECK(member(program.first_line(), "issuer") == "https://" + name + ".example");
  }
}

TEST_CASE("clients of a configuration can log in", "[emulator]") {
  const WorkingDirectory directory;
  directory.write("jwks-emulator.yaml", kClient);
  Program program({"--port", "0", "--json"}, directory);
  const std::string claims = claims_of_new_token(port_of(program.first_line()));
  CHECK(member(claims, "org_id") == "org_acme");
  CHECK(member(claims, "scope") == "read write");
  CHECK(member(claims, "scp").empty());
}

TEST_CASE("a file of the other emulator's name grants scopes as an array", "[emulator]") {
  const WorkingDirectory directory;
  const std::string path = directory.write("workos-emulate.config.yaml", kClient);
  Program found({"--port", "0", "--json"}, directory);
  const std::string claims = claims_of_new_token(port_of(found.first_line()));
  CHECK(member(claims, "scp") == R"(["read","write"])");
  CHECK(member(claims, "scope").empty());

  directory.write("workos-emulate.config.yaml", "scopes_as_array: false\n" + std::string(kClient));
  Program told({"--port", "0", "--json", "-c", path}, directory);
  CHECK(member(claims_of_new_token(port_of(told.first_line())), "scope") == "read write");
}

TEST_CASE("a pinned key and issuer are served", "[emulator]") {
  const WorkingDirectory directory;
  const auto key = jwks::emulator::SigningKey::generate(jwks::Algorithm::es384).value();
  const std::string pem = directory.write("key.pem", key.private_pem().value());
  Program program({"-p", "0", "--json", "--signing-key", pem, "--kid", "pinned", "--issuer",
                   "https://issuer.example"},
                  directory);
  const std::string ready = program.first_line();
  CHECK(member(ready, "issuer") == "https://issuer.example");
  const std::string jwks = test::get(port_of(ready), "/oauth2/jwks").body;
  CHECK(jwks.find(R"("kid":"pinned")") != std::string::npos);
  CHECK(jwks.find(R"("alg":"ES384")") != std::string::npos);
  CHECK(jwks.find("RSA") == std::string::npos);
}

TEST_CASE("a flag wins over the environment, and that over the configuration", "[emulator]") {
  const WorkingDirectory directory;
  directory.write("jwks-emulator.yaml",
                  "port: 0\nissuer: https://file.example\ntls: true\nauto_issuers: true");
  const Program::Environment environment{{"JWKS_EMULATOR_ISSUER", "https://variable.example"},
                                         {"JWKS_EMULATOR_TLS", "false"},
                                         {"JWKS_EMULATOR_AUTO_ISSUERS", ""},
                                         {"JWKS_EMULATOR_CONTROL_TOKEN", "0123456789abcdef"},
                                         {"JWKS_EMULATOR_JSON", "1"}};
  Program file({"--json"}, directory);
  const std::string from_file = file.first_line();
  CHECK(member(from_file, "issuer") == "https://file.example");
  CHECK(member(from_file, "url").starts_with("https://127"));

  Program variable({}, directory, environment);
  const std::string from_variable = variable.first_line();
  CHECK(member(from_variable, "issuer") == "https://variable.example");
  CHECK(member(from_variable, "url").starts_with("http://127"));
  CHECK(member(from_variable, "control_token") == "0123456789abcdef");
  CHECK(test::get(port_of(from_variable), "/some-tenant/oauth2/jwks").status == 200);

  Program flag({"--issuer", "https://flag.example", "--tls", "--auto-issuers=false"}, directory,
               environment);
  const std::string from_flag = flag.first_line();
  CHECK(member(from_flag, "issuer") == "https://flag.example");
  CHECK(member(from_flag, "url").starts_with("https://127"));
}

TEST_CASE("every option can come from the environment", "[emulator]") {
  const WorkingDirectory directory;
  Program help({"--help"}, directory);
  CHECK(help.exit_status() == 0);
  std::vector<std::string> options;
  const std::regex option("\n  (?:-[a-z],)?--([a-z-]+)");
  for (std::sregex_iterator at(help.output.begin(), help.output.end(), option), end; at != end;
       ++at) {
    if ((*at)[1] != "help" && (*at)[1] != "version") options.push_back((*at)[1]);
  }
  REQUIRE(options.size() == 13);
  CHECK(options.front() == "port");  // see "a bad variable of the environment is named"
  options.erase(options.begin());
  for (std::string name : options) {
    std::transform(name.begin(), name.end(), name.begin(),
                   [](char c) { return c == '-' ? '_' : static_cast<char>(c - ('a' - 'A')); });
    CAPTURE(name);
    // A value that every option has something against.
    Program program({"-p", "0"}, directory, {{"JWKS_EMULATOR_" + name, "/not a value/"}});
    CHECK(program.exit_status() == 2);
    CHECK(line_count(program.errors) == 1);
  }
}
