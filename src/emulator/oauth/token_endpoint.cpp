#include "emulator/oauth/token_endpoint.hpp"

#include <algorithm>
#include <array>
#include <variant>

#include "emulator/oauth/client_authentication.hpp"
#include "emulator/oauth/grants.hpp"
#include "emulator/oauth/oauth_error.hpp"
#include "emulator/oauth/parameters.hpp"

namespace jwks {
inline namespace v0 {
namespace emulator {
namespace {

struct GrantType {
  std::string_view name;
  decltype(&client_credentials) respond;
};

constexpr std::array<GrantType, 3> kGrantTypes{{{"client_credentials", client_credentials},
                                                {"authorization_code", authorization_code},
                                                {"refresh_token", refresh_token}}};

}  // namespace

HttpResponse answer_token_request(OAuthContext& context, const HttpRequest& request) {
  const auto read = read_body(request);
  if (const auto* problem = std::get_if<std::string_view>(&read)) {
    return oauth_error("invalid_request", *problem);
  }
  const auto& parameters = std::get<Parameters>(read);
  const std::string_view name = find(parameters, "grant_type");
  if (name.empty()) return oauth_error("invalid_request", "grant_type is missing");
  const auto* const grant_type =
      std::find_if(kGrantTypes.begin(), kGrantTypes.end(),
                   [name](const GrantType& each) { return each.name == name; });
  if (grant_type == kGrantTypes.end()) {
    return oauth_error("unsupported_grant_type", "see grant_types_supported of the metadata");
  }
  const auto client =
      authenticate_client(context.directory, request, parameters, AcceptedClients::all);
  if (const auto* refusal = std::get_if<HttpResponse>(&client)) return *refusal;
  return grant_type->respond(context, request, std::get<ApplicationRecord>(client), parameters);
}

}  // namespace emulator
}  // namespace v0
}  // namespace jwks
