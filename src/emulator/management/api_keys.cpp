#include <string>
#include <vector>

#include "emulator/json_text.hpp"
#include "emulator/management/endpoints.hpp"
#include "emulator/management/list.hpp"
#include "emulator/management/resource_json.hpp"

// /api_keys, and those of an organization: its own and its users'.

namespace jwks {
inline namespace v0 {
namespace emulator {
namespace {

constexpr std::string_view kApiKey = "ApiKey";
constexpr std::string_view kOrganization = "Organization";

HttpResponse list(const HttpRequest& request, const std::string& organization,
                  const Directory& directory) {
  if (!directory.organization(organization)) return not_found(kOrganization);
  std::vector<ApiKeyRecord> records = directory.api_keys();
  std::erase_if(records,
                [&](const ApiKeyRecord& each) { return each.key.organization != organization; });
  return list_response(parse_form(request.query), records);
}

HttpResponse create(const HttpRequest& request, const std::string& organization,
                    Directory& directory) {
  if (!directory.organization(organization)) return not_found(kOrganization);
  const auto read = [&](MemberReader& members) {
    return ApiKey{
        .name = members.required_string("name"),
        .organization = organization,
        .user_id = members.string("user_id").value_or(""),
        .permissions = members.strings("permissions").value_or(std::vector<std::string>()),
        .expires_at = members.date_time("expires_at")};
  };
  return answer_body(request, read, [&](ApiKey key) {
    return answer(directory.add(std::move(key)), 201, kApiKey,
                  [](const ApiKeyRecord& record) { return to_json(record, Reveal::yes); });
  });
}

/// What is merely allowed authenticates, but is no key that could be shown.
HttpResponse validate(const HttpRequest& request, Directory& directory) {
  return answer_body(
      request, [](MemberReader& members) { return members.required_string("value"); },
      [&](const std::string& value) {
        const auto found = directory.use_api_key(value);
        return json_response(200,
                             JsonObject().raw("api_key", found ? to_json(*found) : "null").text());
      });
}

}  // namespace

void add_api_keys(const Register& on, Directory& directory) {
  on("GET", "/organizations/{id}/api_keys", [&](const HttpRequest& request, PathValues values) {
    return list(request, values[0], directory);
  });
  on("POST", "/organizations/{id}/api_keys", [&](const HttpRequest& request, PathValues values) {
    return create(request, values[0], directory);
  });
  on("POST", "/api_keys/validations",
     [&](const HttpRequest& request, PathValues) { return validate(request, directory); });
  on("DELETE", "/api_keys/{id}", [&](const HttpRequest&, PathValues values) {
    return deleted(directory.remove_api_key(values[0]), kApiKey);
  });
}

}  // namespace emulator
}  // namespace v0
}  // namespace jwks
