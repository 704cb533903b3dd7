// jwks-emulator: the emulator as a program. Exit status: 0 stopped or valid, 1 an invalid
// configuration under --validate-config, 2 anything that keeps it from serving.

#include <csignal>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <iterator>
#include <optional>
#include <string>

#include "emulator/config/config.hpp"
#include "emulator/issuer/signing_key.hpp"
#include "emulator/json_text.hpp"
#include "jwks/emulator.hpp"
#include "jwks/version.hpp"

namespace {

using namespace jwks::emulator;  // NOLINT(google-build-using-namespace): its own program

constexpr int kInvalid = 1;
constexpr int kFailed = 2;

struct Options {
  std::string host = "127.0.0.1";
  std::uint16_t port = 4100;
  std::string issuer{};
  std::string signing_key{};
  std::string key_id{};
  std::string config{};
  bool validate_config = false;
  bool json = false;
};

int fail(const std::string& why) {
  std::cerr << "jwks-emulator: " << why << '\n';
  return kFailed;
}

std::optional<std::string> read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return std::nullopt;
  std::string text{std::istreambuf_iterator<char>(file), {}};
  if (file.bad()) return std::nullopt;
  return text;
}

/// The configuration to use: the one asked for, else the first of the usual names that exists.
std::string config_path(const Options& options) {
  if (!options.config.empty()) return options.config;
  for (const char* stem : {"jwks-emulator", "workos-emulate.config"}) {
    for (const char* extension : {".yaml", ".yml", ".json"}) {
      const std::string path = std::string(stem) + extension;
      if (std::ifstream(path)) return path;
    }
  }
  return {};
}

void print_json(const Emulator& emulator) {
  std::vector<std::string> applications;
  for (const Application& each : emulator.applications()) {
    applications.push_back(JsonObject()
                               .string("name", each.name)
                               .string("client_id", each.client_id)
                               .string("client_secret", each.client_secret)
                               .text());
  }
  std::cout << JsonObject()
                   .string("url", emulator.url())
                   .number("port", emulator.port())
                   .string("issuer", emulator.issuer())
                   .string("jwks_uri", emulator.jwks_uri())
                   .string("health", emulator.url() + "/health")
                   .raw("applications", array_of(applications))
                   .text()
            << '\n'
            << std::flush;
}

void print_story(const Emulator& emulator, const EmulatorOptions& config) {
  std::cout << "jwks-emulator " JWKS_VERSION_STRING
               ": an issuer for tests only. Anybody on this machine can mint its tokens.\n"
            << "listening  " << emulator.url() << '\n'
            << "issuer     " << emulator.issuer() << '\n'
            << "JWK Set    " << emulator.jwks_uri() << '\n'
            << "health     " << emulator.url() << "/health\n";
  const std::vector<Application> applications = emulator.applications();
  for (std::size_t i = 0; i < applications.size(); ++i) {
    std::cout << "client     " << applications[i].client_id;
    if (config.applications[i].client_secret.empty()) {
      std::cout << "  secret " << applications[i].client_secret;
    }
    std::cout << "  (" << applications[i].name << ")\n";
  }
  std::cout << std::flush;
}

/// Blocks the signals that end the program, in this thread and in those it starts.
sigset_t block_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  return signals;
}

int run(const Options& options) {
  EmulatorOptions emulator_options{
      .host = options.host, .port = options.port, .issuer = options.issuer};
  LoadedConfig loaded;
  const std::string path = config_path(options);
  if (!path.empty()) {
    const auto text = read_file(path);
    if (!text) return fail("cannot read the configuration " + path);
    loaded = load_config(*text);
    for (const SeedProblem& each : loaded.warnings) {
      std::cerr << path << ": warning: " << to_string(each) << '\n';
    }
    for (const SeedProblem& each : loaded.problems) {
      std::cerr << path << ": " << to_string(each) << '\n';
    }
    if (options.validate_config) {
      if (!loaded.problems.empty()) return kInvalid;
      std::cout << path << ": valid\n";
      return 0;
    }
    if (!loaded.problems.empty()) return fail("the configuration " + path + " is not valid");
    emulator_options.organizations = loaded.options.organizations;
    emulator_options.applications = loaded.options.applications;
    // What reads tokens in the style of such files looks for the array claim.
    const std::string name = path.substr(path.rfind('/') + 1);
    emulator_options.scopes_as_array = name.starts_with("workos-emulate.");
  } else if (options.validate_config) {
    return fail("there is no configuration to validate");
  }

  if (!options.signing_key.empty()) {
    const auto pem = read_file(options.signing_key);
    if (!pem) return fail("cannot read the signing key " + options.signing_key);
    const auto algorithm = algorithm_for_pem(*pem);
    if (!algorithm) {
      return fail("--signing-key: not an unencrypted RSA, EC or Ed25519 private key in PEM");
    }
    emulator_options.keys = {
        KeyOptions{.algorithm = *algorithm, .pem = *pem, .key_id = options.key_id}};
  }

  const sigset_t signals = block_signals();
  const auto emulator = Emulator::start(std::move(emulator_options));
  if (!emulator) return fail(emulator.error().message());
  if (options.json) {
    print_json(*emulator);
  } else {
    print_story(*emulator, loaded.options);
  }
  int signal = 0;
  sigwait(&signals, &signal);
  emulator->stop();
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    Options options;
    CLI::App app("An issuer of tokens for tests and local development. Never for production.",
                 "jwks-emulator");
    app.add_option("-p,--port", options.port, "Port to listen on; 0 takes a free one")
        ->capture_default_str()
        ->envname("JWKS_EMULATOR_PORT");
    app.add_option("--host", options.host, "Address to listen on")
        ->capture_default_str()
        ->envname("JWKS_EMULATOR_HOST");
    app.add_option("--issuer", options.issuer, "\"iss\" of tokens and base of URLs [the bound URL]")
        ->envname("JWKS_EMULATOR_ISSUER");
    auto* signing_key = app.add_option("--signing-key", options.signing_key,
                                       "PEM file with the one key to sign with")
                            ->envname("JWKS_EMULATOR_SIGNING_KEY");
    app.add_option("--kid", options.key_id, "Key ID of the signing key [its thumbprint]")
        ->envname("JWKS_EMULATOR_KID")
        ->needs(signing_key);
    app.add_option("-c,--config", options.config, "Seed configuration, YAML or JSON")
        ->envname("JWKS_EMULATOR_CONFIG");
    app.add_flag("--validate-config", options.validate_config,
                 "Check the configuration and exit with 0 or 1")
        ->envname("JWKS_EMULATOR_VALIDATE_CONFIG");
    app.add_flag("--json", options.json, "Print one line of JSON when ready")
        ->envname("JWKS_EMULATOR_JSON");
    app.set_version_flag("--version", "jwks-emulator " JWKS_VERSION_STRING);
    try {
      app.parse(argc, argv);
    } catch (const CLI::Success& done) {
      return app.exit(done);  // --help, --version
    } catch (const CLI::ParseError& error) {
      return fail(error.what());
    }
    return run(options);
  } catch (const std::exception& error) {
    return fail(error.what());
  }
}
