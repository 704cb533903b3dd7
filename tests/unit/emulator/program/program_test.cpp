// The program as a shell sees it: what it prints, and how it exits.

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "base/base64url.hpp"
#include "base/json.hpp"
#include "emulator/issuer/signing_key.hpp"
#include "jwks/emulator.hpp"
#include "support/catch.hpp"
#include "unit/emulator/http/http_client.hpp"

namespace {

namespace fs = std::filesystem;

/// A running program whose output is read through pipes. Its working directory is empty.
class Program {
 public:
  Program(std::vector<std::string> arguments, const fs::path& directory) {
    arguments.insert(arguments.begin(), JWKS_EMULATOR_PROGRAM);
    std::array<int, 2> out{};
    std::array<int, 2> err{};
    REQUIRE(::pipe2(out.data(), O_CLOEXEC) == 0);
    REQUIRE(::pipe2(err.data(), O_CLOEXEC) == 0);
    std::vector<char*> argv;
    for (std::string& each : arguments) argv.push_back(each.data());
    argv.push_back(nullptr);
    child_ = ::fork();
    if (child_ == 0) {
      ::dup2(out[1], STDOUT_FILENO);
      ::dup2(err[1], STDERR_FILENO);
      if (::chdir(directory.c_str()) == 0) ::execv(argv[0], argv.data());
      ::_exit(127);
    }
    ::close(out[1]);
    ::close(err[1]);
    out_ = out[0];
    err_ = err[0];
  }
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;
  ~Program() {
    if (child_ > 0) {
      ::kill(child_, SIGKILL);
      ::waitpid(child_, nullptr, 0);
    }
    ::close(out_);
    ::close(err_);
  }

  /// Reads the first line of standard output; what follows is not read.
  std::string first_line() {
    std::string line;
    char c = 0;
    while (::read(out_, &c, 1) == 1 && c != '\n') line += c;
    return line;
  }
  void signal(int number) const { ::kill(child_, number); }

  /// Waits for the end; -1 if a signal was it.
  int exit_status() {
    output = read_all(out_);
    errors = read_all(err_);
    int status = 0;
    ::waitpid(child_, &status, 0);
    child_ = 0;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }

  std::string output{};
  std::string errors{};

 private:
  static std::string read_all(int from) {
    std::string text;
    std::array<char, 1024> buffer{};
    for (ssize_t size = 0; (size = ::read(from, buffer.data(), buffer.size())) > 0;) {
      text.append(buffer.data(), static_cast<std::size_t>(size));
    }
    return text;
  }

  pid_t child_ = 0;
  int out_ = -1;
  int err_ = -1;
};

/// An empty directory for one case.
struct Directory {
  Directory() {
    std::string name = (fs::temp_directory_path() / "jwks-emulator-XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    path = name;
  }
  Directory(const Directory&) = delete;
  Directory& operator=(const Directory&) = delete;
  ~Directory() { fs::remove_all(path); }

  std::string write(const std::string& name, const std::string& text) const {
    std::ofstream(path / name) << text;
    return (path / name).string();
  }
  fs::path path;
};

std::string member(const std::string& object, std::string_view name) {
  const auto document = jwks::json::parse_object(object);
  if (!document) return "not JSON";
  const auto value = document->root().find(name);
  return value ? std::string(value->as_string().value_or(value->text())) : std::string();
}

std::size_t lines(const std::string& text) {
  return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

}  // namespace

TEST_CASE("the program serves until a signal ends it, and then exits with 0") {
  const Directory directory;
  for (const int number : {SIGTERM, SIGINT}) {
    Program program({"--port", "0", "--json"}, directory.path);
    const std::string ready = program.first_line();
    CAPTURE(ready);
    const auto port = static_cast<std::uint16_t>(std::stoi(member(ready, "port")));
    CHECK(member(ready, "url") == "http://127.0.0.1:" + std::to_string(port));
    CHECK(member(ready, "issuer") == member(ready, "url"));
    CHECK(member(ready, "health") == member(ready, "url") + "/health");
    CHECK(test::get(port, "/health").status == 200);
    CHECK(test::get(port, "/.well-known/openid-configuration").status == 200);
    program.signal(number);
    CHECK(program.exit_status() == 0);
    CHECK(program.errors.empty());
    CHECK_FALSE(test::Connection(port).connected());
  }
}

TEST_CASE("the program says in plain words that it is for tests only") {
  const Directory directory;
  Program program({"-p", "0"}, directory.path);
  CHECK(program.first_line().find("for tests only") != std::string::npos);
}

TEST_CASE("a configuration in the working directory is found, and its clients can log in") {
  const Directory directory;
  directory.write("jwks-emulator.yaml", R"(
organizations: [{name: Acme, id: org_acme}]
connectApplications:
  - {name: Billing, organization: Acme, client_id: billing, client_secret: secret}
)");
  Program program({"--port", "0", "--json"}, directory.path);
  const std::string ready = program.first_line();
  const auto port = static_cast<std::uint16_t>(std::stoi(member(ready, "port")));
  const auto reply =
      test::post(port, "/oauth2/token", "application/x-www-form-urlencoded",
                 "grant_type=client_credentials&client_id=billing&client_secret=secret");
  CHECK(reply.status == 200);
}

TEST_CASE("a file of the other emulator's name is found, and its scopes come as an array") {
  const Directory directory;
  directory.write("workos-emulate.config.json", R"({
    "organizations": [{"name": "Acme"}],
    "connectApplications": [{"name": "Billing", "organization": "Acme", "client_id": "billing",
                             "client_secret": "secret", "scopes": ["read", "write"]}]})");
  Program program({"--port", "0", "--json"}, directory.path);
  const std::string ready = program.first_line();
  const auto port = static_cast<std::uint16_t>(std::stoi(member(ready, "port")));
  const auto reply = test::post(port, "/oauth2/token", "application/json",
                                R"({"grant_type": "client_credentials", "client_id": "billing",
                                    "client_secret": "secret"})");
  REQUIRE(reply.status == 200);
  const std::string token = member(reply.body, "access_token");
  const std::size_t payload = token.find('.') + 1;
  const auto claims =
      jwks::base64url::decode(token.substr(payload, token.rfind('.') - payload)).value_or("");
  CHECK(member(claims, "scp") == R"(["read","write"])");
  CHECK(member(claims, "scope").empty());
}

