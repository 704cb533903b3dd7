// How jwks-emulator refuses: what it says, in how many lines, and with which status it exits.

#include "unit/emulator/program/program.hpp"

#include "jwks/emulator.hpp"
#include "unit/emulator/http/http_client.hpp"

namespace {

using test::line_count;
using test::Output;
using test::Program;
using test::WorkingDirectory;

}  // namespace

TEST_CASE("validation prints every problem with its path, and exits with 0 or 1", "[emulator]") {
  const WorkingDirectory directory;
  const std::string good =
      directory.write("good.yaml", "organizations: [{name: Acme}]\nroles: []\n");
  Program valid({"--validate-config", "-c", good}, directory);
  CHECK(valid.exit_status() == 0);
  CHECK(valid.output == good + ": valid\n");
  CHECK(valid.errors == good + ": warning: roles: is not emulated, and ignored\n");

  const std::string bad = directory.write(
      "bad.yaml", "organizations: [{id: a}]\nconnectApplications: [{name: X}]\nport: x\n");
  const std::string problems =
      bad + ": port: must be an integer from 0 to 65535, is \"x\"\n" + bad +
      ": organizations[0].name: is required\n" + bad +
      ": connectApplications[0].organization: is required for an application of type m2m\n";
  Program invalid({"--validate-config", "-c", bad}, directory);
  CHECK(invalid.exit_status() == 1);
  CHECK(invalid.output.empty());
  CHECK(invalid.errors == problems);

  Program serving({"-p", "0", "-c", bad}, directory);
  CHECK(serving.exit_status() == 2);
  CHECK(serving.output.empty());
  CHECK(serving.errors == problems);
}

TEST_CASE("an empty configuration is one, and a configuration can come through a pipe",
          "[emulator]") {
  const WorkingDirectory directory;
  Program empty({"--validate-config", "-c", directory.write("empty.yaml", "")}, directory);
  CHECK(empty.exit_status() == 0);
  Program null({"--validate-config", "-c", "/dev/null"}, directory);
  CHECK(null.exit_status() == 0);
}

TEST_CASE("what keeps the program from serving is one clear line, and exit status 2",
          "[emulator]") {
  const WorkingDirectory directory;
  const auto other =
      jwks::emulator::Emulator::start({.keys = {{.algorithm = jwks::Algorithm::es256}}}).value();
  const std::string port = std::to_string(other.port());
  const std::string no_key = directory.write("no.pem", "not a key");
  const std::string binary = directory.write("binary.yaml", std::string("\x7F"
                                                                        "ELF\0\1\2",
                                                                        7));
  const std::string folder = directory.path().string();
  const std::pair<std::vector<std::string>, std::string> rows[] = {
      {{"-p", port}, "port " + port + " is in use"},
      {{"-p", "99999"}, "--port"},
      {{"-p", "-1"}, "--port"},
      {{"-p", "http"}, "--port"},
      {{"-p"}, "--port"},
      {{"-p", "1", "-p", "2"}, "--port"},
      {{"--bogus"}, "--bogus"},
      {{"stray"}, "stray"},
      {{"--tls=maybe"}, "maybe"},
      {{"-p", "0", "--host", "no such host"}, "host"},
      {{"-p", "0", "--issuer", "issuer.example"}, "issuer"},
      {{"-p", "0", "--control-token", "short"}, "control_token"},
      {{"-p", "0", "-c", "/nonexistent.yaml"}, "/nonexistent.yaml: No such file"},
      {{"-p", "0", "-c", folder}, "Is a directory"},
      {{"-p", "0", "-c", binary}, "binary.yaml: line 1: has a control character"},
      {{"-p", "0", "--signing-key", "/nonexistent.pem"}, "/nonexistent.pem: No such file"},
      {{"-p", "0", "--signing-key", folder}, "Is a directory"},
      {{"-p", "0", "--signing-key", no_key}, "--signing-key"},
      {{"-p", "0", "--kid", "x"}, "--signing-key"},
      {{"--validate-config"}, "no configuration"},
  };
  for (const auto& [arguments, part] : rows) {
    CAPTURE(arguments);
    Program program(arguments, directory);
    CHECK(program.exit_status() == 2);
    CAPTURE(program.errors);
    CHECK(program.errors.find(part) != std::string::npos);
    CHECK(line_count(program.errors) == 1);
    CHECK(program.output.empty());
  }
}

TEST_CASE("a bad variable of the environment is named", "[emulator]") {
  const WorkingDirectory directory;
  const std::pair<std::string, std::string> rows[] = {{"JWKS_EMULATOR_PORT", "http"},
                                                      {"JWKS_EMULATOR_PORT", "65536"},
                                                      {"JWKS_EMULATOR_TLS", "maybe"},
                                                      {"JWKS_EMULATOR_JSON", "x\n\x1By"}};
  for (const auto& [name, value] : rows) {
    Program program({}, directory, {{name, value}});
    CHECK(program.exit_status() == 2);
    CAPTURE(program.errors);
    CHECK(program.errors.starts_with("jwks-emulator: " + name));
    CHECK(program.errors.find('\x1B') == std::string::npos);
    CHECK(line_count(program.errors) == 1);
  }
}

TEST_CASE("a program that can't say where it is does not serve", "[emulator]") {
  const WorkingDirectory directory;
  for (const Output output : {Output::closed, Output::full_disk, Output::closed_pipe}) {
    for (const std::vector<std::string>& arguments :
         {std::vector<std::string>{"-p", "0"}, {"-p", "0", "--json"}, {"--help"}, {"--version"}}) {
      CAPTURE(static_cast<int>(output), arguments);
      Program program(arguments, directory, {}, output);
      CHECK(program.exit_status() == 2);
      CHECK(program.errors == "jwks-emulator: can't write to standard output\n");
    }
  }
}

TEST_CASE("the version and the help are answers, not errors", "[emulator]") {
  const WorkingDirectory directory;
  Program version({"--version"}, directory);
  CHECK(version.exit_status() == 0);
  CHECK(version.output.substr(0, 14) == "jwks-emulator ");
  CHECK(line_count(version.output) == 1);
  Program help({"--help"}, directory);
  CHECK(help.exit_status() == 0);
  CHECK(help.output.find("JWKS_EMULATOR_PORT") != std::string::npos);
  CHECK(help.output.find("workos-emulate.config") != std::string::npos);
}
