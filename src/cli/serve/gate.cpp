#include "cli/serve/gate.hpp"

#include <chrono>
#include <exception>
#include <optional>
#include <utility>
#include <vector>

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

}  // namespace

Gate::Gate(AuthenticatorPtr authenticator, PrincipalMapper mapper, GateOptions options)
    : authenticator_(std::move(authenticator)),
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
      return done(report(request, route.endpoint));
  }
}

ProxyAnswer Gate::report(const ProxyRequest& request, Endpoint endpoint) const {
  if (endpoint == Endpoint::unknown) return {.status = 404};
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
  if (!token && authenticator_->mode() != "none") return done(ask_for_token());
  authenticator_->authenticate_async(token.value_or(""),
                                     [this, requirements = std::move(requirements),
                                      done = std::move(done)](const Result<Principal>& principal) {
                                       ProxyAnswer answer;
                                       try {
                                         answer = judge(principal, requirements);
                                       } catch (const std::exception&) {
                                         answer = unavailable(kRetryAfter);
                                       }
                                       done(std::move(answer));
                                     });
}

ProxyAnswer Gate::judge(const Result<Principal>& principal,
                        const Requirements& requirements) const {
  if (!principal) return refuse(principal.error());
  if (const auto allowed = allows(*principal, requirements); !allowed) {
    return refuse(allowed.error());
  }
  return {.status = 200, .fields = identity_fields(*principal)};
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
