#include "emulator/oauth/access_token.hpp"

#include "emulator/json_text.hpp"
#include "emulator/oauth/client_authentication.hpp"
#include "emulator/oauth/parameters.hpp"
#include "emulator/random_text.hpp"
#include "jwks/jwk_set.hpp"
#include "jwks/policy.hpp"
#include "jwks/verify.hpp"

namespace jwks {
inline namespace v0 {
namespace emulator {
namespace {

/// No base64url: it can't be in either part of a "jti".
constexpr char kGrantEnd = '.';

AlgorithmSet algorithms_of(const KeySnapshot& keys) {
  AlgorithmSet algorithms;
  for (const KeySlot& slot : keys.slots) algorithms.insert(slot.signing.algorithm());
  return algorithms;
}

/// Reads tokens as the users of this library do.
Result<VerifiedToken> verify_own(const OAuthContext& context, std::string_view token,
                                 std::string_view identifier) {
  const auto snapshot = context.issuer.keyring().snapshot();
  const auto keys = JwkSet::parse(snapshot->jwks);
  if (!keys) return keys.error();
  const auto policy =
      ValidationPolicy::create({.issuer = std::string(identifier),
                                .allow_any_audience = true,
                                .algorithms = algorithms_of(*snapshot),
                                .token_type = context.issuer.token_type(),
                                // What ID tokens don't have, also where both are of one "typ".
                                .required_claims = {"sub", "jti", "client_id"},
                                .clock_skew = std::chrono::seconds(0)});
  if (!policy) return policy.error();
  return verify(token, *keys, *policy, context.clock.now());
}

std::vector<std::string> scopes_of(const Claims& claims) {
  if (const auto array = claims.strings("scp")) return {array->begin(), array->end()};
  const auto scope = claims.string("scope");
  return scope ? split_scope(*scope).value_or(std::vector<std::string>{})
               : std::vector<std::string>{};
}

bool is_client(const Directory& directory, std::string_view client_id) {
  return client_id == Issuer::kMintClientId || find_client(directory, client_id).has_value();
}

bool is_revoked(const GrantStore& grants, std::string_view token_id) {
  const std::size_t end = token_id.find(kGrantEnd);
  return grants.is_revoked(token_id) ||
         (end != std::string_view::npos && grants.is_revoked(token_id.substr(0, end)));
}

}  // namespace

Result<std::string> issue_access_token(const OAuthContext& context, std::string_view identifier,
                                       const Application& application, std::string_view subject,
                                       const std::vector<std::string>& scopes,
                                       std::string_view grant_id) {
  JsonMembers claims;
  if (!grant_id.empty()) {
    claims.emplace_back("jti", json_quoted(std::string(grant_id) + kGrantEnd + random_text()));
  }
  if (!application.organization.empty()) {
    claims.emplace_back("org_id", json_quoted(application.organization));
  }
  claims.emplace_back("client_id", json_quoted(application.client_id));
  if (context.settings.scopes_as_array) {
    claims.emplace_back("scp", string_array(scopes));
  } else if (!scopes.empty()) {
    claims.emplace_back("scope", json_quoted(joined(scopes)));
  }
  const std::string& audience =
      application.audience.empty() ? application.client_id : application.audience;
  return context.issuer.issue({.subject = std::string(subject), .audience = audience}, claims,
                              identifier);
}

std::optional<AccessToken> check_access_token(const OAuthContext& context, std::string_view token,
                                              std::string_view identifier) {
  const auto verified = verify_own(context, token, identifier);
  if (!verified) return std::nullopt;
  const Claims claims = verified->claims();
  const auto client_id = claims.string("client_id");
  if (!client_id || !is_client(context.directory, *client_id)) return std::nullopt;
  if (is_revoked(context.grants, claims.token_id())) return std::nullopt;

  AccessToken access{.id = std::string(claims.token_id()),
                     .client_id = std::string(*client_id),
                     .subject = std::string(claims.subject()),
                     .scopes = scopes_of(claims)};
  const JsonValue root = claims.root();
  for (auto member = root.begin(); member != root.end(); ++member) {
    access.claims.emplace_back(member.name(), (*member).text());
  }
  return access;
}

}  // namespace emulator
}  // namespace v0
}  // namespace jwks
