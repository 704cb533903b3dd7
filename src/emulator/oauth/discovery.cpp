#include "emulator/oauth/discovery.hpp"

#include <algorithm>
#include <array>
#include <vector>

#include "emulator/json_text.hpp"

namespace jwks {
inline namespace v0 {
namespace emulator {

std::string metadata_document(const Issuer& issuer, std::string_view identifier,
                              const OAuthSettings& /*settings*/) {
  const auto keys = issuer.keyring().snapshot();
  std::vector<std::string> algorithms;
  for (const KeySlot& slot : keys->slots) {
    const std::string name(to_string(slot.signing.algorithm()));
    if (std::find(algorithms.begin(), algorithms.end(), name) == algorithms.end()) {
      algorithms.push_back(name);
    }
  }
  std::string base(identifier);
  while (base.ends_with('/')) base.pop_back();
  const std::array<std::string, 1> grants{"client_credentials"};
  const std::array<std::string, 2> methods{"client_secret_basic", "client_secret_post"};
  const std::array<std::string, 1> subjects{"public"};
  return JsonObject()
      .string("issuer", identifier)
      .string("jwks_uri", base + std::string(Issuer::kJwksPath))
      .string("token_endpoint", base + "/oauth2/token")
      .raw("grant_types_supported", string_array(grants))
      .raw("response_types_supported", "[]")
      .raw("subject_types_supported", string_array(subjects))
      .raw("token_endpoint_auth_methods_supported", string_array(methods))
      .raw("id_token_signing_alg_values_supported", string_array(algorithms))
      .text();
}

}  // namespace emulator
}  // namespace v0
}  // namespace jwks
