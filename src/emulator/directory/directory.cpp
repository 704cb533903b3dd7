#include "emulator/directory/directory.hpp"

#include <algorithm>
#include <utility>

#include "base/text.hpp"
#include "emulator/random_text.hpp"

namespace jwks {
inline namespace v0 {
namespace emulator {
namespace {

constexpr std::string_view kDefaultApiKey = "sk_test_default";

Records records_of(const EmulatorOptions& seed, Time now) {
  Records records;
  // What is refused here was refused before anyone asked for a directory.
  const auto take = [&](auto&& record) { static_cast<void>(records.insert(record)); };
  for (const Organization& each : seed.organizations) take(make_record(each, now));
  for (Application each : seed.applications) {
    if (each.client_secret.empty() && !each.is_public) each.client_secret = random_text(32);
    take(make_record(std::move(each), now));
  }
  for (const ApiKey& each : seed.api_keys) take(make_record(each, now));
  for (const std::string& each : seed.allowed_api_keys) take(make_allowed(each));
  if (seed.api_keys.empty() && seed.allowed_api_keys.empty()) {
    take(make_allowed(std::string(kDefaultApiKey)));
  }
  for (const User& each : seed.users) take(make_record(each, now));
  if (seed.users.empty()) {
    take(make_record(User{.email = "user@example.com", .name = "Example User"}, now));
  }
  return records;
}

bool is_live(const ApiKeyRecord& record, Time now) noexcept {
  return !record.key.expires_at || *record.key.expires_at > now;
}

/// The key of this digest if it has not expired; null if there is none.
ApiKeyRecord* live_key(Records& records, const crypto::Sha256& digest, Time now) noexcept {
  for (ApiKeyRecord& each : records.api_keys) {
    if (equal(each.digest, digest)) return is_live(each, now) ? &each : nullptr;
  }
  return nullptr;
}

template <class Value>
std::optional<Value> copied(const Value* found) {
  return found == nullptr ? std::nullopt : std::optional(*found);
}

template <class Value>
void assign(const std::optional<Value>& from, Value& to) {
  if (from) to = *from;
}

}  // namespace

void apply(const OrganizationChange& change, Organization& to) {
  assign(change.name, to.name);
  assign(change.external_id, to.external_id);
  assign(change.metadata, to.metadata);
  assign(change.domains, to.domains);
}

void apply(const ApplicationChange& change, Application& to) {
  assign(change.name, to.name);
  assign(change.description, to.description);
  assign(change.audience, to.audience);
  assign(change.scopes, to.scopes);
  assign(change.redirect_uris, to.redirect_uris);
}

Directory::Directory(const EmulatorOptions& seed, const EmulatorClock& clock)
    : clock_(clock), seed_(records_of(seed, clock.now())), records_(seed_) {}

std::optional<ApplicationRecord> Directory::authenticate(std::string_view client_id,
                                                         std::string_view secret) {
  const crypto::Sha256 digest = digest_of(secret);
  const Time now = clock_.now();
  const std::lock_guard lock(mutex_);
  ApplicationRecord* found = records_.application(client_id);
  if (found == nullptr || found->application.client_id != client_id) return std::nullopt;
  ClientSecret* used = nullptr;
  for (ClientSecret& each : found->secrets) {
    if (equal(each.digest, digest)) used = &each;
  }
  if (used == nullptr) return std::nullopt;
  used->last_used_at = now;
  return *found;
}

std::optional<ApplicationRecord> Directory::client(std::string_view client_id) const {
  auto found = application(client_id);
  // The resource's own id is no client's.
  if (found && found->application.client_id != client_id) return std::nullopt;
  return found;
}

std::optional<User> Directory::user(std::string_view id) const {
  const std::lock_guard lock(mutex_);
  for (const User& each : records_.users) {
    if (each.id == id) return each;
  }
  return std::nullopt;
}

std::optional<User> Directory::user_by_email(std::string_view email) const {
  const std::lock_guard lock(mutex_);
  for (const User& each : records_.users) {
    if (text::equals_ignoring_case(each.email, email)) return each;
  }
  return std::nullopt;
}

User Directory::first_user() const {
  const std::lock_guard lock(mutex_);
  return records_.users.front();
}

std::optional<User> Directory::log_in(std::string_view email, std::string_view password) const {
  auto found = user_by_email(email);
  if (!found || found->password.empty()) return found;
  if (!equal(digest_of(found->password), digest_of(password))) return std::nullopt;
  return found;
}

std::optional<OrganizationRecord> Directory::organization(std::string_view id) const {
  const std::lock_guard lock(mutex_);
  return copied(records_.organization(id));
}

std::vector<Application> Directory::applications() const {
  std::vector<Application> applications;
  for (ApplicationRecord& each : application_records()) {
    if (!each.secrets.empty()) each.application.client_secret = each.secrets.front().value;
    applications.push_back(std::move(each.application));
  }
  return applications;
}

std::string Directory::any_api_key() const {
  const Time now = clock_.now();
  const std::lock_guard lock(mutex_);
  if (!records_.allowed_api_keys.empty()) return records_.allowed_api_keys.front().value;
  for (const ApiKeyRecord& each : records_.api_keys) {
    if (is_live(each, now)) return each.key.value;
  }
  return {};
}

bool Directory::admits(std::string_view value) {
  if (use_api_key(value)) return true;
  const crypto::Sha256 digest = digest_of(value);
  const std::lock_guard lock(mutex_);
  const auto& allowed = records_.allowed_api_keys;
  return std::any_of(allowed.begin(), allowed.end(),
                     [&](const AllowedApiKey& each) { return equal(each.digest, digest); });
}

std::optional<ApiKeyRecord> Directory::use_api_key(std::string_view value) {
  const crypto::Sha256 digest = digest_of(value);
  const Time now = clock_.now();
  const std::lock_guard lock(mutex_);
  ApiKeyRecord* found = live_key(records_, digest, now);
  if (found != nullptr) found->last_used_at = now;
  return copied(found);
}

std::vector<OrganizationRecord> Directory::organizations() const {
  const std::lock_guard lock(mutex_);
  return records_.organizations;
}

std::vector<ApplicationRecord> Directory::application_records() const {
  const std::lock_guard lock(mutex_);
  return records_.applications;
}

std::vector<ApiKeyRecord> Directory::api_keys() const {
  const std::lock_guard lock(mutex_);
  return records_.api_keys;
}

std::optional<ApplicationRecord> Directory::application(std::string_view id) const {
  const std::lock_guard lock(mutex_);
  return copied(records_.application(id));
}

template <class Record, class Given>
Outcome<Record> Directory::take_in(Given given) {
  if (Problems problems = problems_of(given); !problems.empty()) return {{}, std::move(problems)};
  Record made = make_record(std::move(given), clock_.now());
  const std::lock_guard lock(mutex_);
  if (Problems problems = records_.insert(made); !problems.empty()) {
    return {{}, std::move(problems)};
  }
  return {std::move(made), {}};
}

Outcome<OrganizationRecord> Directory::add(Organization organization) {
  return take_in<OrganizationRecord>(std::move(organization));
}
Outcome<ApplicationRecord> Directory::add(Application application) {
  return take_in<ApplicationRecord>(std::move(application));
}
Outcome<ApiKeyRecord> Directory::add(ApiKey key) { return take_in<ApiKeyRecord>(std::move(key)); }

Outcome<OrganizationRecord> Directory::change(std::string_view id,
                                              const OrganizationChange& change) {
  auto wanted = organization(id);
  if (!wanted) return {};
  apply(change, wanted->organization);
  if (Problems problems = problems_of(wanted->organization); !problems.empty()) {
    return {{}, std::move(problems)};
  }
  const Time now = clock_.now();
  const std::lock_guard lock(mutex_);
  OrganizationRecord* record = records_.organization(id);
  if (record == nullptr) return {};
  if (change.name) {
    if (Problems problems = records_.name_problems(*change.name, id); !problems.empty()) {
      return {{}, std::move(problems)};
    }
  }
  apply(change, record->organization);
  record->updated_at = now;
  return {*record, {}};
}

Outcome<ApplicationRecord> Directory::change(std::string_view id, const ApplicationChange& change) {
  auto wanted = application(id);
  if (!wanted) return {};
  apply(change, wanted->application);
  if (Problems problems = problems_of(wanted->application); !problems.empty()) {
    return {{}, std::move(problems)};
  }
  const Time now = clock_.now();
  const std::lock_guard lock(mutex_);
  ApplicationRecord* record = records_.application(id);
  if (record == nullptr) return {};
  apply(change, record->application);
  record->updated_at = now;
  return {*record, {}};
}

bool Directory::remove_organization(std::string_view id) {
  const std::lock_guard lock(mutex_);
  return records_.erase_organization(id);
}

bool Directory::remove_application(std::string_view id) {
  const std::lock_guard lock(mutex_);
  return std::erase_if(records_.applications, [id](const ApplicationRecord& each) {
           return each.id == id || each.application.client_id == id;
         }) > 0;
}

Outcome<ClientSecret> Directory::add_secret(std::string_view application_id) {
  const Time now = clock_.now();
  ClientSecret secret = make_secret(random_text(32), now);
  const std::lock_guard lock(mutex_);
  ApplicationRecord* record = records_.application(application_id);
  if (record == nullptr) return {};
  if (record->application.is_public) {
    return {{}, {{"application_id", "is a public client's, which keeps no secret"}}};
  }
  if (record->secrets.size() >= Records::kMaxSecrets) {
    return {{}, {{"application_id", "has 100 secrets, which is all that fit"}}};
  }
  record->secrets.push_back(secret);
  record->updated_at = now;
  return {std::move(secret), {}};
}

bool Directory::remove_secret(std::string_view id) {
  const std::lock_guard lock(mutex_);
  for (ApplicationRecord& each : records_.applications) {
    const auto is_it = [id](const ClientSecret& secret) { return secret.id == id; };
    if (std::erase_if(each.secrets, is_it) > 0) return true;
  }
  return false;
}

bool Directory::remove_api_key(std::string_view id) {
  const std::lock_guard lock(mutex_);
  return std::erase_if(records_.api_keys,
                       [id](const ApiKeyRecord& each) { return each.id == id; }) > 0;
}

void Directory::reset() {
  Records fresh = seed_;
  const std::lock_guard lock(mutex_);
  records_ = std::move(fresh);
}

}  // namespace emulator
}  // namespace v0
}  // namespace jwks