TEST_CASE("a pinned key and issuer are served") {
  const Directory directory;
  const auto key = jwks::emulator::SigningKey::generate(jwks::Algorithm::es384).value();
  const std::string pem = directory.write("key.pem", key.private_pem().value());
  Program program({"-p", "0", "--json", "--signing-key", pem, "--kid", "pinned", "--issuer",
                   "https://issuer.example"},
                  directory.path);
  const std::string ready = program.first_line();
  CHECK(member(ready, "issuer") == "https://issuer.example");
  const auto port = static_cast<std::uint16_t>(std::stoi(member(ready, "port")));
  const std::string jwks = test::get(port, "/oauth2/jwks").body;
  CHECK(jwks.find(R"("kid":"pinned")") != std::string::npos);
  CHECK(jwks.find(R"("alg":"ES384")") != std::string::npos);
  CHECK(jwks.find("RSA") == std::string::npos);
}

TEST_CASE("validation prints every problem and exits with 0 or 1") {
  const Directory directory;
  const std::string good = directory.write("good.yaml", "organizations: [{name: Acme}]\n");
  Program valid({"--validate-config", "-c", good}, directory.path);
  CHECK(valid.exit_status() == 0);
  CHECK(valid.errors.empty());

  const std::string bad = directory.write(
      "bad.yaml", "organizations: [{id: a}, {id: '?'}]\nconnectApplications: [{name: X}]\n");
  Program invalid({"--validate-config", "-c", bad}, directory.path);
  CHECK(invalid.exit_status() == 1);
  CHECK(invalid.errors.find("organizations[0].name: is required") != std::string::npos);
  CHECK(invalid.errors.find("organizations[1].id: ") != std::string::npos);
  CHECK(invalid.errors.find("connectApplications[0].organization: ") != std::string::npos);

  Program serving({"-p", "0", "-c", bad}, directory.path);
  CHECK(serving.exit_status() == 2);
}

TEST_CASE("what keeps the program from serving is one clear line, and exit status 2") {
  const Directory directory;
  const auto other =
      jwks::emulator::Emulator::start({.keys = {{.algorithm = jwks::Algorithm::es256}}}).value();
  const std::string port = std::to_string(other.port());
  const std::string no_key = directory.write("no.pem", "not a key");
  const std::pair<std::vector<std::string>, std::string> rows[] = {
      {{"-p", port}, "port " + port + " is in use"},
      {{"-p", "99999"}, "--port"},
      {{"-p", "-1"}, "--port"},
      {{"--bogus"}, "--bogus"},
      {{"stray"}, "stray"},
      {{"-p", "0", "--host", "no such host"}, "host"},
      {{"-p", "0", "--issuer", "issuer.example"}, "issuer"},
      {{"-p", "0", "-c", "/nonexistent.yaml"}, "/nonexistent.yaml"},
      {{"-p", "0", "--signing-key", "/nonexistent.pem"}, "/nonexistent.pem"},
      {{"-p", "0", "--signing-key", no_key}, "--signing-key"},
      {{"-p", "0", "--kid", "x"}, "--signing-key"},
      {{"--validate-config"}, "no configuration"},
  };
  for (const auto& [arguments, part] : rows) {
    CAPTURE(arguments);
    Program program(arguments, directory.path);
    CHECK(program.exit_status() == 2);
    CHECK(program.errors.find(part) != std::string::npos);
    CHECK(lines(program.errors) == 1);
    CHECK(program.output.empty());
  }
}

TEST_CASE("an option can come from the environment, and a flag wins over it") {
  const Directory directory;
  REQUIRE(::setenv("JWKS_EMULATOR_ISSUER", "https://environment.example", 1) == 0);
  Program environment({"-p", "0", "--json"}, directory.path);
  Program flag({"-p", "0", "--json", "--issuer", "https://flag.example"}, directory.path);
  ::unsetenv("JWKS_EMULATOR_ISSUER");
  CHECK(member(environment.first_line(), "issuer") == "https://environment.example");
  CHECK(member(flag.first_line(), "issuer") == "https://flag.example");
}

TEST_CASE("the version and the help are answers, not errors") {
  const Directory directory;
  Program version({"--version"}, directory.path);
  CHECK(version.exit_status() == 0);
  CHECK(version.output.substr(0, 14) == "jwks-emulator ");
  Program help({"--help"}, directory.path);
  CHECK(help.exit_status() == 0);
  CHECK(help.output.find("JWKS_EMULATOR_PORT") != std::string::npos);
}
