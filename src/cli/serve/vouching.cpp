// The authenticator that `jwks serve-auth` is asked for.

#include <utility>

#include "cli/key_files.hpp"
#include "cli/serve/options.hpp"
#include "cli/terminal.hpp"
#include "cli/verify/verify_options.hpp"
#include "jwks/auth_environment.hpp"

namespace jwks::cli {
namespace {

/// What is said about tokens wherever their keys come from.
ValidationOptions common_validation(const ServeOptions& options) {
  return {.required_scopes = options.required_scopes,
          .clock_skew = std::chrono::seconds(options.clock_skew)};
}

ValidationOptions validation_of(const ServeOptions& options) {
  ValidationOptions validation = common_validation(options);
  validation.issuer = options.keys.issuer;
  validation.audiences = options.audiences;
  validation.allow_any_issuer = options.any_issuer;
  validation.allow_any_audience = options.any_audience;
  if (!options.keys.secret_file.empty()) validation.algorithms = {Algorithm::hs256};
  if (!options.algorithms.empty()) {
    validation.algorithms = {};
    for (const Algorithm each : algorithms_of(options.algorithms))
      validation.algorithms.insert(each);
  }
  return validation;
}

void check(const ServeOptions& options) {
  const KeyLocation& keys = options.keys;
  const bool discovers = !has_local_keys(keys) && keys.jwks_uri.empty();
  if (options.any_issuer && !keys.issuer.empty()) {
    throw CLI::ValidationError("--any-issuer", "contradicts --issuer");
  }
  if (options.any_issuer && discovers) {
    throw CLI::ValidationError(
        "--any-issuer", "the keys must be known: --jwks, --jwks-uri, --key or --secret-file");
  }
  if (!options.any_issuer && keys.issuer.empty()) {
    throw CLI::RequiredError("--issuer, --any-issuer or --from-env");
  }
  if (options.any_audience && !options.audiences.empty()) {
    throw CLI::ValidationError("--any-audience", "contradicts --audience");
  }
  if (!options.any_audience && options.audiences.empty()) {
    throw CLI::RequiredError("--audience or --any-audience");
  }
}

Result<AuthenticatorPtr> from_environment(const ServeOptions& options,
                                          const PrincipalMapper& mapper) {
  AuthEnvironment environment{
      .prefix = options.env_prefix, .mapper = mapper, .validation = common_validation(options)};
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

Result<AuthenticatorPtr> from_options(const ServeOptions& options, const PrincipalMapper& mapper) {
  const ValidationOptions validation = validation_of(options);
  if (!has_local_keys(options.keys)) {
    return make_jwks_authenticator({.issuer = options.keys.issuer,
                                    .jwks_uri = options.keys.jwks_uri,
                                    .validation = validation,
                                    .http = options.keys.http()},
                                   mapper);
  }
  auto keys = load_key_files(options.keys, validation.algorithms);
  if (!keys) return AuthenticatorPtr();
  return make_static_authenticator(*std::move(keys), validation, mapper);
}

}  // namespace

AuthenticatorPtr authenticator_of(const ServeOptions& options, const PrincipalMapper& mapper) {
  if (!options.from_env) check(options);
  auto authenticator =
      options.from_env ? from_environment(options, mapper) : from_options(options, mapper);
  if (!authenticator) {
    complain(option_fault(authenticator.error()));
    return nullptr;
  }
  return std::move(*authenticator);
}

}  // namespace jwks::cli
