// `jwks key`: new key pairs for tests, keys in another form, and thumbprints.

#include <CLI/CLI.hpp>
#include <algorithm>
#include <iostream>
#include <memory>
#include <utility>
#include <vector>

#include "base/json.hpp"
#include "base/text.hpp"
#include "cli/algorithm_names.hpp"
#include "cli/command.hpp"
#include "cli/key/key_reader.hpp"
#include "cli/key/key_writer.hpp"
#include "cli/options.hpp"
#include "cli/progress.hpp"
#include "cli/terminal.hpp"
#include "crypto/key_kind.hpp"

namespace jwks::cli {
namespace {

using emulator::SigningKey;

struct KeyArguments {
  std::string input = "-";  ///< "-": standard input
  KeyNames names{};
  unsigned rsa_bits = 2048;
  KeyOutput output{};
  bool as_uri = false;
};

bool is_for_rsa(Algorithm algorithm) { return crypto::suits(algorithm, crypto::KeyKind::rsa); }

Status refuse(const std::string& path, const Error& error) {
  complain(path, error);
  return Status::usage;
}

Status generate(const KeyArguments& arguments) {
  auto pair = [&arguments] {
    const Waiting waiting("looking for primes");
    return SigningKey::generate(arguments.names.algorithm.value(), arguments.names.key_id,
                                arguments.rsa_bits);
  }();
  if (!pair) {
    complain(pair.error());
    return Status::usage;
  }
  auto key = Jwk::parse(pair->public_jwk());
  if (!key) {
    complain(key.error());
    return Status::usage;
  }
  return write_key({std::move(key).value(), std::move(pair).value()}, arguments.output);
}

Status convert(const KeyArguments& arguments) {
  const auto text = read_input(arguments.input, kMaxKeyBytes);
  if (!text) return Status::usage;
  const auto key = read_key(*text, arguments.names);
  if (!key) return refuse(arguments.input, key.error());
  return write_key(*key, arguments.output);
}

std::string thumbprint_of(const Jwk& key, bool as_uri) {
  return as_uri ? key.thumbprint_uri() : std::string(key.thumbprint());
}

/// Each key of a set with its kid. One that can't be used has no thumbprint to rely on: the others
/// are printed, and the status tells.
Status print_thumbprints(JsonValue keys, const KeyArguments& arguments) {
  Status status = Status::accepted;
  int number = 0;
  for (const JsonValue entry : keys) {
    ++number;
    const auto key = read_key(entry.text());
    if (!key) {
      complain(shown_path(arguments.input) + ": key " + std::to_string(number) + ": " +
               key.error().message());
      status = Status::usage;
      continue;
    }
    const auto kid = entry.find("kid");
    std::cout << thumbprint_of(key->key, arguments.as_uri);
    if (kid) std::cout << "  " << text::escape(kid->as_string().value_or(""));
    std::cout << '\n';
  }
  return status;
}

Status thumbprint(const KeyArguments& arguments) {
  const auto text = read_input(arguments.input, JwkSet::kMaxBytes);
  if (!text) return Status::usage;
  const auto document = json::parse_object(*text, {.depth = 16});
  const auto keys = document ? document->root().find("keys") : std::nullopt;
  if (keys && keys->is_array()) return print_thumbprints(*keys, arguments);
  const auto key = read_key(*text);
  if (!key) return refuse(arguments.input, key.error());
  std::cout << thumbprint_of(key->key, arguments.as_uri) << '\n';
  return Status::accepted;
}

// --- Options ---

CLI::Validator is_key_algorithm() {
  return {[](const std::string& name) {
            const auto algorithm = algorithm_from_name(name);
            if (algorithm && kEveryKeyPair.contains(*algorithm)) return std::string();
            return "not an algorithm of key pairs; there are " + list_names(kKeyPairAlgorithms);
          },
          "", "algorithm"};
}

using Arguments = std::shared_ptr<KeyArguments>;

CLI::Option* add_algorithm(CLI::App& command, const Arguments& arguments) {
  return command
      .add_option_function<std::string>(
          "--algorithm",
          [arguments](const std::string& name) {
            arguments->names.algorithm = algorithm_from_name(name);
          },
          "What the key is for [what it says, or the usual one of its type]")
      ->check(is_key_algorithm())
      ->type_name("ALG");
}

CLI::Option* add_format(CLI::App& command, const Arguments& arguments, const char* name) {
  return command
      .add_option_function<std::string>(
          name,
          [arguments](const std::string& form) {
            arguments->output.format = form == "pem" ? KeyFormat::pem : KeyFormat::jwk;
          },
          "Form of the key: jwk or pem")
      ->check(CLI::IsMember({"jwk", "pem"}).description(""))
      ->type_name("FORM");
}

void add_input(CLI::App& command, const Arguments& arguments, const char* what) {
  command.add_option("file", arguments->input, what)->type_name("FILE");
}

void add_output(CLI::App& command, const Arguments& arguments) {
  KeyOutput& output = arguments->output;
  command.add_flag("--public", output.public_only, "Write the public half only");
  CLI::Option* const file =
      command.add_option("--output", output.path, "New file to write, instead of standard output")
          ->type_name("FILE");
  command.add_flag("--force", output.overwrite, "Replace the file if it exists")->needs(file);
}

void add_key_id(CLI::App& command, const Arguments& arguments) {
  command.add_option("--kid", arguments->names.key_id, "Key ID [its own, or its thumbprint]")
      ->type_name("KID")
      ->check(is_not_empty());
}

/// One of the commands below `key`.
Command add_generate(CLI::App& key) {
  const auto arguments = std::make_shared<KeyArguments>();
  CLI::App& command = *key.add_subcommand("generate", "Make a new key pair, for tests");
  add_algorithm(command, arguments)->required()->description("What the key is for");
  CLI::Option* const bits =
      command.add_option("--rsa-bits", arguments->rsa_bits, "Size of an RSA key [2048]")
          ->check(is_decimal())
          ->check(CLI::Range(2048U, 8192U).description(""))
          ->type_name("BITS");
  add_format(command, arguments, "--format");
  add_key_id(command, arguments);
  add_output(command, arguments);
  return {&command, [arguments, bits] {
            if (bits->count() > 0 && !is_for_rsa(arguments->names.algorithm.value())) {
              throw CLI::ValidationError("--rsa-bits", "the algorithm is not one of RSA");
            }
            return generate(*arguments);
          }};
}

Command add_convert(CLI::App& key) {
  const auto arguments = std::make_shared<KeyArguments>();
  CLI::App& command = *key.add_subcommand("convert", "Write a key in another form");
  add_input(command, arguments,
            "PEM, certificate, JWK, or JWK Set of one key; - (default) is standard input");
  add_format(command, arguments, "--to")->required();
  add_algorithm(command, arguments);
  add_key_id(command, arguments);
  add_output(command, arguments);
  return {&command, [arguments] { return convert(*arguments); }};
}

Command add_thumbprint(CLI::App& key) {
  const auto arguments = std::make_shared<KeyArguments>();
  CLI::App& command =
      *key.add_subcommand("thumbprint", "Print the thumbprint of a key (RFC 7638, SHA-256)");
  add_input(command, arguments,
            "PEM, JWK, or JWK Set, of which each key is printed; - (default) is standard input");
  command.add_flag("--uri", arguments->as_uri, "As a URI (RFC 9278)");
  return {&command, [arguments] { return thumbprint(*arguments); }};
}

}  // namespace

Command add_key(CLI::App& app) {
  CLI::App& key = *app.add_subcommand("key", "Make and convert keys");
  key.require_subcommand(1);
  const std::vector<Command> commands{add_generate(key), add_convert(key), add_thumbprint(key)};
  return {&key, [commands] {
            const auto asked = std::ranges::find_if(
                commands, [](const Command& each) { return each.options->parsed(); });
            return asked->run();
          }};
}

}  // namespace jwks::cli
