// `jwks verify`: tokens against keys from a file or the network.

#include <iostream>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/text.hpp"
#include "cli/command.hpp"
#include "cli/key_files.hpp"
#include "cli/progress.hpp"
#include "cli/terminal.hpp"
#include "cli/verify/batch.hpp"
#include "cli/verify/judging_clock.hpp"
#include "cli/verify/verdict.hpp"
#include "cli/verify/verify_options.hpp"
#include "jwks/jwks_verifier.hpp"

namespace jwks::cli {
namespace {

std::optional<JwksVerifier> make_verifier(const VerifyArguments& arguments) {
  const KeyLocation& location = arguments.rules.keys;
  auto clock = std::make_shared<JudgingClock>(arguments.now);
  if (has_local_keys(location)) {
    auto keys = load_key_files(location, arguments.rules.validation.algorithms);
    if (!keys) return std::nullopt;
    auto verifier =
        JwksVerifier::create_static(*std::move(keys), arguments.rules.validation, std::move(clock));
    if (verifier) return std::move(verifier).value();
    complain(option_fault(verifier.error()));
    return std::nullopt;
  }
  auto verifier = JwksVerifier::create(network_options(arguments.rules, std::move(clock)));
  if (verifier) return std::move(verifier).value();
  complain(option_fault(verifier.error()));
  return std::nullopt;
}

/// What "accepted" does not mean.
std::vector<std::string_view> not_checked(const ValidationOptions& validation) {
  std::vector<std::string_view> claims;
  if (validation.allow_any_issuer) claims.emplace_back("iss");
  if (validation.allow_any_audience) claims.emplace_back("aud");
  return claims;
}

std::string joined(const std::vector<std::string_view>& names, std::string_view quote,
                   std::string_view separator) {
  std::string out;
  for (const std::string_view name : names) {
    if (!out.empty()) out += separator;
    out.append(quote).append(name).append(quote);
  }
  return out;
}

void print_accepted(const VerifiedToken& token, const std::vector<std::string_view>& unchecked,
                    bool json) {
  if (json) {
    std::string line = "{";
    append_members(line, Verdict::accepted());
    std::cout << line << R"(,"algorithm":)" << json_string(to_string(token.algorithm()))
              << R"(,"kid":)" << json_string(token.key_id()) << R"(,"thumbprint":)"
              << json_string(token.key_thumbprint()) << R"(,"claims":)"
              << ascii_json(token.claims().json()) << R"(,"not_checked":[)"
              << joined(unchecked, "\"", ",") << "]}\n";
    return;
  }
  const std::string_view thumbprint = token.key_thumbprint();
  std::cout << Colours::of_standard_output().good("accepted") << '\n'
            << "algorithm   " << to_string(token.algorithm()) << '\n'
            << "kid         " << (token.key_id().empty() ? "(none)" : text::escape(token.key_id()))
            << '\n'
            << "thumbprint  " << (thumbprint.empty() ? "(none, of a secret)" : thumbprint) << '\n'
            << "claims      " << ascii_json(token.claims().json()) << '\n';
  if (!unchecked.empty()) std::cout << "not checked " << joined(unchecked, "", ", ") << '\n';
}

void print_refused(const Error& error, bool json) {
  if (json) {
    std::string line = "{";
    append_members(line, Verdict::of(error));
    std::cout << line << "}\n";
    return;
  }
  const Colours colours = Colours::of_standard_output();
  std::cout << (status_of(error) == Status::unavailable ? colours.warning("unavailable")
                                                        : colours.bad("rejected"))
            << ": " << error.message() << '\n';
}

Status run_verify(const VerifyArguments& arguments) {
  const auto verifier = make_verifier(arguments);
  if (!verifier) return Status::usage;
  const auto text = read_token(arguments.input);
  if (!text) return Status::usage;
  const auto token = [&] {
    const Waiting waiting("waiting for the keys");
    return verifier->verify(*text);
  }();
  if (token) {
    print_accepted(*token, not_checked(arguments.rules.validation), arguments.json);
    return Status::accepted;
  }
  print_refused(token.error(), arguments.json);
  return status_of(token.error());
}

}  // namespace

Command add_verify(CLI::App& app) {
  const auto arguments = std::make_shared<VerifyArguments>();
  CLI::App* const command = app.add_subcommand("verify", "Verify a token, or many");
  const auto complete = add_verify_options(*command, arguments);
  return {command, [arguments, complete] {
            complete();
            return arguments->batch ? run_batch(*arguments) : run_verify(*arguments);
          }};
}

}  // namespace jwks::cli
