#include "emulator/management/resource_json.hpp"

#include <optional>
#include <string_view>
#include <vector>

#include "base/base64url.hpp"
#include "emulator/json_text.hpp"
#include "emulator/time_text.hpp"

namespace jwks {
inline namespace v0 {
namespace emulator {
namespace {

constexpr std::size_t kShownEnd = 4;
/// Of a shorter secret the end would be too much of it.
constexpr std::size_t kMinLengthToShowEnd = 12;
constexpr std::size_t kDomainIdLength = 22;  // 128 bits

std::string text_or_null(const std::string& text) {
  return text.empty() ? "null" : json_quoted(text);
}

std::string time_or_null(const std::optional<Time>& time) {
  return time ? json_quoted(utc_text(*time)) : "null";
}

JsonObject resource(std::string_view type, std::string_view id) {
  return JsonObject().string("object", type).string("id", id);
}

std::string with_times(JsonObject& object, Time created_at, Time updated_at) {
  return object.string("created_at", utc_text(created_at))
      .string("updated_at", utc_text(updated_at))
      .text();
}

std::string_view shown_end(std::string_view secret) {
  return secret.size() < kMinLengthToShowEnd ? "" : secret.substr(secret.size() - kShownEnd);
}

/// A domain is a resource of the real service and part of the organization here: its id is made of
/// what it is.
std::string domain_json(const OrganizationRecord& record, const std::string& domain) {
  const crypto::Sha256 digest = digest_of(record.organization.id + '/' + domain);
  const std::string hash = base64url::encode(
      std::string_view(reinterpret_cast<const char*>(digest.data()), digest.size()));
  JsonObject object =
      resource("organization_domain", "org_domain_" + hash.substr(0, kDomainIdLength));
  object.string("organization_id", record.organization.id)
      .string("domain", domain)
      .string("state", "verified")
      .string("verification_strategy", "manual");
  return with_times(object, record.created_at, record.updated_at);
}

std::string map_json(const StringMap& map) {
  JsonObject object;
  for (const auto& [name, value] : map) object.string(name, value);
  return object.text();
}

std::string redirect_uris_json(const std::vector<std::string>& uris) {
  std::vector<std::string> items;
  for (const std::string& uri : uris) {
    const bool first = items.empty();
    items.push_back(
        JsonObject().string("uri", uri).raw("default", first ? "true" : "false").text());
  }
  return array_of(items);
}

}  // namespace

std::string to_json(const OrganizationRecord& record) {
  const Organization& organization = record.organization;
  std::vector<std::string> domains;
  domains.reserve(organization.domains.size());
  for (const std::string& each : organization.domains) domains.push_back(domain_json(record, each));
  JsonObject object = resource("organization", organization.id);
  object.string("name", organization.name)
      .raw("external_id", text_or_null(organization.external_id))
      .raw("metadata", map_json(organization.metadata))
      .raw("domains", array_of(domains))
      .raw("allow_profiles_outside_organization", "false");
  return with_times(object, record.created_at, record.updated_at);
}

std::string to_json(const ApplicationRecord& record) {
  const Application& application = record.application;
  const bool is_m2m = application.type == ApplicationType::m2m;
  JsonObject object = resource("connect_application", record.id);
  object.string("name", application.name)
      .string("client_id", application.client_id)
      .raw("description", text_or_null(application.description))
      .string("application_type", is_m2m ? "m2m" : "oauth")
      .raw("organization_id", text_or_null(application.organization))
      .raw("audience", text_or_null(application.audience))
      .raw("scopes", string_array(application.scopes));
  if (!is_m2m) {
    object.raw("redirect_uris", redirect_uris_json(application.redirect_uris))
        .raw("uses_pkce", application.is_public ? "true" : "false")
        .raw("is_first_party", "true")
        .raw("was_dynamically_registered", "false");
  }
  return with_times(object, record.created_at, record.updated_at);
}

std::string to_json(const ClientSecret& secret, Reveal value) {
  JsonObject object = resource("connect_application_secret", secret.id);
  object.string("secret_hint", shown_end(secret.value))
      .raw("last_used_at", time_or_null(secret.last_used_at));
  if (value == Reveal::yes) object.string("secret", secret.value);
  return with_times(object, secret.created_at, secret.created_at);
}

std::string to_json(const ApiKeyRecord& record, Reveal value) {
  const ApiKey& key = record.key;
  JsonObject owner;
  if (key.user_id.empty()) {
    owner.string("type", "organization").string("id", key.organization);
  } else {
    owner.string("type", "user")
        .string("id", key.user_id)
        .string("organization_id", key.organization);
  }
  JsonObject object = resource("api_key", record.id);
  object.raw("owner", owner.text())
      .string("name", key.name)
      .string("obfuscated_value", "sk_..." + std::string(shown_end(key.value)))
      .raw("permissions", string_array(key.permissions))
      .raw("expires_at", time_or_null(key.expires_at))
      .raw("last_used_at", time_or_null(record.last_used_at));
  if (value == Reveal::yes) object.string("value", key.value);
  return with_times(object, record.created_at, record.updated_at);
}

const std::string& id_of(const OrganizationRecord& record) noexcept {
  return record.organization.id;
}
const std::string& id_of(const ApplicationRecord& record) noexcept { return record.id; }
const std::string& id_of(const ApiKeyRecord& record) noexcept { return record.id; }

}  // namespace emulator
}  // namespace v0
}  // namespace jwks
