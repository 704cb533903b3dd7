#include "cli/verify/verify_options.hpp"

#include <algorithm>
#include <string>
#include <thread>
#include <utility>

#include "cli/terminal.hpp"

namespace jwks::cli {
namespace {

constexpr unsigned kMaxJobs = 256;

void check_algorithms(const VerifyArguments& arguments) {
  const KeyLocation& keys = arguments.rules.keys;
  const bool secret = arguments.rules.validation.algorithms.intersects(kSymmetricAlgorithms);
  if (secret == !keys.secret_file.empty()) return;
  if (!secret) throw CLI::ValidationError("--algorithms", "a secret is for HS256, HS384 or HS512");
  const bool from_lines = arguments.batch && has_to_discover(keys);
  if (!from_lines) {
    throw CLI::ValidationError("--algorithms", "HS256, HS384 and HS512 need --secret-file");
  }
}

/// The keys of a batch may stand in its lines.
void check_discovery(const VerifyArguments& arguments) {
  if (arguments.batch || !has_to_discover(arguments.rules.keys)) return;
  const ValidationOptions& validation = arguments.rules.validation;
  if (validation.allow_any_issuer) {
    throw CLI::ValidationError(
        "--any-issuer", "the keys must be known: --jwks, --jwks-uri, --key or --secret-file");
  }
  if (validation.issuer.empty()) throw CLI::RequiredError("--issuer");
}

/// What nobody names is not checked, and that is said: this is a tool to look into things with, and
/// whoever relies on its answer must know what it does not mean.
void go_without_what_is_not_named(VerifyArguments& arguments) {
  ValidationOptions& validation = arguments.rules.validation;
  const auto go_without = [&arguments](bool named, bool& allowed, const std::string& claim,
                                       const std::string& option) {
    if (named || std::exchange(allowed, true)) return;
    warn('"' + claim + "\" is not checked" + (arguments.batch ? " where a line does not say" : "") +
         ": there is neither --" + option + " nor --any-" + option);
  };
  go_without(!validation.issuer.empty(), validation.allow_any_issuer, "iss", "issuer");
  go_without(!validation.audiences.empty(), validation.allow_any_audience, "aud", "audience");
}

void check_batch(const CLI::App& command, const VerifyArguments& arguments) {
  if (!arguments.batch && command.get_option("--jobs")->count() != 0) {
    throw CLI::ValidationError("--jobs", "only with --batch");
  }
  if (arguments.batch && !arguments.input.file.empty()) {
    throw CLI::ValidationError("--token-file", "not with --batch, whose lines have the tokens");
  }
}

void complete_all(const CLI::App& command, VerifyArguments& arguments, const std::string& now) {
  if (!now.empty()) arguments.now = parse_time(now);
  check_batch(command, arguments);
  complete(arguments.rules);
  check_discovery(arguments);
  check_algorithms(arguments);
  go_without_what_is_not_named(arguments);
  check_policy(arguments.rules.validation);
}

}  // namespace

std::function<void()> add_verify_options(CLI::App& command,
                                         const std::shared_ptr<VerifyArguments>& arguments) {
  const auto now = std::make_shared<std::string>();
  arguments->jobs = std::clamp(std::thread::hardware_concurrency(), 1U, kMaxJobs);
  add_token_input(command, arguments->input);
  add_token_rules(command, arguments->rules);
  command.add_option("--now", *now, "Judge as if it were this time")->check(is_time());
  command.add_flag("--json", arguments->json, "Print the result as one JSON object");
  command.add_flag("--batch", arguments->batch,
                   "Verify many tokens: the argument names a file of JSON Lines, - (default) is "
                   "standard input; one line of JSON is printed for each, in their order");
  command.add_option("--jobs", arguments->jobs, "Threads of --batch; default: one for each core")
      ->check(is_decimal())
      ->check(CLI::Range(1U, kMaxJobs));
  return [&command, arguments, now] { complete_all(command, *arguments, *now); };
}

}  // namespace jwks::cli
