// From environment variables to an authenticator. Whatever is incomplete or contradictory is an
// error: nothing here falls back to less authentication than was asked for.

#include "jwks/auth_environment.hpp"

#include <algorithm>
#include <cstdlib>
#include <initializer_list>
#include <new>
#include <utility>

#include "auth/static_keys.hpp"
#include "auth/variables.hpp"
#include "base/text.hpp"

namespace jwks {
inline namespace v0 {
namespace {

using auth::Mode;
using auth::Variable;
using auth::Variables;

constexpr std::size_t kMaxPrefixBytes = 20;
constexpr std::string_view kDevelopmentUser = "dev-user";
constexpr std::string_view kDevelopmentOrganization = "dev-org";

std::optional<std::string> variable_of_process(const std::string& name) {
  const char* const value = std::getenv(name.c_str());
  if (value == nullptr) return std::nullopt;
  return value;
}

Error bad(std::string_view option, std::string_view why) noexcept {
  return Error(ErrorCode::bad_config).about(option).because(why);
}

Result<void> check_prefix(std::string_view prefix) noexcept {
  const auto fits = [](char c) { return text::is_alpha(c) || text::is_digit(c) || c == '_'; };
  if (prefix.size() <= kMaxPrefixBytes && std::ranges::all_of(prefix, fits)) return {};
  return bad("prefix", "it must be at most 20 letters, digits and underscores");
}

/// What the variables say is not to be said elsewhere.
Result<void> check_validation(const ValidationOptions& validation) noexcept {
  constexpr std::string_view kDecided = "it must be as it is by default: the variables decide";
  if (!validation.issuer.empty()) return bad("validation.issuer", kDecided);
  if (!validation.audiences.empty()) return bad("validation.audiences", kDecided);
  if (validation.allow_any_issuer) return bad("validation.allow_any_issuer", kDecided);
  if (validation.allow_any_audience) return bad("validation.allow_any_audience", kDecided);
  if (!(validation.algorithms == kDefaultAlgorithms)) return bad("validation.algorithms", kDecided);
  return {};
}

/// Makes one authenticator, and notes what an operator should know of it.
class Builder {
 public:
  Builder(const Variables& variables, AuthEnvironment environment)
      : variables_(variables), environment_(std::move(environment)) {}

  [[nodiscard]] Result<ConfiguredAuthenticator> build() {
    auto authenticator = make();
    if (!environment_.variable) note_unknown();
    if (authenticator && environment_.auditor)
      authenticator =
          make_audited_authenticator(std::move(*authenticator), std::move(environment_.auditor));
    if (!authenticator) return authenticator.error();
    return ConfiguredAuthenticator{std::move(*authenticator), std::move(notes_)};
  }

 private:
  [[nodiscard]] Result<AuthenticatorPtr> make();
  [[nodiscard]] Result<AuthenticatorPtr> make_for_tokens(Mode mode);
  [[nodiscard]] Result<AuthenticatorPtr> make_trusted();
  [[nodiscard]] Result<AuthenticatorPtr> make_development();
  [[nodiscard]] Result<AuthenticatorPtr> make_disabled();
  // Keys, each with what a token has to satisfy.
  [[nodiscard]] Result<AuthenticatorPtr> with_public_key(ValidationOptions validation);
  [[nodiscard]] Result<AuthenticatorPtr> with_secret(ValidationOptions validation);
  [[nodiscard]] Result<AuthenticatorPtr> with_static(Result<JwkSet> keys,
                                                     ValidationOptions validation);
  [[nodiscard]] Result<AuthenticatorPtr> with_published_keys(ValidationOptions validation);

  [[nodiscard]] bool has_source() const noexcept;
  [[nodiscard]] std::string sources() const;
  [[nodiscard]] Result<ValidationOptions> validation();
  /// An error about an option, as one about the variable that the option came from.
  [[nodiscard]] Error about_variable(const Error& error) const;

  [[nodiscard]] std::string name(Variable variable) const { return variables_.name(variable); }
  void note(std::string text) { notes_.push_back(std::move(text)); }
  /// Notes those that are set, though they have no effect.
  void note_unused(std::initializer_list<Variable> unused, std::string_view why);
  /// Notes those that would say whose tokens are taken, were they not empty.
  void note_empty();
  void note_unknown();

  const Variables& variables_;
  AuthEnvironment environment_;
  bool loopback_http_ = false;
  std::vector<std::string> notes_{};
};

// --- Modes ---

Result<AuthenticatorPtr> Builder::make() {
  const auto mode = variables_.mode();
  if (!mode) return mode.error();
  const auto loopback = variables_.flag(Variable::loopback_http);
  if (!loopback) return loopback.error();
  loopback_http_ = *loopback;

  switch (*mode) {
    case Mode::trusted:
      return make_trusted();
    case Mode::none:
      return make_development();
    case Mode::unset:
      if (!has_source()) return make_disabled();
      [[fallthrough]];
    case Mode::jwt:
    case Mode::smoo:
      return make_for_tokens(*mode);
  }
  return make_disabled();
}

Result<AuthenticatorPtr> Builder::make_for_tokens(Mode mode) {
  if (mode == Mode::smoo && !variables_.has(Variable::issuer))
    return variables_.error(Variable::issuer,
                            name(Variable::mode) + "=smoo needs it: set the expected issuer");
  if (!has_source())
    return variables_.error(Variable::mode, "jwt needs keys: set one of " + sources());
  auto rules = validation();
  if (!rules) return rules.error();
  note_empty();
  note_unused({Variable::dev_org_id}, "it is for mode none");
  if (variables_.has(Variable::public_key)) return with_public_key(std::move(*rules));
  if (variables_.has(Variable::secret)) return with_secret(std::move(*rules));
  return with_published_keys(std::move(*rules));
}

Result<AuthenticatorPtr> Builder::make_trusted() {
  note("WARNING: " + name(Variable::mode) +
       "=trusted: nothing is verified; whoever reaches this service is who it says it is. Only a "
       "verifying proxy may reach it");
  note_unused(
      {Variable::public_key, Variable::secret, Variable::jwks_url, Variable::issuer,
       Variable::audience, Variable::ca_file, Variable::loopback_http, Variable::dev_org_id},
      "mode trusted verifies nothing");
  return make_trusted_authenticator(environment_.mapper, environment_.clock);
}

Result<AuthenticatorPtr> Builder::make_development() {
  note("WARNING: " + name(Variable::mode) +
       "=none: there is no authentication; everybody is the development principal");
  note_unused({Variable::public_key, Variable::secret, Variable::jwks_url, Variable::issuer,
               Variable::audience, Variable::ca_file, Variable::loopback_http},
              "mode none verifies nothing");
  Principal principal;
  principal.user_id = kDevelopmentUser;
  principal.org_id = variables_.has(Variable::dev_org_id) ? variables_.text(Variable::dev_org_id)
                                                          : std::string(kDevelopmentOrganization);
  // Without the highest role there would be little to develop.
  const auto& roles = environment_.mapper.mapping().role_order;
  if (!roles.empty()) {
    principal.role = roles.back();
    principal.roles = {roles.back()};
  }
  return make_development_authenticator(std::move(principal));
}

Result<AuthenticatorPtr> Builder::make_disabled() {
  note("authentication is not configured: every token is refused; set one of " + sources());
  note_empty();
  note_unused(
      {Variable::audience, Variable::ca_file, Variable::loopback_http, Variable::dev_org_id},
      "there are no keys");
  return make_disabled_authenticator("authentication is not configured");
}

// --- Keys ---

Result<AuthenticatorPtr> Builder::with_public_key(ValidationOptions validation) {
  note("tokens are verified with the key in " + name(Variable::public_key) + ", RS256");
  note_unused({Variable::secret, Variable::jwks_url},
              name(Variable::public_key) + " comes before it");
  validation.algorithms = {Algorithm::rs256};
  return with_static(auth::public_key_of(variables_), std::move(validation));
}

Result<AuthenticatorPtr> Builder::with_secret(ValidationOptions validation) {
  note("tokens are verified with the secret in " + name(Variable::secret) + ", HS256");
  note_unused({Variable::jwks_url}, name(Variable::secret) + " comes before it");
  validation.algorithms = {Algorithm::hs256};
  return with_static(auth::secret_of(variables_), std::move(validation));
}

Result<AuthenticatorPtr> Builder::with_static(Result<JwkSet> keys, ValidationOptions validation) {
  if (!keys) return keys.error();
  note_unused({Variable::ca_file, Variable::loopback_http}, "no keys are fetched");
  auto made = make_static_authenticator(std::move(*keys), std::move(validation),
                                        environment_.mapper, environment_.clock);
  if (!made) return about_variable(made.error());
  return made;
}

Result<AuthenticatorPtr> Builder::with_published_keys(ValidationOptions validation) {
  const bool has_url = variables_.has(Variable::jwks_url);
  note("tokens are verified with the keys that are published at " +
       (has_url ? "the URL in " + name(Variable::jwks_url)
                : name(Variable::issuer) + " + /.well-known/jwks.json"));
  if (loopback_http_)
    note("WARNING: " + name(Variable::loopback_http) +
         " is set: keys may come from this machine over plain http, for tests");
  VerifierOptions options;
  options.issuer = variables_.text(Variable::issuer);
  options.jwks_uri = variables_.text(Variable::jwks_url);
  options.location = KeySetLocation::well_known_jwks;
  options.validation = std::move(validation);
  options.http.allow_loopback_http = loopback_http_;
  options.http.ca_file = variables_.text(Variable::ca_file);
  options.fetcher = environment_.fetcher;
  options.clock = environment_.clock;
  options.observer = environment_.observer;
  auto made = make_jwks_authenticator(std::move(options), environment_.mapper);
  if (!made) return about_variable(made.error());
  return made;
}

// --- Parts ---

bool Builder::has_source() const noexcept {
  return variables_.has(Variable::public_key) || variables_.has(Variable::secret) ||
         variables_.has(Variable::jwks_url) || variables_.has(Variable::issuer);
}

std::string Builder::sources() const {
  return name(Variable::issuer) + ", " + name(Variable::jwks_url) + ", " +
         name(Variable::public_key) + ", " + name(Variable::secret);
}

Result<ValidationOptions> Builder::validation() {
  ValidationOptions validation = environment_.validation;
  auto audiences = variables_.list(Variable::audience);
  if (!audiences) return audiences.error();
  validation.issuer = variables_.text(Variable::issuer);
  validation.audiences = std::move(*audiences);
  validation.allow_any_issuer = validation.issuer.empty();
  validation.allow_any_audience = validation.audiences.empty();
  if (validation.allow_any_issuer)
    note("WARNING: " + name(Variable::issuer) + " is not set: the issuer of tokens is not checked");
  if (validation.allow_any_audience)
    note("WARNING: " + name(Variable::audience) +
         " is not set: the audience of tokens is not checked");
  // Compared byte for byte: what nobody can see must not decide.
  const auto is_visible = [](char c) { return static_cast<unsigned char>(c) > ' ' && c != '\x7F'; };
  if (!std::ranges::all_of(validation.issuer, is_visible))
    return variables_.error(Variable::issuer, "it holds white space or control characters");
  return validation;
}

Error Builder::about_variable(const Error& error) const {
  const std::string_view option = error.subject();
  std::string why(error.detail());
  if (option == "audiences") return variables_.error(Variable::audience, why);
  if (option == "http.ca_file") return variables_.error(Variable::ca_file, why);
  if (option != "issuer" && option != "jwks_uri") return error;
  const Variable variable = option == "issuer" ? Variable::issuer : Variable::jwks_url;
  if (!loopback_http_ && variables_.text(variable).starts_with("http://"))
    why += "; for tests on this machine set " + name(Variable::loopback_http) + "=true";
  return variables_.error(variable, why);
}

void Builder::note_unused(std::initializer_list<Variable> unused, std::string_view why) {
  for (const Variable variable : unused) {
    const bool is_set =
        variable == Variable::loopback_http ? loopback_http_ : variables_.has(variable);
    if (is_set) note(name(variable) + " is set and has no effect: " + std::string(why));
  }
}

void Builder::note_empty() {
  for (const Variable variable : {Variable::public_key, Variable::secret, Variable::jwks_url,
                                  Variable::issuer, Variable::audience}) {
    if (variables_.is_empty(variable))
      note(name(variable) + " is set but empty, which counts as not set");
  }
}

void Builder::note_unknown() {
  for (const std::string& unknown : auth::unknown_variables_of_process(environment_.prefix))
    note("WARNING: " + text::escape(unknown) + " is not a variable that is known here");
}

}  // namespace

Result<ConfiguredAuthenticator> authenticator_from_env(AuthEnvironment environment) {
  try {
    if (const auto good = check_prefix(environment.prefix); !good) return good.error();
    if (const auto good = check_validation(environment.validation); !good) return good.error();
    const Variables variables(environment.prefix,
                              environment.variable ? environment.variable : &variable_of_process);
    return Builder(variables, std::move(environment)).build();
  } catch (const std::bad_alloc&) {
    return Error(ErrorCode::out_of_memory);
  }
}

Result<ConfiguredAuthenticator> authenticator_from_env(std::string_view prefix) {
  return authenticator_from_env(AuthEnvironment{.prefix = std::string(prefix)});
}

}  // namespace v0
}  // namespace jwks
