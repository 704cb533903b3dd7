#include "cli/verify/verify_options.hpp"

#include <algorithm>
#include <array>
#include <thread>
#include <utility>

#include "cli/terminal.hpp"

namespace jwks::cli {
namespace {

constexpr unsigned kMaxJobs = 256;

constexpr std::array<std::pair<std::string_view, TokenProfile>, 4> kProfiles = {{
    {"jwt", TokenProfile::jwt},
    {"access_token", TokenProfile::access_token},
    {"id_token", TokenProfile::id_token},
    {"logout_token", TokenProfile::logout_token},
}};

/// What the library calls an option, and what the command line does.
constexpr std::array<std::pair<std::string_view, std::string_view>, 10> kFlags = {{
    {"issuer", "--issuer"},
    {"audiences", "--audience"},
    {"algorithms", "--algorithms"},
    {"validation.algorithms", "--algorithms"},
    {"token_type", "--type"},
    {"required_claims", "--required-claims"},
    {"clock_skew", "--clock-skew"},
    {"max_token_age", "--max-token-age"},
    {"jwks_uri", "--jwks-uri"},
    {"http.ca_file", "--ca-file"},
}};

/// The texts and numbers that become other types once everything is parsed.
struct Raw {
  std::vector<std::string> algorithms{};
  std::string profile = "jwt";
  std::int64_t clock_skew = 60;
  std::int64_t max_token_age = 0;
  std::string now{};
};

CLI::Validator is_profile() {
  return {[](const std::string& name) {
            return profile_from_name(name) ? std::string()
                                           : "not jwt, access_token, id_token or logout_token";
          },
          "PROFILE", "profile"};
}

void add_key_options(CLI::App& command, KeyLocation& keys) {
  CLI::Option_group* const where = command.add_option_group("keys", "Where the keys are");
  where->add_option("--jwks", keys.jwks_file, "File with a JWK Set")->check(CLI::ExistingFile);
  where->add_option("--jwks-uri", keys.jwks_uri, "URL of the JWK Set")->type_name("URL");
  where->add_option("--key", keys.pem_file, "PEM file with one public key, or a certificate")
      ->check(CLI::ExistingFile);
  where
      ->add_option(
          "--secret-file", keys.secret_file,
          "File with the secret of HS256 (or of what --algorithms says), as raw bytes. One "
          "line end after printable text is not part of it")
      ->check(CLI::ExistingFile);
  where->require_option(0, 1);
  add_network_options(command, keys);
}

void add_policy_options(CLI::App& command, ValidationOptions& validation, Raw& raw) {
  command.add_flag("--any-issuer", validation.allow_any_issuer,
                   "Don't check \"iss\" (not with discovery)");
  command.add_option("--audience", validation.audiences, "Accepted \"aud\"; may be repeated")
      ->allow_extra_args(false);  // or it would swallow the token
  command.add_flag("--any-audience", validation.allow_any_audience, "Don't check \"aud\"");
  add_algorithms(command, raw.algorithms);
  command.add_option("--type", validation.token_type,
                     "The only \"typ\" accepted, such as secevent+jwt");
  command.add_option("--profile", raw.profile, "The kind of token")
      ->check(is_profile())
      ->capture_default_str();
  command
      .add_option("--required-claims", validation.required_claims,
                  "Claims that must be there, comma-separated")
      ->delimiter(',')
      ->allow_extra_args(false);
  command.add_option("--clock-skew", raw.clock_skew, "Tolerance in seconds")
      ->type_name("SECONDS")
      ->check(CLI::Range(std::int64_t{0}, std::int64_t{kMaxClockSkew.count()}))
      ->capture_default_str();
  command.add_option("--max-token-age", raw.max_token_age, "Largest age in seconds, by \"iat\"")
      ->type_name("SECONDS")
      ->check(CLI::Range(std::int64_t{1}, std::int64_t{kMaxTokenAge.count()}));
  command.add_option("--now", raw.now, "Judge as if it were this time")->check(is_time());
}

void check_algorithms(const VerifyArguments& arguments) {
  const KeyLocation& keys = arguments.keys;
  const bool secret = arguments.validation.algorithms.intersects(kSymmetricAlgorithms);
  if (secret == !keys.secret_file.empty()) return;
  if (!secret) throw CLI::ValidationError("--algorithms", "a secret is for HS256, HS384 or HS512");
  const bool from_lines = arguments.batch && !has_local_keys(keys) && keys.jwks_uri.empty();
  if (!from_lines) {
    throw CLI::ValidationError("--algorithms", "HS256, HS384 and HS512 need --secret-file");
  }
}

void check_issuer_and_audience(const VerifyArguments& arguments) {
  const ValidationOptions& validation = arguments.validation;
  const bool discovers = !has_local_keys(arguments.keys) && arguments.keys.jwks_uri.empty();
  if (validation.allow_any_issuer && !validation.issuer.empty()) {
    throw CLI::ValidationError("--any-issuer", "contradicts --issuer");
  }
  if (validation.allow_any_audience && !validation.audiences.empty()) {
    throw CLI::ValidationError("--any-audience", "contradicts --audience");
  }
  if (arguments.batch || !discovers) return;
  if (validation.allow_any_issuer) {
    throw CLI::ValidationError(
        "--any-issuer", "the keys must be known: --jwks, --jwks-uri, --key or --secret-file");
  }
  if (validation.issuer.empty()) throw CLI::RequiredError("--issuer");
}

/// What nobody names is not checked, and that is said: this is a tool to look into things with, and
/// whoever relies on its answer must know what it does not mean.
void go_without_what_is_not_named(VerifyArguments& arguments) {
  ValidationOptions& validation = arguments.validation;
  const auto go_without = [&arguments](bool named, bool& allowed, const std::string& claim,
                                       const std::string& option) {
    if (named || std::exchange(allowed, true)) return;
    warn('"' + claim + "\" is not checked" + (arguments.batch ? " where a line does not say" : "") +
         ": there is neither --" + option + " nor --any-" + option);
  };
  go_without(!validation.issuer.empty(), validation.allow_any_issuer, "iss", "issuer");
  go_without(!validation.audiences.empty(), validation.allow_any_audience, "aud", "audience");
}

/// Has the library check the rest.
void check_policy(const ValidationOptions& validation) {
  const auto policy = ValidationPolicy::create(validation);
  if (!policy) throw CLI::ValidationError(option_fault(policy.error()));
}

void check_batch(const CLI::App& command, const VerifyArguments& arguments) {
  if (!arguments.batch && command.get_option("--jobs")->count() != 0) {
    throw CLI::ValidationError("--jobs", "only with --batch");
  }
  if (arguments.batch && !arguments.input.file.empty()) {
    throw CLI::ValidationError("--token-file", "not with --batch, whose lines have the tokens");
  }
}

void complete(const CLI::App& command, VerifyArguments& arguments, const Raw& raw) {
  ValidationOptions& validation = arguments.validation;
  validation.issuer = arguments.keys.issuer;
  if (!raw.algorithms.empty()) {
    validation.algorithms = {};
    for (const Algorithm each : algorithms_of(raw.algorithms)) validation.algorithms.insert(each);
  } else if (!arguments.keys.secret_file.empty()) {
    validation.algorithms = {Algorithm::hs256};
  }
  validation.profile = profile_from_name(raw.profile).value();
  validation.clock_skew = std::chrono::seconds(raw.clock_skew);
  if (raw.max_token_age != 0) validation.max_token_age = std::chrono::seconds(raw.max_token_age);
  if (!raw.now.empty()) arguments.now = parse_time(raw.now);

  check_batch(command, arguments);
  check_issuer_and_audience(arguments);
  check_algorithms(arguments);
  go_without_what_is_not_named(arguments);
  check_policy(validation);
}

}  // namespace

std::optional<TokenProfile> profile_from_name(std::string_view name) noexcept {
  for (const auto& [known, profile] : kProfiles) {
    if (known == name) return profile;
  }
  return std::nullopt;
}

VerifierOptions network_options(const VerifyArguments& arguments, std::shared_ptr<Clock> clock) {
  return {.issuer = arguments.keys.issuer,
          .jwks_uri = arguments.keys.jwks_uri,
          .validation = arguments.validation,
          .http = arguments.keys.http(),
          .clock = std::move(clock)};
}

bool has_local_keys(const KeyLocation& keys) noexcept {
  return !keys.jwks_file.empty() || !keys.pem_file.empty() || !keys.secret_file.empty();
}

std::string option_fault(const Error& error) {
  const auto is_meant = [&error](const auto& flag) { return flag.first == error.subject(); };
  const auto flag = std::ranges::find_if(kFlags, is_meant);
  if (flag == kFlags.end()) return error.message();
  return std::string(flag->second) + ": " + std::string(error.detail());
}

std::function<void()> add_verify_options(CLI::App& command,
                                         const std::shared_ptr<VerifyArguments>& arguments) {
  const auto raw = std::make_shared<Raw>();
  arguments->jobs = std::clamp(std::thread::hardware_concurrency(), 1U, kMaxJobs);
  add_token_input(command, arguments->input);
  command.add_option("--issuer", arguments->keys.issuer,
                     "Expected \"iss\"; its keys are found by discovery unless given otherwise");
  add_key_options(command, arguments->keys);
  add_policy_options(command, arguments->validation, *raw);
  command.add_flag("--json", arguments->json, "Print the result as one JSON object");
  command.add_flag("--batch", arguments->batch,
                   "Verify many tokens: the argument names a file of JSON Lines, - (default) is "
                   "standard input; one line of JSON is printed for each, in their order");
  command.add_option("--jobs", arguments->jobs, "Threads of --batch; default: one for each core")
      ->check(CLI::Range(1U, kMaxJobs));
  return [&command, arguments, raw] { complete(command, *arguments, *raw); };
}

}  // namespace jwks::cli
