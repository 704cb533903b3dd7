#include "cli/arguments.hpp"

#include <CLI/CLI.hpp>
#include <charconv>
#include <cstdint>
#include <ctime>
#include <string_view>
#include <system_error>

#include "jwks/version.hpp"

namespace jwks::cli {
namespace {

constexpr const char* kDescription =
    "Verifies JSON Web Tokens as the library jwks-cpp does.\n\n"
    "Exit status: 0 accepted, 1 rejected, 2 wrong usage, 3 keys unavailable.";

/// Seconds since 1970, or a UTC time as 2026-01-31T23:59:59Z.
std::optional<std::chrono::sys_seconds> parse_time(const std::string& text) {
  std::int64_t seconds = 0;
  const char* const last = text.data() + text.size();
  if (const auto [end, error] = std::from_chars(text.data(), last, seconds);
      error == std::errc() && end == last) {
    return std::chrono::sys_seconds(std::chrono::seconds(seconds));
  }
  std::tm time{};
  const char* const end = strptime(text.c_str(), "%Y-%m-%dT%H:%M:%SZ", &time);
  if (end == nullptr || *end != '\0') return std::nullopt;
  return std::chrono::sys_seconds(std::chrono::seconds(timegm(&time)));
}

CLI::Validator is_time() {
  return {[](const std::string& text) {
            return parse_time(text) ? std::string()
                                    : "neither seconds since 1970 nor like 2026-01-31T23:59:59Z";
          },
          "TIME", "time"};
}

CLI::Validator is_algorithm() {
  return {[](const std::string& name) {
            return algorithm_from_name(name)
                       ? std::string()
                       : "not a signature algorithm; there are RS256, RS384, RS512, PS256, PS384, "
                         "PS512, ES256, ES384, ES512, EdDSA and Ed25519";
          },
          "ALG", "algorithm"};
}

void add_network_options(CLI::App& command, KeyLocation& keys) {
  command.add_flag("--allow-loopback-http", keys.allow_loopback_http,
                   "Accept http:// URLs on this machine, for tests");
  command.add_option("--ca-file", keys.ca_file, "PEM file of the authorities to trust for https")
      ->check(CLI::ExistingFile);
}

/// The texts that become other types once everything is parsed.
struct Raw {
  std::vector<std::string> algorithms{};
  std::int64_t clock_skew = 60;
  std::string now{};
};

CLI::App* add_verify(CLI::App& app, VerifyArguments& arguments, Raw& raw) {
  CLI::App* const command = app.add_subcommand("verify", "Verify a token");
  command->add_option("token", arguments.token,
                      "The token; - (default) reads standard input, which keeps it out of the "
                      "shell's history and the list of processes");
  command->add_option("--issuer", arguments.keys.issuer,
                      "Expected \"iss\"; its keys are found by discovery unless given otherwise");
  command->add_flag("--any-issuer", arguments.any_issuer, "Don't check \"iss\" (local keys only)");
  command->add_option("--audience", arguments.audiences, "Accepted \"aud\"; may be repeated")
      ->allow_extra_args(false);  // or it would swallow the token
  command->add_flag("--any-audience", arguments.any_audience, "Don't check \"aud\"");

  CLI::Option_group* const where = command->add_option_group("keys", "Where the keys are");
  where->add_option("--jwks", arguments.keys.jwks_file, "File with a JWK Set")
      ->check(CLI::ExistingFile);
  where->add_option("--jwks-uri", arguments.keys.jwks_uri, "URL of the JWK Set");
  CLI::Option* const pem =
      where->add_option("--key", arguments.keys.pem_file, "PEM file with one public key")
          ->check(CLI::ExistingFile);
  where->require_option(0, 1);
  add_network_options(*command, arguments.keys);

  CLI::Option* const algorithms =
      command->add_option("--algorithms", raw.algorithms, "Allow-list, comma-separated")
          ->delimiter(',')
          ->allow_extra_args(false)
          ->check(is_algorithm());
  pem->needs(algorithms);
  command->add_option("--clock-skew", raw.clock_skew, "Tolerance in seconds")
      ->check(CLI::Range(0, 600))
      ->capture_default_str();
  command->add_option("--now", raw.now, "Judge as if it were this time")->check(is_time());
  command->add_flag("--json", arguments.json, "Print the result as one JSON object");
  return command;
}

CLI::App* add_keys(CLI::App& app, KeysArguments& arguments) {
  CLI::App* const command = app.add_subcommand("keys", "List the keys of a JWK Set");
  CLI::Option_group* const where = command->add_option_group("keys", "Where the keys are");
  where->add_option("--issuer", arguments.keys.issuer, "Issuer to find them by discovery");
  where->add_option("--jwks-uri", arguments.keys.jwks_uri, "URL of the JWK Set");
  where->add_option("--file", arguments.keys.jwks_file, "File with a JWK Set")
      ->check(CLI::ExistingFile);
  where->require_option(1);
  add_network_options(*command, arguments.keys);
  return command;
}

/// What CLI11 can't express; throws its error.
void complete(VerifyArguments& arguments, const Raw& raw) {
  const KeyLocation& keys = arguments.keys;
  const bool local = !keys.jwks_file.empty() || !keys.pem_file.empty();
  if (arguments.any_issuer && (!local || !keys.issuer.empty())) {
    throw CLI::ValidationError("--any-issuer", "needs --jwks or --key, and no --issuer");
  }
  if (!arguments.any_issuer && keys.issuer.empty()) throw CLI::RequiredError("--issuer");
  if (arguments.any_audience != arguments.audiences.empty()) {
    throw CLI::ValidationError("--audience", "give at least one, or --any-audience");
  }
  for (const std::string& name : raw.algorithms) {
    arguments.algorithms.push_back(algorithm_from_name(name).value());
  }
  if (!keys.pem_file.empty() && arguments.algorithms.size() != 1) {
    throw CLI::ValidationError("--algorithms", "a key from --key is for exactly one");
  }
  arguments.clock_skew = std::chrono::seconds(raw.clock_skew);
  if (!raw.now.empty()) arguments.now = parse_time(raw.now);
}

}  // namespace

Parsed parse_arguments(int argc, char** argv) {
  CLI::App app(kDescription, "jwks");
  app.set_version_flag("--version", "jwks " JWKS_VERSION_STRING);
  app.require_subcommand(1);
  VerifyArguments verify;
  Raw raw;
  KeysArguments keys;
  const CLI::App* const verify_command = add_verify(app, verify, raw);
  add_keys(app, keys);
  try {
    app.parse(argc, argv);
    if (!verify_command->parsed()) return Command(keys);
    complete(verify, raw);
    return Command(verify);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? Status::accepted : Status::usage;
  }
}

}  // namespace jwks::cli
