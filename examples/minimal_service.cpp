// The smallest service: `minimal_service <issuer> <audience> <port>` greets whoever brings a token
// of that issuer with the scope orders:read, and tells a scraper how the key set fares.

#include <httplib.h>
#include <jwks/http.hpp>
#include <jwks/jwks_verifier.hpp>

int main(int argc, char** argv) {
  if (argc != 4) return 2;
  const auto verifier = jwks::JwksVerifier::create(
      {.issuer = argv[1], .audiences = {argv[2]}, .http = {.allow_loopback_http = true}});
  if (!verifier) return 1;

  httplib::Server server;
  server.Get("/", [&](const httplib::Request& request, httplib::Response& response) {
    const auto field = request.get_header_value("Authorization");
    const auto token = verifier->verify(jwks::bearer_token(field).value_or(""));
    if (token && token->claims().has_scope("orders:read")) {
      response.set_content("hello " + std::string(token->claims().subject()), "text/plain");
      return;
    }
    const auto error = token ? jwks::Error(jwks::ErrorCode::insufficient_scope) : token.error();
    response.status = jwks::http_status(error);  // 401, 403 or 503
    const auto challenge = field.empty() ? jwks::www_authenticate() : jwks::www_authenticate(error);
    if (!challenge.empty()) response.set_header("WWW-Authenticate", challenge);
  });
  server.Get("/metrics", [&](const httplib::Request&, httplib::Response& response) {
    const jwks::SourceMetrics metrics[] = {verifier->metrics()};
    response.set_content(jwks::open_metrics(metrics), std::string(jwks::kOpenMetricsType));
  });
  return server.listen("127.0.0.1", std::stoi(argv[3])) ? 0 : 1;
}
