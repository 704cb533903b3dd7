#include "emulator/oauth/oauth.hpp"

#include <string>
#include <utility>

#include "emulator/oauth/authorization_endpoint.hpp"
#include "emulator/oauth/discovery.hpp"
#include "emulator/oauth/introspection.hpp"
#include "emulator/oauth/token_endpoint.hpp"
#include "emulator/oauth/userinfo.hpp"

namespace jwks {
inline namespace v0 {
namespace emulator {

OAuth::OAuth(const Issuer& issuer, Directory& directory, const EmulatorClock& clock,
             OAuthSettings settings)
    : context_{issuer, directory, clock, settings} {
  const auto on = [this](std::string method, std::string path, auto answer) {
    router_.on(std::move(method), std::move(path),
               [this, answer](const HttpRequest& request, PathValues) {
                 // RFC 6749 §5.1: what holds codes and tokens is stored nowhere.
                 HttpResponse response = answer(context_, request);
                 response.with("Cache-Control", "no-store").with("Pragma", "no-cache");
                 return response;
               });
  };
  on("POST", "/oauth2/token", answer_token_request);
  on("GET", "/oauth2/authorize", answer_authorization_request);
  on("POST", "/oauth2/authorize", answer_authorization_request);
  on("POST", "/oauth2/introspect", answer_introspection_request);
  on("POST", "/oauth2/revoke", answer_revocation_request);
  on("GET", "/oauth2/userinfo", answer_userinfo_request);
  on("POST", "/oauth2/userinfo", answer_userinfo_request);

  const auto metadata = [this](const HttpRequest& request, PathValues) {
    return json_response(200, metadata_document(context_.issuer, request.issuer, context_.settings))
        .with("Cache-Control", "public, max-age=300");
  };
  router_.on("GET", "/.well-known/openid-configuration", metadata);
  router_.on("GET", "/.well-known/oauth-authorization-server", metadata);
}

std::optional<HttpResponse> OAuth::respond(const HttpRequest& request,
                                           std::string_view path) const {
  return router_.respond(request, path);
}

void OAuth::reset() { context_.grants.clear(); }

}  // namespace emulator
}  // namespace v0
}  // namespace jwks
