#include "emulator/management/management.hpp"

#include <utility>

#include "base/text.hpp"
#include "emulator/management/endpoints.hpp"

namespace jwks {
inline namespace v0 {
namespace emulator {
namespace {

/// The credentials of RFC 6750 §2.1; empty if there are others, or none.
std::string_view bearer_token(const HttpRequest& request) {
  if (request.count("authorization") != 1) return {};
  const std::string_view value = *request.header("authorization");
  const std::size_t space = value.find(' ');
  if (space == std::string_view::npos) return {};
  if (!text::equals_ignoring_case(value.substr(0, space), "Bearer")) return {};
  return text::trim(value.substr(space));
}

/// The same for every reason: who guesses learns nothing from it.
HttpResponse unauthorized() {
  return management_error(401, "unauthorized", "Unauthorized")
      .with("WWW-Authenticate", R"(Bearer realm="jwks-emulator")");
}

}  // namespace

Management::Management(Directory& directory) : directory_(directory) {
  const Register on = [this](std::string method, std::string pattern, Router::Handler handler) {
    router_.on(std::move(method), std::move(pattern),
               [this, handler = std::move(handler)](const HttpRequest& request, PathValues values) {
                 return admits(request) ? handler(request, values) : unauthorized();
               });
  };
  add_organizations(on, directory);
  add_applications(on, directory);
  add_api_keys(on, directory);
}

std::optional<HttpResponse> Management::respond(const HttpRequest& request,
                                                std::string_view path) const {
  return router_.respond(request, path);
}

bool Management::admits(const HttpRequest& request) const {
  const std::string_view token = bearer_token(request);
  return !token.empty() && directory_.admits(token);
}

}  // namespace emulator
}  // namespace v0
}  // namespace jwks
