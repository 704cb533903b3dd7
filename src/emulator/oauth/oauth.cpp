#include "emulator/oauth/oauth.hpp"

#include "emulator/oauth/discovery.hpp"
#include "emulator/oauth/token_endpoint.hpp"

namespace jwks {
inline namespace v0 {
namespace emulator {

OAuth::OAuth(const Issuer& issuer, Directory& directory, const EmulatorClock& clock,
             OAuthSettings settings)
    : issuer_(issuer), directory_(directory), clock_(clock), settings_(settings) {}

// TODO(step 4, part C): the other endpoints.
std::optional<HttpResponse> OAuth::respond(const HttpRequest& request, std::string_view path) {
  if (path == "/oauth2/token") {
    return TokenEndpoint(issuer_, directory_, settings_.scopes_as_array).respond(request);
  }
  if (path == "/.well-known/openid-configuration" ||
      path == "/.well-known/oauth-authorization-server") {
    if (request.method != "GET" && request.method != "HEAD") return method_not_allowed("GET, HEAD");
    return json_response(200, metadata_document(issuer_, request.issuer, settings_));
  }
  static_cast<void>(clock_);
  return std::nullopt;
}

void OAuth::reset() {}

}  // namespace emulator
}  // namespace v0
}  // namespace jwks
