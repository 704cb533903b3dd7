#include "emulator/oauth/oauth_error.hpp"

#include "emulator/json_text.hpp"

namespace jwks {
inline namespace v0 {
namespace emulator {
namespace {

int status_of(std::string_view error) noexcept {
  if (error == "invalid_client") return 401;
  if (error == "server_error") return 500;
  return 400;
}

}  // namespace

HttpResponse oauth_error(std::string_view error, std::string_view description) {
  HttpResponse response = json_response(
      status_of(error),
      JsonObject().string("error", error).string("error_description", description).text());
  if (response.status == 401) response.with("WWW-Authenticate", R"(Basic realm="jwks-emulator")");
  return response;
}

HttpResponse cannot_sign() { return oauth_error("server_error", "cannot sign"); }

}  // namespace emulator
}  // namespace v0
}  // namespace jwks
