#include "emulator/oauth/client_authentication.hpp"

#include <string>
#include <utility>

#include "emulator/oauth/oauth_error.hpp"
#include "emulator/oauth/parameters.hpp"

namespace jwks {
inline namespace v0 {
namespace emulator {
namespace {

/// What the request says about its sender; without a secret it may be a public client.
struct Claimed {
  std::string client_id;
  std::optional<std::string> secret;
};

std::variant<Claimed, HttpResponse> read_credentials(const HttpRequest& request,
                                                     const Parameters& parameters) {
  const std::string_view body_id = find(parameters, "client_id");
  const std::string_view body_secret = find(parameters, "client_secret");
  if (request.count("authorization") > 1) {
    return oauth_error("invalid_request", "more than one Authorization header");
  }
  const auto authorization = request.header("authorization");
  if (!authorization) {
    if (body_id.empty()) return oauth_error("invalid_client", "no client authentication");
    Claimed claimed{std::string(body_id), std::nullopt};
    if (!body_secret.empty()) claimed.secret = body_secret;
    return claimed;
  }
  // RFC 6749 §2.3: a client must not use more than one authentication method in a request.
  if (!body_secret.empty()) {
    return oauth_error("invalid_request", "credentials both in the header and in the body");
  }
  std::optional<Credentials> basic = parse_basic(*authorization);
  if (!basic) return oauth_error("invalid_client", "not HTTP Basic authentication");
  if (!body_id.empty() && body_id != basic->client_id) {
    return oauth_error("invalid_request", "two different client identifiers");
  }
  return Claimed{std::move(basic->client_id), std::move(basic->client_secret)};
}

bool has_tenant(const Directory& directory, const Application& application) {
  return application.organization.empty() ||
         directory.organization(application.organization).has_value();
}

}  // namespace

std::variant<ApplicationRecord, HttpResponse> authenticate_client(Directory& directory,
                                                                  const HttpRequest& request,
                                                                  const Parameters& parameters,
                                                                  AcceptedClients accepted) {
  auto credentials = read_credentials(request, parameters);
  if (auto* refusal = std::get_if<HttpResponse>(&credentials)) return std::move(*refusal);
  const auto& [client_id, secret] = std::get<Claimed>(credentials);

  std::optional<ApplicationRecord> client;
  if (secret) {
    client = directory.authenticate(client_id, *secret);
  } else if (accepted == AcceptedClients::all) {
    client = directory.client(client_id);
    if (client && !client->application.is_public) client.reset();
  }
  if (!client || !has_tenant(directory, client->application)) {
    return oauth_error("invalid_client", "client authentication failed");
  }
  return *std::move(client);
}

std::optional<ApplicationRecord> find_client(const Directory& directory,
                                             std::string_view client_id) {
  auto found = directory.client(client_id);
  if (!found || !has_tenant(directory, found->application)) return std::nullopt;
  return found;
}

}  // namespace emulator
}  // namespace v0
}  // namespace jwks
