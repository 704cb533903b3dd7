#include "cli/token_rules.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace jwks::cli {
namespace {

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

CLI::Validator is_profile() {
  return {[](const std::string& name) {
            return profile_from_name(name) ? std::string()
                                           : "not jwt, access_token, id_token or logout_token";
          },
          "PROFILE", "profile"};
}

CLI::Option_group& add_key_options(CLI::App& command, KeyLocation& keys) {
  command
      .add_option("--issuer", keys.issuer,
                  "Expected \"iss\"; its keys are found by discovery unless given otherwise")
      ->check(is_not_empty());
  CLI::Option_group* const where = command.add_option_group("keys", "Where the keys are");
  where->add_option("--jwks", keys.jwks_file, "File with a JWK Set")->check(CLI::ExistingFile);
  where->add_option("--jwks-uri", keys.jwks_uri, "URL of the JWK Set")
      ->type_name("URL")
      ->check(is_not_empty());
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
  return *where;
}

void add_policy_options(CLI::App& command, TokenRules& rules) {
  ValidationOptions& validation = rules.validation;
  command.add_flag("--any-issuer", validation.allow_any_issuer,
                   "Don't check \"iss\" (not with discovery)");
  command.add_option("--audience", validation.audiences, "Accepted \"aud\"; may be repeated")
      ->allow_extra_args(false);  // or it would swallow the token
  command.add_flag("--any-audience", validation.allow_any_audience, "Don't check \"aud\"");
  add_algorithms(command, rules.algorithms);
  command
      .add_option("--type", validation.token_type,
                  "The only \"typ\" accepted, such as secevent+jwt")
      ->check(is_not_empty());
  command.add_option("--profile", rules.profile, "The kind of token")
      ->check(is_profile())
      ->capture_default_str();
  command
      .add_option("--required-claims", validation.required_claims,
                  "Claims that must be there, comma-separated")
      ->delimiter(',')
      ->allow_extra_args(false);
  command.add_option("--clock-skew", rules.clock_skew, "Tolerance in seconds")
      ->type_name("SECONDS")
      ->check(is_decimal())
      ->check(CLI::Range(std::int64_t{0}, std::int64_t{kMaxClockSkew.count()}))
      ->capture_default_str();
  command.add_option("--max-token-age", rules.max_token_age, "Largest age in seconds, by \"iat\"")
      ->type_name("SECONDS")
      ->check(is_decimal())
      ->check(CLI::Range(std::int64_t{1}, std::int64_t{kMaxTokenAge.count()}));
}

AlgorithmSet allowed_algorithms(const TokenRules& rules) {
  if (rules.algorithms.empty()) {
    return rules.keys.secret_file.empty() ? kDefaultAlgorithms : AlgorithmSet{Algorithm::hs256};
  }
  AlgorithmSet allowed;
  for (const Algorithm each : algorithms_of(rules.algorithms)) allowed.insert(each);
  return allowed;
}

}  // namespace

CLI::Option_group& add_token_rules(CLI::App& command, TokenRules& rules) {
  CLI::Option_group& where = add_key_options(command, rules.keys);
  add_policy_options(command, rules);
  return where;
}

void complete(TokenRules& rules) {
  ValidationOptions& validation = rules.validation;
  validation.issuer = rules.keys.issuer;
  validation.algorithms = allowed_algorithms(rules);
  validation.profile = profile_from_name(rules.profile).value();
  validation.clock_skew = std::chrono::seconds(rules.clock_skew);
  if (rules.max_token_age != 0)
    validation.max_token_age = std::chrono::seconds(rules.max_token_age);

  if (validation.allow_any_issuer && !validation.issuer.empty()) {
    throw CLI::ValidationError("--any-issuer", "contradicts --issuer");
  }
  if (validation.allow_any_audience && !validation.audiences.empty()) {
    throw CLI::ValidationError("--any-audience", "contradicts --audience");
  }
}

void check_policy(const ValidationOptions& validation) {
  const auto policy = ValidationPolicy::create(validation);
  if (!policy) throw CLI::ValidationError(option_fault(policy.error()));
}

std::optional<TokenProfile> profile_from_name(std::string_view name) noexcept {
  for (const auto& [known, profile] : kProfiles) {
    if (known == name) return profile;
  }
  return std::nullopt;
}

bool has_local_keys(const KeyLocation& keys) noexcept {
  return !keys.jwks_file.empty() || !keys.pem_file.empty() || !keys.secret_file.empty();
}

bool has_to_discover(const KeyLocation& keys) noexcept {
  return !has_local_keys(keys) && keys.jwks_uri.empty();
}

VerifierOptions network_options(const TokenRules& rules, std::shared_ptr<Clock> clock) {
  return {.issuer = rules.keys.issuer,
          .jwks_uri = rules.keys.jwks_uri,
          .validation = rules.validation,
          .http = rules.keys.http(),
          .clock = std::move(clock)};
}

std::string option_fault(const Error& error) {
  const auto is_meant = [&error](const auto& flag) { return flag.first == error.subject(); };
  const auto flag = std::ranges::find_if(kFlags, is_meant);
  if (flag == kFlags.end()) return error.message();
  return std::string(flag->second) + ": " + std::string(error.detail());
}

}  // namespace jwks::cli
