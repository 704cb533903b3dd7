#include "emulator/directory/records.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "base/text.hpp"
#include "emulator/random_text.hpp"

namespace jwks {
inline namespace v0 {
namespace emulator {
namespace {

/// The first item for which `matches` holds; null if there is none.
template <class Items, class Matches>
auto find(Items& items, Matches&& matches) -> decltype(items.data()) {
  const auto at = std::find_if(items.begin(), items.end(), matches);
  return at == items.end() ? nullptr : &*at;
}

auto has_id(std::string_view id) {
  return [id](const OrganizationRecord& each) { return each.organization.id == id; };
}

auto is_named(std::string_view id) {
  return [id](const ApplicationRecord& each) {
    return each.id == id || each.application.client_id == id;
  };
}

Problems taken(std::string_view field, std::string_view value) {
  return {{std::string(field), with_value("is taken", value)}};
}

template <class Items>
Problems if_full(const Items& items) {
  if (items.size() < Records::kMaxEach) return {};
  return {{"", "there are 10000 already, which is all that fit"}};
}

}  // namespace

crypto::Sha256 digest_of(std::string_view secret) {
  const auto digest = crypto::sha256(secret);
  if (!digest) throw std::runtime_error("OpenSSL makes no digests");
  return *digest;
}

bool equal(const crypto::Sha256& a, const crypto::Sha256& b) noexcept {
  const auto bytes = [](const crypto::Sha256& digest) {
    return std::string_view(reinterpret_cast<const char*>(digest.data()), digest.size());
  };
  return crypto::equal_in_constant_time(bytes(a), bytes(b));
}

OrganizationRecord make_record(Organization organization, Time now) {
  if (organization.id.empty()) organization.id = "org_" + random_text();
  return {.organization = std::move(organization), .created_at = now, .updated_at = now};
}

ApplicationRecord make_record(Application application, Time now) {
  ApplicationRecord record{.id = std::string(kApplicationIdPrefix) + random_text(),
                           .created_at = now,
                           .updated_at = now};
  if (application.client_id.empty()) application.client_id = "client_" + random_text();
  if (!application.client_secret.empty()) {
    record.secrets.push_back(make_secret(std::exchange(application.client_secret, {}), now));
  }
  record.application = std::move(application);
  return record;
}

ApiKeyRecord make_record(ApiKey key, Time now) {
  if (key.value.empty()) key.value = "sk_test_" + random_text(24);
  const crypto::Sha256 digest = digest_of(key.value);
  return {.id = "api_key_" + random_text(),
          .key = std::move(key),
          .digest = digest,
          .created_at = now,
          .updated_at = now};
}

ClientSecret make_secret(std::string value, Time now) {
  const crypto::Sha256 digest = digest_of(value);
  return {.id = "secret_" + random_text(),
          .value = std::move(value),
          .digest = digest,
          .created_at = now};
}

AllowedApiKey make_allowed(std::string value) {
  const crypto::Sha256 digest = digest_of(value);
  return {.value = std::move(value), .digest = digest};
}

User make_record(User user, Time /*now*/) {
  if (user.id.empty()) user.id = "user_" + random_text();
  return user;
}

Problems Records::insert(OrganizationRecord& record) {
  if (Problems full = if_full(organizations); !full.empty()) return full;
  const Organization& made = record.organization;
  Problems problems = name_problems(made.name, made.id);
  if (organization(made.id) != nullptr) {
    problems.push_back({"id", with_value("is taken", made.id)});
  }
  if (problems.empty()) organizations.push_back(record);
  return problems;
}

Problems Records::insert(ApplicationRecord& record) {
  if (Problems full = if_full(applications); !full.empty()) return full;
  Application& made = record.application;
  Problems problems = resolve(made.organization);
  // A client_id is also a resource's name (in paths), so it must not look like another's.
  if (application(made.client_id) != nullptr) {
    problems.push_back({"client_id", with_value("is taken", made.client_id)});
  }
  if (problems.empty()) applications.push_back(record);
  return problems;
}

Problems Records::insert(ApiKeyRecord& record) {
  if (Problems full = if_full(api_keys); !full.empty()) return full;
  Problems problems = resolve(record.key.organization);
  if (admits(record.digest)) problems.push_back({"value", "is taken"});
  if (problems.empty()) api_keys.push_back(record);
  return problems;
}

Problems Records::insert(const AllowedApiKey& key) {
  if (Problems full = if_full(allowed_api_keys); !full.empty()) return full;
  if (admits(key.digest)) return {{"", "is there twice"}};
  allowed_api_keys.push_back(key);
  return {};
}

Problems Records::insert(const User& user) {
  if (Problems full = if_full(users); !full.empty()) return full;
  Problems problems;
  for (const User& each : users) {
    if (!user.email.empty() && text::equals_ignoring_case(each.email, user.email)) {
      problems = taken("email", user.email);
    }
  }
  if (find(users, [&](const User& each) { return each.id == user.id; }) != nullptr) {
    problems.push_back({"id", with_value("is taken", user.id)});
  }
  if (problems.empty()) users.push_back(user);
  return problems;
}

Problems Records::name_problems(std::string_view name, std::string_view id) const {
  const auto has_name = [&](const OrganizationRecord& each) {
    return !name.empty() && each.organization.name == name && each.organization.id != id;
  };
  return find(organizations, has_name) == nullptr ? Problems() : taken("name", name);
}

OrganizationRecord* Records::organization(std::string_view id) {
  return find(organizations, has_id(id));
}
const OrganizationRecord* Records::organization(std::string_view id) const {
  return find(organizations, has_id(id));
}
ApplicationRecord* Records::application(std::string_view id) {
  return find(applications, is_named(id));
}
const ApplicationRecord* Records::application(std::string_view id) const {
  return find(applications, is_named(id));
}

bool Records::erase_organization(std::string_view id) {
  const std::string gone(id);  // `id` may be the record's own
  const auto erased = std::erase_if(
      organizations, [&](const OrganizationRecord& each) { return each.organization.id == gone; });
  std::erase_if(applications, [&](const ApplicationRecord& each) {
    return each.application.organization == gone;
  });
  std::erase_if(api_keys, [&](const ApiKeyRecord& each) { return each.key.organization == gone; });
  return erased > 0;
}

Problems Records::resolve(std::string& organization) const {
  if (organization.empty()) return {};
  const OrganizationRecord* found = nullptr;
  for (const OrganizationRecord& each : organizations) {
    if (each.organization.id != organization && each.organization.name != organization) continue;
    // One's name can be another's id.
    if (found != nullptr) {
      return {{"organization", with_value("names more than one organization", organization)}};
    }
    found = &each;
  }
  if (found == nullptr) {
    return {{"organization", with_value("names no organization", organization)}};
  }
  organization = found->organization.id;
  return {};
}

bool Records::admits(const crypto::Sha256& digest) const {
  const auto same = [&](const auto& each) { return equal(each.digest, digest); };
  return std::any_of(api_keys.begin(), api_keys.end(), same) ||
         std::any_of(allowed_api_keys.begin(), allowed_api_keys.end(), same);
}

}  // namespace emulator
}  // namespace v0
}  // namespace jwks
