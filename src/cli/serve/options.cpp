#include "cli/serve/options.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <string_view>
#include <system_error>
#include <utility>

#include "base/text.hpp"
#include "cli/serve/route.hpp"

namespace jwks::cli {
namespace {

struct Field {
  std::string_view name;
  ClaimNames ClaimMapping::* claims;
};
constexpr std::array kFields{
    Field{"user_id", &ClaimMapping::user_id},
    Field{"org_id", &ClaimMapping::org_id},
    Field{"role", &ClaimMapping::role},
    Field{"roles", &ClaimMapping::roles},
    Field{"permissions", &ClaimMapping::permissions},
    Field{"groups", &ClaimMapping::groups},
    Field{"scopes", &ClaimMapping::scopes},
    Field{"email", &ClaimMapping::email},
    Field{"display_name", &ClaimMapping::display_name},
    Field{"client_id", &ClaimMapping::client_id},
};

CLI::ValidationError bad_claim(const std::string& option, const std::string& why) {
  return CLI::ValidationError("--claim", text::escape(option) + ": " + why);
}

void apply_claim(const std::string& option, ClaimMapping& mapping,
                 std::vector<std::string_view>& seen) {
  const std::size_t equals = option.find('=');
  const auto* const field =
      std::ranges::find(kFields, std::string_view(option).substr(0, equals), &Field::name);
  if (equals == std::string::npos || field == kFields.end()) {
    throw bad_claim(option, "not FIELD=NAME of a field that there is");
  }
  if (std::ranges::find(seen, field->name) != seen.end()) {
    throw bad_claim(option, "the field is given twice");
  }
  seen.push_back(field->name);
  mapping.*field->claims = CLI::detail::split(option.substr(equals + 1), ',');
}

/// What is wrong with the mapping, by the option that it comes from.
CLI::ValidationError mapping_fault(const Error& error) {
  const std::string_view subject = error.subject();
  const std::string detail(error.detail());
  if (subject == "required") return CLI::ValidationError("--require", detail);
  if (subject == "role_order") return CLI::ValidationError("--role-order", detail);
  return CLI::ValidationError("--claim", std::string(subject) + ": " + detail);
}

std::string prefix_fault(const std::string& prefix) {
  if (prefix.empty() || is_ext_authz_prefix(prefix)) return {};
  return "neither empty nor a plain path like /ext_authz that no other endpoint has";
}

void add_token_options(CLI::App& command, ServeOptions& options) {
  CLI::Option_group& where = add_token_rules(command, options.rules);
  CLI::Option* const environment =
      where.add_flag("--from-env", options.from_env,
                     "Take keys, issuer and audience from the variables AUTH_* instead");
  command
      .add_option("--env-prefix", options.env_prefix, "Stands before the names of the variables")
      ->needs(environment);
  command
      .add_option("--required-scope", options.rules.validation.required_scopes,
                  "Scope that every token must have; may be repeated")
      ->allow_extra_args(false);
  for (const char* const other : {"--issuer", "--any-issuer", "--audience", "--any-audience",
                                  "--algorithms", "--ca-file", "--allow-loopback-http"}) {
    environment->excludes(command.get_option(other));
  }
}

void add_mapping_options(CLI::App& command, ServeOptions& options) {
  command
      .add_option("--claim", options.claims,
                  "Claims that a field is read from, the first that is there: org_id=tenant,org")
      ->type_name("FIELD=NAME[,NAME]")
      ->allow_extra_args(false);
  command
      .add_option("--require", options.required_fields,
                  "Field that every caller must have; may be repeated")
      ->type_name("FIELD")
      ->allow_extra_args(false);
  command.add_option("--role-order", options.role_order, "The roles that exist, the lowest first")
      ->type_name("ROLE[,ROLE]")
      ->delimiter(',')
      ->allow_extra_args(false);
}

}  // namespace

void add_options(CLI::App& command, ServeOptions& options) {
  command.add_option("--listen", options.listen, "Address; port 0 takes a free one")
      ->type_name("HOST:PORT")
      ->capture_default_str();
  command
      .add_option("--status", options.status, "Address of health and metrics; else there are none")
      ->type_name("HOST:PORT");
  command.add_option("--first-request-ms", options.first_request_ms, "For tests")->group("");
  command.add_option("--threads", options.threads, "That verify tokens")
      ->check(is_decimal())
      ->check(CLI::Range(1, 256))
      ->capture_default_str();
  command.add_option("--realm", options.realm, "Realm of WWW-Authenticate");
  command
      .add_option("--ext-authz-prefix", options.ext_authz_prefix,
                  "Path prefix that Envoy is configured with; empty: none")
      ->type_name("PATH")
      ->check(CLI::Validator(prefix_fault, ""))
      ->capture_default_str();
  command.add_option("--audit", options.audit, "Write a line for each authentication; - is stdout")
      ->type_name("FILE");
  add_token_options(command, options);
  add_mapping_options(command, options);
}

namespace {

ListenAddress address_of(const std::string& option, const std::string& text) {
  const std::size_t colon = text.rfind(':');
  ListenAddress address{.host = text.substr(0, colon)};
  const bool bracketed = address.host.starts_with('[') && address.host.ends_with(']');
  const bool has_colon = address.host.find(':') != std::string::npos;
  if (bracketed) address.host = address.host.substr(1, address.host.size() - 2);
  if (colon != std::string::npos && !address.host.empty() && has_colon == bracketed) {
    const char* const last = text.data() + text.size();
    const auto [end, error] = std::from_chars(text.data() + colon + 1, last, address.port);
    if (error == std::errc() && end == last) return address;
  }
  throw CLI::ValidationError(option, text::escape(text) + " is not like 127.0.0.1:9180");
}

}  // namespace

ServerOptions server_options(const ServeOptions& options) {
  ServerOptions server{.listen = address_of("--listen", options.listen),
                       .threads = options.threads,
                       .first_request = std::chrono::milliseconds(options.first_request_ms)};
  if (!options.status.empty()) server.status = address_of("--status", options.status);
  return server;
}

PrincipalMapper mapper_of(const ServeOptions& options) {
  ClaimMapping mapping;
  std::vector<std::string_view> seen;
  for (const std::string& option : options.claims) apply_claim(option, mapping, seen);
  mapping.required = options.required_fields;
  mapping.role_order = options.role_order;
  auto mapper = PrincipalMapper::create(std::move(mapping));
  if (!mapper) throw mapping_fault(mapper.error());
  return std::move(mapper).value();
}

}  // namespace jwks::cli
