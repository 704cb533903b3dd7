#include "emulator/directory/directory.hpp"

#include <openssl/crypto.h>

#include <algorithm>
#include <set>

#include "crypto/digest.hpp"
#include "emulator/random_text.hpp"

namespace jwks {
inline namespace v0 {
namespace emulator {
namespace {

/// Takes as long for every wrong secret: digests have one length, and all of it is compared.
bool equal_secrets(std::string_view a, std::string_view b) {
  const auto digest_a = crypto::sha256(a);
  const auto digest_b = crypto::sha256(b);
  return digest_a && digest_b &&
         CRYPTO_memcmp(digest_a->data(), digest_b->data(), digest_a->size()) == 0;
}

}  // namespace

// TODO(step 4, part D): everything but clients.
Result<std::unique_ptr<Directory>> Directory::create(const EmulatorOptions& seed,
                                                     const EmulatorClock& clock) {
  std::unique_ptr<Directory> directory(new Directory());
  std::set<std::string_view> ids;
  for (const Application& each : seed.applications) {
    ApplicationRecord record{.application = each};
    Application& application = record.application;
    if (application.client_id.empty()) application.client_id = "client_" + random_text();
    if (application.client_secret.empty()) application.client_secret = random_text(32);
    if (!each.client_id.empty() && !ids.insert(each.client_id).second) {
      return Error(ErrorCode::bad_config)
          .about("applications")
          .because("two applications have the same client_id");
    }
    record.secrets.push_back({.id = "secret_" + random_text(),
                              .value = std::exchange(application.client_secret, {}),
                              .created_at = clock.now()});
    directory->applications_.push_back(std::move(record));
  }
  return directory;
}

std::optional<ApplicationRecord> Directory::client(std::string_view client_id) const {
  const auto found = std::find_if(
      applications_.begin(), applications_.end(),
      [&](const ApplicationRecord& each) { return each.application.client_id == client_id; });
  return found == applications_.end() ? std::nullopt : std::optional(*found);
}

std::optional<ApplicationRecord> Directory::authenticate(std::string_view client_id,
                                                         std::string_view secret) {
  auto found = client(client_id);
  if (!found || !equal_secrets(found->secrets.front().value, secret)) return std::nullopt;
  return found;
}

std::vector<Application> Directory::applications() const {
  std::vector<Application> applications;
  for (const ApplicationRecord& each : applications_) {
    applications.push_back(each.application);
    applications.back().client_secret = each.secrets.front().value;
  }
  return applications;
}

std::optional<User> Directory::user(std::string_view /*id*/) const { return std::nullopt; }
std::optional<User> Directory::user_by_email(std::string_view /*email*/) const {
  return std::nullopt;
}
User Directory::first_user() const { return {}; }
std::optional<User> Directory::log_in(std::string_view /*email*/,
                                      std::string_view /*password*/) const {
  return std::nullopt;
}
std::optional<OrganizationRecord> Directory::organization(std::string_view /*id*/) const {
  return std::nullopt;
}
std::string Directory::any_api_key() const { return {}; }
bool Directory::admits(std::string_view /*value*/) const { return false; }
void Directory::reset() {}

}  // namespace emulator
}  // namespace v0
}  // namespace jwks
