#include <algorithm>
#include <string>
#include <vector>

#include "emulator/management/endpoints.hpp"
#include "emulator/management/list.hpp"
#include "emulator/management/resource_json.hpp"

// /organizations

namespace jwks {
inline namespace v0 {
namespace emulator {
namespace {

constexpr std::string_view kOrganization = "Organization";

OrganizationChange read_change(MemberReader& members) {
  OrganizationChange change{.name = members.string("name"),
                            .external_id = members.string("external_id"),
                            .metadata = members.string_map("metadata"),
                            .domains = members.strings_or_objects("domain_data", "domain")};
  // Without a value the name that the application gave is given back.
  if (members.is_null("external_id")) change.external_id.emplace();
  if (!change.domains) change.domains = members.strings("domains");
  return change;
}

/// "domains=a,b", "domains=a&domains=b" and "domains[]=a": clients differ.
std::vector<std::string> wanted_domains(const Parameters& query) {
  std::vector<std::string> domains;
  for (const auto& [name, value] : query) {
    if (name != "domains" && name != "domains[]") continue;
    for (std::size_t begin = 0; begin <= value.size();) {
      const std::size_t end = std::min(value.find(',', begin), value.size());
      if (end > begin) domains.push_back(value.substr(begin, end - begin));
      begin = end + 1;
    }
  }
  return domains;
}

HttpResponse list(const HttpRequest& request, const Directory& directory) {
  const Parameters query = parse_form(request.query);
  const std::vector<std::string> wanted = wanted_domains(query);
  std::vector<OrganizationRecord> records = directory.organizations();
  if (!wanted.empty()) {
    std::erase_if(records, [&](const OrganizationRecord& each) {
      const auto& domains = each.organization.domains;
      return std::find_first_of(domains.begin(), domains.end(), wanted.begin(), wanted.end()) ==
             domains.end();
    });
  }
  return list_response(query, records);
}

HttpResponse create(const HttpRequest& request, Directory& directory) {
  return answer_body(request, read_change, [&](const OrganizationChange& given) {
    Organization organization;
    apply(given, organization);
    return answer(directory.add(std::move(organization)), 201, kOrganization,
                  [](const OrganizationRecord& record) { return to_json(record); });
  });
}

HttpResponse update(const HttpRequest& request, const std::string& id, Directory& directory) {
  return answer_body(request, read_change, [&](const OrganizationChange& change) {
    return answer(directory.change(id, change), 200, kOrganization,
                  [](const OrganizationRecord& record) { return to_json(record); });
  });
}

}  // namespace

void add_organizations(const Register& on, Directory& directory) {
  on("GET", "/organizations",
     [&](const HttpRequest& request, PathValues) { return list(request, directory); });
  on("POST", "/organizations",
     [&](const HttpRequest& request, PathValues) { return create(request, directory); });
  on("GET", "/organizations/{id}", [&](const HttpRequest&, PathValues values) {
    const auto found = directory.organization(values[0]);
    return found ? json_response(200, to_json(*found)) : not_found(kOrganization);
  });
  on("PUT", "/organizations/{id}", [&](const HttpRequest& request, PathValues values) {
    return update(request, values[0], directory);
  });
  on("DELETE", "/organizations/{id}", [&](const HttpRequest&, PathValues values) {
    return deleted(directory.remove_organization(values[0]), kOrganization);
  });
}

}  // namespace emulator
}  // namespace v0
}  // namespace jwks
