#include "emulator/oauth/id_token.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include "base/base64url.hpp"
#include "crypto/digest.hpp"
#include "emulator/issuer/token_builder.hpp"
#include "emulator/json_text.hpp"
#include "emulator/oauth/parameters.hpp"

namespace jwks {
inline namespace v0 {
namespace emulator {
namespace {

/// A user's claims don't change whose token it is, who made it, and for what.
constexpr std::array<std::string_view, 11> kProtocolClaims{
    "iss", "sub", "aud", "exp", "nbf", "iat", "auth_time", "nonce", "azp", "at_hash", "client_id"};

void put(JsonMembers& members, std::string_view name, std::string_view json) {
  const auto at = std::find_if(members.begin(), members.end(),
                               [name](const auto& each) { return each.first == name; });
  if (at == members.end()) {
    members.emplace_back(name, json);
  } else {
    at->second = json;
  }
}

/// §3.1.3.6: the hash inside of the ID token's algorithm. Worked out here and not by the verifier's
/// code, or a mistake in it would find its own equal. Empty where none is defined.
std::optional<crypto::HashFunction> hash_function_of(const SigningKey& key) {
  const std::string_view name = to_string(key.algorithm());
  const auto has = [name](std::string_view bits) {
    return name.find(bits) != std::string_view::npos;
  };
  if (has("256")) return crypto::HashFunction::sha256;
  if (has("384")) return crypto::HashFunction::sha384;
  if (has("512")) return crypto::HashFunction::sha512;
  if (!name.starts_with("Ed")) return std::nullopt;
  const bool is_ed448 = key.public_jwk().find(R"("crv":"Ed448")") != std::string::npos;
  return is_ed448 ? crypto::HashFunction::shake256 : crypto::HashFunction::sha512;
}

/// The left half of the access token's hash; empty if there is no hash.
std::string access_token_hash(const Issuer& issuer, std::string_view access_token) {
  const auto keys = issuer.keyring().snapshot();
  const SigningKey* const key = keys->signer({});
  const auto function = key == nullptr ? std::nullopt : hash_function_of(*key);
  const auto hash = function ? crypto::digest(*function, access_token) : std::nullopt;
  return hash ? base64url::encode(hash->bytes().first(hash->size / 2)) : std::string();
}

}  // namespace

JsonMembers user_claims(const User& user, const std::vector<std::string>& scopes) {
  JsonMembers claims;
  if (contains(scopes, "email")) {
    claims.emplace_back("email", json_quoted(user.email));
    claims.emplace_back("email_verified", "true");
  }
  if (contains(scopes, "profile") && !user.name.empty()) {
    claims.emplace_back("name", json_quoted(user.name));
  }
  for (const auto& [name, json] : user.claims) {
    const bool is_reserved =
        std::find(kProtocolClaims.begin(), kProtocolClaims.end(), name) != kProtocolClaims.end();
    if (!is_reserved && !json.empty()) put(claims, name, json);
  }
  return claims;
}

Result<std::string> issue_id_token(const OAuthContext& context, std::string_view identifier,
                                   const Grant& grant, const User& user,
                                   std::string_view access_token) {
  JsonMembers protocol{{"client_id", ""},  // this makes an access token
                       {"azp", json_quoted(grant.client_id)},
                       {"auth_time", numeric_date(grant.auth_time)}};
  if (!grant.nonce.empty()) protocol.emplace_back("nonce", json_quoted(grant.nonce));
  const std::string hash = access_token_hash(context.issuer, access_token);
  if (!hash.empty()) protocol.emplace_back("at_hash", json_quoted(hash));
  return context.issuer.issue({.subject = user.id,
                               .audience = grant.client_id,
                               .claims = std::move(protocol),
                               .header = {{"typ", json_quoted("JWT")}}},
                              user_claims(user, grant.scopes), identifier);
}

}  // namespace emulator
}  // namespace v0
}  // namespace jwks
