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

/// No base64url: it can't be in any part of a "jti".
constexpr char kPartEnd = '.';

/// A "jti" of a client's token: "<the application's id>.<the grant's id or nothing>.<random>".
struct TokenId {
  std::string_view application_id;
  std::string_view grant_id;
};

/// Empty for what a test mints: that has a "jti" of another form, and belongs to nobody.
std::optional<TokenId> parse_token_id(std::string_view text) {
  if (!text.starts_with(kApplicationIdPrefix)) return std::nullopt;
  const std::size_t first = text.find(kPartEnd);
  if (first == std::string_view::npos) return std::nullopt;
  const std::string_view rest = text.substr(first + 1);
  const std::size_t second = rest.find(kPartEnd);
  if (second == std::string_view::npos) return std::nullopt;
  return TokenId{text.substr(0, first), rest.substr(0, second)};
}

/// Tells whether a token of this id is still good for what now has its "client_id".
bool still_holds(const OAuthContext& context, std::string_view token_id,
                 std::string_view client_id) {
  const auto client = find_client(context.directory, client_id);
  if (!client && client_id != Issuer::kMintClientId) return false;
  if (context.grants.is_revoked(token_id)) return false;
  const auto parts = parse_token_id(token_id);
  if (!parts) return true;
  return client && client->id == parts->application_id &&
         !context.grants.is_revoked(parts->grant_id);
}

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

}  // namespace

Result<std::string> issue_access_token(const OAuthContext& context, std::string_view identifier,
                                       const ApplicationRecord& client, std::string_view subject,
                                       const std::vector<std::string>& scopes,
                                       std::string_view grant_id) {
  const Application& application = client.application;
  std::string token_id = client.id + kPartEnd;
  token_id.append(grant_id).append(1, kPartEnd).append(random_text());
  JsonMembers claims{{"jti", json_quoted(token_id)}};
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
  if (!client_id || !still_holds(context, claims.token_id(), *client_id)) return std::nullopt;

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
