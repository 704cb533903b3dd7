#include "cli/serve/gate.hpp"

#include <chrono>
#include <exception>
#include <optional>
#include <utility>
#include <vector>

#include "auth/audit_record.hpp"
#include "cli/serve/identity.hpp"
#include "jwks/http.hpp"
#include "jwks/stats.hpp"

namespace jwks::cli {
namespace {

/// For clients that nobody can tell how long it will take.
constexpr std::chrono::seconds kRetryAfter{5};

ProxyAnswer plain_text(int status, std::string text) {
  return {.status = status, .fields = {{"Content-Type", "text/plain"}}, .body = std::move(text)};
}

/// Nobody can tell now. Small, because it is also said when there is no memory.
ProxyAnswer unavailable(std::chrono::seconds retry_after) {
  return {.status = 503, .fields = {{"Retry-After", std::to_string(retry_after.count())}}};
}

/// The one token of a request. Of several fields a service might read another one than we do.
std::optional<std::string_view> token_of(const ProxyRequest& request) noexcept {
  if (request.authorization.size() != 1) return std::nullopt;
  return bearer_token(request.authorization.front());
}

Error not_one_token() noexcept {
  return Error(ErrorCode::invalid_header)
      .about("Authorization")
      .because("not one field with one bearer token");
}

}  // namespace

Gate::Gate(AuthenticatorPtr authenticator, PrincipalMapper mapper, GateOptions options)
    : authenticator_(std::move(authenticator)),
      mode_(authenticator_->mode()),
      mapper_(std::move(mapper)),
      options_(std::move(options)) {}

void Gate::answer(const ProxyRequest& request, AnswerCallback done) const {
  const Route route = route_of(request.target, options_.ext_authz_prefix);
  switch (route.endpoint) {
    case Endpoint::ext_authz:
      return check(request, {}, std::move(done));
    case Endpoint::auth: {
      auto requirements = route.query ? parse_requirements(*route.query) : Requirements{};
      if (!requirements) return done({.status = 500});
      return check(request, *std::move(requirements), std::move(done));
    }
    default:
      return done({.status = 404});
  }
}

ProxyAnswer Gate::report(const ProxyRequest& request) const {
  const Endpoint endpoint = route_of(request.target, {}).endpoint;
  if (endpoint == Endpoint::unknown || endpoint == Endpoint::auth) return {.status = 404};
  if (request.method != "GET" && request.method != "HEAD") {
    return {.status = 405, .fields = {{"Allow", "GET, HEAD"}}};
  }
  if (endpoint == Endpoint::healthz) return plain_text(200, "ok\n");
  if (endpoint == Endpoint::readyz) {
    const HealthStatus health = authenticator_->health();
    return plain_text(health == HealthStatus::unavailable ? 503 : 200,
                      std::string(to_string(health)) + '\n');
  }
  return {.status = 200,
          .fields = {{"Content-Type", std::string(kOpenMetricsType)}},
          .body = open_metrics(authenticator_->metrics())};
}

void Gate::check(const ProxyRequest& request, Requirements requirements,
                 AnswerCallback done) const {
  const auto token = token_of(request);
  // Where everybody is let in, a token is not needed.
  if (!token && mode_ != "none") {
    // Nobody to speak of, unless it looks like an attempt to slip something past us.
    if (!request.authorization.empty()) record(not_one_token());
    return done(ask_for_token());
  }
  authenticator_->authenticate_async(
      token.value_or(""), [this, requirements = std::move(requirements),
                           done = std::move(done)](Result<Principal> caller) {
        ProxyAnswer answer;
        try {
          Result<Principal> judged = judge(std::move(caller), requirements);
          if (judged) {
            if (auto fields = identity_fields(*judged); fields) {
              answer = {.status = 200, .fields = std::move(fields).value()};
            } else {
              judged = fields.error();
            }
          }
          if (!judged) answer = refuse(judged.error());
          record(judged);
        } catch (const std::exception&) {
          answer = unavailable(kRetryAfter);
          record(Error(ErrorCode::out_of_memory));
        }
        done(std::move(answer));
      });
}

Result<Principal> Gate::judge(Result<Principal>&& caller, const Requirements& requirements) const {
  if (!caller) return std::move(caller);
  if (const auto allowed = allows(*caller, requirements); !allowed) return allowed.error();
  return std::move(caller);
}

void Gate::record(const Result<Principal>& outcome) const noexcept {
  if (!options_.auditor) return;
  try {
    options_.auditor->on_authentication(auth::audit_record(mode_, outcome));
  } catch (...) {  // NOLINT(bugprone-empty-catch): a record for which there is no memory is lost
  }
}

Result<void> Gate::allows(const Principal& principal, const Requirements& requirements) const {
  for (const std::string& scope : requirements.scopes) {
    if (const auto allowed = require_scope(principal, scope); !allowed) return allowed;
  }
  for (const std::string& permission : requirements.permissions) {
    if (const auto allowed = require_permission(principal, permission); !allowed) return allowed;
  }
  if (requirements.role.empty()) return {};
  return mapper_.mapping().role_order.empty() ? require_role(principal, requirements.role)
                                              : mapper_.require_role(principal, requirements.role);
}

ProxyAnswer Gate::refuse(const Error& error) const {
  const int status = http_status(error);
  if (status == 503) return unavailable(error.retry_after().value_or(kRetryAfter));
  ProxyAnswer answer{.status = status};
  std::string challenge = www_authenticate(error, options_.realm);
  if (!challenge.empty()) answer.fields.emplace_back("WWW-Authenticate", std::move(challenge));
  return answer;
}

ProxyAnswer Gate::ask_for_token() const {
  return {.status = 401, .fields = {{"WWW-Authenticate", www_authenticate(options_.realm)}}};
}

}  // namespace jwks::cli
