// The authenticator that `jwks serve-auth` is asked for.

#include <utility>

#include "cli/key_files.hpp"
#include "cli/serve/options.hpp"
#include "cli/terminal.hpp"
#include "cli/token_rules.hpp"
#include "jwks/auth_environment.hpp"

namespace jwks::cli {
namespace {

/// A service that is relied on says what it does not check.
void check(const TokenRules& rules) {
  const ValidationOptions& validation = rules.validation;
  if (validation.allow_any_issuer && has_to_discover(rules.keys)) {
    throw CLI::ValidationError(
        "--any-issuer", "the keys must be known: --jwks, --jwks-uri, --key or --secret-file");
  }
  if (!validation.allow_any_issuer && validation.issuer.empty()) {
    throw CLI::RequiredError("--issuer, --any-issuer or --from-env");
  }
  if (!validation.allow_any_audience && validation.audiences.empty()) {
    throw CLI::RequiredError("--audience or --any-audience");
  }
  check_policy(validation);
}

Result<AuthenticatorPtr> from_environment(const ServeOptions& options, const TokenRules& rules,
                                          const PrincipalMapper& mapper) {
  AuthEnvironment environment{
      .prefix = options.env_prefix, .mapper = mapper, .validation = rules.validation};
  auto configured = authenticator_from_env(std::move(environment));
  if (!configured) return configured.error();
  // Here the "token" is what a client sends: it would be whoever it says it is.
  if (configured->authenticator->mode() == "trusted") {
    return Error(ErrorCode::bad_config)
        .about(options.env_prefix + "AUTH_MODE")
        .because("trusted is for services behind serve-auth, which itself has to verify tokens");
  }
  for (const std::string& note : configured->notes) complain(note);
  return std::move(configured->authenticator);
}

Result<AuthenticatorPtr> from_options(const TokenRules& rules, const PrincipalMapper& mapper) {
  check(rules);
  if (!has_local_keys(rules.keys)) return make_jwks_authenticator(network_options(rules), mapper);
  auto keys = load_key_files(rules.keys, rules.validation.algorithms);
  if (!keys) return AuthenticatorPtr();
  return make_static_authenticator(*std::move(keys), rules.validation, mapper);
}

}  // namespace

AuthenticatorPtr authenticator_of(const ServeOptions& options, const PrincipalMapper& mapper) {
  TokenRules rules = options.rules;
  complete(rules);
  auto authenticator =
      options.from_env ? from_environment(options, rules, mapper) : from_options(rules, mapper);
  if (!authenticator) {
    complain(option_fault(authenticator.error()));
    return nullptr;
  }
  return std::move(*authenticator);
}

}  // namespace jwks::cli
