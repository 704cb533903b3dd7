#include "emulator/oauth/discovery.hpp"

#include <initializer_list>
#include <string>
#include <vector>

#include "emulator/json_text.hpp"
#include "emulator/oauth/authorization_endpoint.hpp"
#include "emulator/oauth/parameters.hpp"
#include "emulator/url_text.hpp"

namespace jwks {
inline namespace v0 {
namespace emulator {
namespace {

std::string list(std::initializer_list<std::string> items) {
  return string_array(std::vector<std::string>(items));
}

/// Those that tokens can be asked of this issuer in.
std::vector<std::string> signing_algorithms(const Issuer& issuer) {
  const auto keys = issuer.keyring().snapshot();
  std::vector<std::string> algorithms;
  for (const KeySlot& slot : keys->slots) {
    std::string name(to_string(slot.signing.algorithm()));
    if (!contains(algorithms, name)) algorithms.push_back(std::move(name));
  }
  return algorithms;
}

}  // namespace

std::string metadata_document(const Issuer& issuer, std::string_view identifier,
                              const OAuthSettings& settings) {
  const std::string base(without_trailing_slashes(identifier));
  const std::string secret_methods = list({"client_secret_basic", "client_secret_post"});
  const std::string methods = list({"client_secret_basic", "client_secret_post", "none"});
  return JsonObject()
      .string("issuer", identifier)
      .string("jwks_uri", base + std::string(Issuer::kJwksPath))
      .string("authorization_endpoint", base + "/oauth2/authorize")
      .string("token_endpoint", base + "/oauth2/token")
      .string("userinfo_endpoint", base + "/oauth2/userinfo")
      .string("introspection_endpoint", base + "/oauth2/introspect")
      .string("revocation_endpoint", base + "/oauth2/revoke")
      .raw("grant_types_supported",
           list({"client_credentials", "authorization_code", "refresh_token"}))
      .raw("response_types_supported", list({"code"}))
      .raw("response_modes_supported", list({"query"}))
      .raw("subject_types_supported", list({"public"}))
      .raw("scopes_supported", string_array(standard_scopes()))
      .raw("claims_supported", list({"iss", "sub", "aud", "exp", "iat", "auth_time", "nonce", "azp",
                                     "at_hash", "email", "email_verified", "name"}))
      .raw("id_token_signing_alg_values_supported", string_array(signing_algorithms(issuer)))
      .raw("token_endpoint_auth_methods_supported", methods)
      .raw("revocation_endpoint_auth_methods_supported", methods)
      .raw("introspection_endpoint_auth_methods_supported", secret_methods)
      .raw("code_challenge_methods_supported",
           settings.allow_plain_pkce ? list({"S256", "plain"}) : list({"S256"}))
      .raw("authorization_response_iss_parameter_supported", "true")
      // Said because the last of them is true where it is left out.
      .raw("claims_parameter_supported", "false")
      .raw("request_parameter_supported", "false")
      .raw("request_uri_parameter_supported", "false")
      .text();
}

}  // namespace emulator
}  // namespace v0
}  // namespace jwks
