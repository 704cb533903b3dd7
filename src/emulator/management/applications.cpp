#include <algorithm>
#include <string>
#include <vector>

#include "emulator/management/endpoints.hpp"
#include "emulator/management/list.hpp"
#include "emulator/management/resource_json.hpp"

// /connect/applications and their secrets. An application is named by its own id or its client's.

namespace jwks {
inline namespace v0 {
namespace emulator {
namespace {

constexpr std::string_view kApplication = "ConnectApplication";
constexpr std::string_view kSecret = "ClientSecret";

ApplicationChange read_change(MemberReader& members) {
  return {.name = members.string("name"),
          .description = members.string("description"),
          .audience = members.string("audience"),
          .scopes = members.strings("scopes"),
          .redirect_uris = members.strings_or_objects("redirect_uris", "uri")};
}

std::string shown(const ApplicationRecord& record) { return to_json(record); }

/// An application of machines acts for exactly one organization, which is there.
Application read_new(MemberReader& members, const Directory& directory) {
  Application application;
  apply(read_change(members), application);
  application.client_id = members.string("client_id").value_or("");
  application.is_public = members.boolean("uses_pkce").value_or(false);
  const std::string type = members.required_string("application_type");
  if (type == "oauth") {
    application.type = ApplicationType::oauth;
  } else if (type != "m2m" && !type.empty()) {
    members.refuse("application_type", with_value("must be m2m or oauth", type));
  }
  application.organization = members.string("organization_id").value_or("");
  if (application.organization.empty()) {
    if (type == "m2m") members.refuse("organization_id", "is required for m2m", "required");
  } else if (!directory.organization(application.organization)) {
    members.refuse("organization_id",
                   with_value("names no organization", application.organization));
  }
  return application;
}

HttpResponse list(const HttpRequest& request, const Directory& directory) {
  const Parameters query = parse_form(request.query);
  std::vector<ApplicationRecord> records = directory.application_records();
  for (const auto& [name, value] : query) {
    if (name != "organization_id") continue;
    std::erase_if(records, [&wanted = value](const ApplicationRecord& each) {
      return each.application.organization != wanted;
    });
  }
  return list_response(query, records);
}

HttpResponse create(const HttpRequest& request, Directory& directory) {
  return answer_body(
      request, [&](MemberReader& members) { return read_new(members, directory); },
      [&](Application application) {
        return answer(directory.add(std::move(application)), 201, kApplication, shown);
      });
}

HttpResponse update(const HttpRequest& request, const std::string& id, Directory& directory) {
  return answer_body(request, read_change, [&](const ApplicationChange& change) {
    return answer(directory.change(id, change), 200, kApplication, shown);
  });
}

/// All of them, newest first: they are few, and clients expect no pages.
HttpResponse list_secrets(const std::string& id, const Directory& directory) {
  const auto found = directory.application(id);
  if (!found) return not_found(kApplication);
  std::vector<std::string> items;
  items.reserve(found->secrets.size());
  for (const ClientSecret& each : found->secrets) items.push_back(to_json(each));
  std::reverse(items.begin(), items.end());
  return json_response(200, array_of(items));
}

/// A body says nothing that counts, but is held to be JSON as others are.
HttpResponse create_secret(const HttpRequest& request, const std::string& id,
                           Directory& directory) {
  return answer_body(
      request, [](MemberReader&) { return 0; },
      [&](int) {
        return answer(directory.add_secret(id), 201, kApplication,
                      [](const ClientSecret& secret) { return to_json(secret, Reveal::yes); });
      });
}

}  // namespace

void add_applications(const Register& on, Directory& directory) {
  on("GET", "/connect/applications",
     [&](const HttpRequest& request, PathValues) { return list(request, directory); });
  on("POST", "/connect/applications",
     [&](const HttpRequest& request, PathValues) { return create(request, directory); });
  on("GET", "/connect/applications/{id}", [&](const HttpRequest&, PathValues values) {
    const auto found = directory.application(values[0]);
    return found ? json_response(200, to_json(*found)) : not_found(kApplication);
  });
  on("PUT", "/connect/applications/{id}", [&](const HttpRequest& request, PathValues values) {
    return update(request, values[0], directory);
  });
  on("DELETE", "/connect/applications/{id}", [&](const HttpRequest&, PathValues values) {
    return deleted(directory.remove_application(values[0]), kApplication);
  });
  on("GET", "/connect/applications/{id}/client_secrets",
     [&](const HttpRequest&, PathValues values) { return list_secrets(values[0], directory); });
  on("POST", "/connect/applications/{id}/client_secrets",
     [&](const HttpRequest& request, PathValues values) {
       return create_secret(request, values[0], directory);
     });
  on("DELETE", "/connect/client_secrets/{id}", [&](const HttpRequest&, PathValues values) {
    return deleted(directory.remove_secret(values[0]), kSecret);
  });
}

}  // namespace emulator
}  // namespace v0
}  // namespace jwks
