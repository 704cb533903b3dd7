#include "emulator/program/options.hpp"

#include <CLI/CLI.hpp>
#include <cstdlib>
#include <iostream>
#include <string_view>
#include <utility>
#include <vector>

#include "base/text.hpp"
#include "emulator/program/output.hpp"
#include "jwks/version.hpp"

namespace jwks {
inline namespace v0 {
namespace emulator {
namespace {

constexpr std::string_view kPrefix = "JWKS_EMULATOR_";

constexpr const char* kFooter =
    "Each option can also be given as an environment variable: JWKS_EMULATOR_PORT for --port,\n"
    "JWKS_EMULATOR_SIGNING_KEY for --signing-key, and so on. Options win over variables, and both\n"
    "over the configuration, which is the file of --config, or else the first of these in the\n"
    "working directory: jwks-emulator.{yaml,yml,json}, workos-emulate.config.{yaml,yml,json}.\n\n"
    "Exit status: 0 stopped, or valid; 1 not valid (--validate-config); 2 could not serve.";

std::string variable_of(const CLI::Option& option) {
  std::string name(kPrefix);
  for (const char c : option.get_lnames().front()) {
    name += c == '-' ? '_' : static_cast<char>(c >= 'a' && c <= 'z' ? c - ('a' - 'A') : c);
  }
  return name;
}

/// Options that the command line does not give, from the environment. The parser could do that
/// itself, but would blame an option that nobody gave. *Success:* empty.
std::string read_environment(const std::vector<CLI::Option*>& options) {
  for (CLI::Option* const option : options) {
    const std::string variable = variable_of(*option);
    const char* const value = std::getenv(variable.c_str());  // no other thread is running yet
    if (option->count() > 0 || value == nullptr || *value == '\0') continue;
    try {
      option->add_result(value);
      option->run_callback();
    } catch (const CLI::ParseError&) {
      return variable + " can't be \"" + text::escape(value, 60) + '"';
    }
  }
  return {};
}

}  // namespace

std::variant<ProgramOptions, ExitStatus> parse_options(int argc, char** argv) {
  ProgramOptions said;
  CLI::App app("An issuer of tokens for tests and local development. Never for production.",
               "jwks-emulator");
  app.footer(kFooter);
  app.set_version_flag("--version", "jwks-emulator " JWKS_VERSION_STRING);
  const std::vector<CLI::Option*> options{
      app.add_option("-p,--port", said.port, "Port to listen on; 0 takes a free one [4100]")
          ->type_name("PORT"),
      app.add_option("--host", said.host, "Address to listen on [127.0.0.1]")->type_name("HOST"),
      app.add_option("-c,--config", said.config, "Seed configuration, YAML or JSON")
          ->type_name("FILE"),
      app.add_flag("--validate-config", said.validate_config,
                   "Print what is wrong with the configuration, and exit"),
      app.add_option("--issuer", said.issuer, "\"iss\" of tokens and base of URLs [the bound URL]")
          ->type_name("URL"),
      app.add_option("--signing-key", said.signing_key, "PEM file with the one key to sign with")
          ->type_name("FILE"),
      app.add_option("--kid", said.key_id, "Key ID of the signing key [its thumbprint]")
          ->type_name("ID"),
      app.add_option("--control-token", said.control_token,
                     "What opens /_emulate/ to other machines [generated]")
          ->type_name("TOKEN"),
      app.add_flag("--tls", said.tls, "Serve https, with a throw-away CA"),
      app.add_flag("--interactive", said.interactive, "Let the login page ask who it is"),
      app.add_flag("--auto-issuers", said.auto_issuers, "Make issuers when they are asked for"),
      app.add_flag("--trust-forwarded", said.trust_forwarded,
                   "Take the issuer from X-Forwarded-* headers"),
      app.add_flag("--json", said.json, "Print one line of JSON when ready")};
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& done) {  // --help, --version
    app.exit(done);
    return written() ? ExitStatus::done : fail("can't write to standard output");
  } catch (const CLI::ParseError& error) {
    return fail(error.what());
  }
  if (const std::string problem = read_environment(options); !problem.empty()) {
    return fail(problem);
  }
  // The parser sets flags that nobody gave to false, which is not the same as saying nothing.
  for (const auto& [name, flag] :
       {std::pair("--tls", &said.tls), std::pair("--interactive", &said.interactive),
        std::pair("--auto-issuers", &said.auto_issuers),
        std::pair("--trust-forwarded", &said.trust_forwarded)}) {
    if (app.count(name) == 0) flag->reset();
  }
  if (!said.key_id.empty() && said.signing_key.empty()) return fail("--kid requires --signing-key");
  return said;
}

void apply(const ProgramOptions& said, EmulatorOptions& options) {
  if (said.port) options.port = *said.port;
  if (!said.host.empty()) options.host = said.host;
  if (!said.issuer.empty()) options.issuer = said.issuer;
  if (!said.control_token.empty()) options.control_token = said.control_token;
  options.tls = said.tls.value_or(options.tls);
  options.interactive = said.interactive.value_or(options.interactive);
  options.auto_issuers = said.auto_issuers.value_or(options.auto_issuers);
  options.trust_forwarded = said.trust_forwarded.value_or(options.trust_forwarded);
}

}  // namespace emulator
}  // namespace v0
}  // namespace jwks
