// A service with cpp-httplib that knows its callers: `httplib_service <port>`. What vouches for a
// token is the environment's business (AUTH_JWT_ISSUER, AUTH_JWT_AUDIENCE, ...; see
// jwks/auth_environment.hpp), what a caller may do stands beside each route.

#include <httplib.h>
#include <jwks/auth_environment.hpp>
#include <jwks/http.hpp>

#include <chrono>
#include <functional>
#include <iostream>
#include <string>
#include <utility>

namespace {

using httplib::Request;
using httplib::Response;

void refuse(Response& response, const jwks::Error& error) {
  response.status = jwks::http_status(error);  // 401, 403, 500 or 503
  const std::string challenge = jwks::www_authenticate(error, "orders");
  if (!challenge.empty()) response.set_header("WWW-Authenticate", challenge);
  if (response.status == 503) {
    const auto delay = error.retry_after().value_or(std::chrono::seconds(5));
    response.set_header("Retry-After", std::to_string(delay.count()));
  }
  std::cerr << "refused: " << error.message() << '\n';  // for us; the client learns no more
}

void ask_for_token(Response& response) {
  response.status = 401;
  response.set_header("WWW-Authenticate", jwks::www_authenticate("orders"));
}

/// The routes of a service, each for callers who have a scope.
class Routes {
 public:
  using Handler = std::function<void(const jwks::Principal&, const Request&, Response&)>;

  Routes(httplib::Server& server, const jwks::Authenticator& authenticator)
      : server_(server), authenticator_(authenticator) {}

  void get(const std::string& path, const std::string& scope, Handler handler) {
    server_.Get(path, guarded(scope, std::move(handler)));
  }
  void post(const std::string& path, const std::string& scope, Handler handler) {
    server_.Post(path, guarded(scope, std::move(handler)));
  }

 private:
  [[nodiscard]] httplib::Server::Handler guarded(std::string scope, Handler handler) const {
    return [&authenticator = authenticator_, scope = std::move(scope),
            handler = std::move(handler)](const Request& request, Response& response) {
      const std::string field = request.get_header_value("Authorization");
      const auto token = jwks::bearer_token(field);
      if (!token || request.get_header_value_count("Authorization") != 1) {
        return ask_for_token(response);
      }
      const auto principal = authenticator.authenticate(*token);
      if (!principal) return refuse(response, principal.error());
      if (const auto may = jwks::require_scope(*principal, scope); !may) {
        return refuse(response, may.error());
      }
      handler(*principal, request, response);
    };
  }

  httplib::Server& server_;
  const jwks::Authenticator& authenticator_;
};

void list_orders(const jwks::Principal& caller, const Request&, Response& response) {
  response.set_content("orders of " + caller.user_id + " at " + caller.org_id + '\n', "text/plain");
}

void place_order(const jwks::Principal& caller, const Request& request, Response& response) {
  response.status = 201;
  response.set_content(caller.user_id + " ordered " + request.body + '\n', "text/plain");
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  const auto mapper = jwks::PrincipalMapper::create({.required = {"org_id"}});
  if (!mapper) return 2;
  jwks::AuthEnvironment environment;
  environment.mapper = *mapper;
  const auto configured = jwks::authenticator_from_env(std::move(environment));
  if (!configured) {
    std::cerr << configured.error().message() << '\n';  // names the variable
    return 2;
  }
  for (const std::string& note : configured->notes) std::cerr << note << '\n';
  const jwks::Authenticator& authenticator = *configured->authenticator;

  httplib::Server server;
  Routes routes(server, authenticator);
  routes.get("/orders", "orders:read", list_orders);
  routes.post("/orders", "orders:write", place_order);
  server.Get("/readyz", [&](const Request&, Response& response) {
    const auto health = authenticator.health();
    response.status = health == jwks::HealthStatus::unavailable ? 503 : 200;
    response.set_content(std::string(to_string(health)) + '\n', "text/plain");
  });
  return server.listen("127.0.0.1", std::stoi(argv[1])) ? 0 : 1;
}
