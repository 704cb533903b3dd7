#pragma once

// The resources of a directory, and what they are to each other: names and ids are unique, and an
// organization that is named is there, exactly once. What one has to be by itself: rules.hpp.

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "crypto/digest.hpp"
#include "emulator/clock.hpp"
#include "emulator/directory/rules.hpp"
#include "jwks/emulator_options.hpp"

namespace jwks {
inline namespace v0 {
namespace emulator {

using Time = EmulatorClock::Time;

struct OrganizationRecord {
  Organization organization{};
  Time created_at{};
  Time updated_at{};
};

struct ClientSecret {
  std::string id{};  ///< "secret_…"
  std::string value{};
  crypto::Sha256 digest{};  ///< of the value: what secrets are compared by
  Time created_at{};
  std::optional<Time> last_used_at{};
};

inline constexpr std::string_view kApplicationIdPrefix = "conn_app_";

struct ApplicationRecord {
  std::string id{};           ///< "conn_app_…": the resource's, where `client_id` is the client's
  Application application{};  ///< `organization` is an id; `client_secret` is empty: see `secrets`
  std::vector<ClientSecret> secrets{};
  Time created_at{};
  Time updated_at{};
};

struct ApiKeyRecord {
  std::string id{};         ///< "api_key_…"
  ApiKey key{};             ///< `organization` is an id
  crypto::Sha256 digest{};  ///< of the value
  Time created_at{};
  Time updated_at{};
  std::optional<Time> last_used_at{};
};

/// A value that authenticates and is no resource.
struct AllowedApiKey {
  std::string value{};
  crypto::Sha256 digest{};
};

/// SHA-256. Throws if OpenSSL can't: nothing is to be let in then.
[[nodiscard]] crypto::Sha256 digest_of(std::string_view secret);
/// In constant time.
[[nodiscard]] bool equal(const crypto::Sha256& a, const crypto::Sha256& b) noexcept;

// Records of what is given, with what is generated filled in.
[[nodiscard]] OrganizationRecord make_record(Organization organization, Time now);
/// Without a secret where none is given.
[[nodiscard]] ApplicationRecord make_record(Application application, Time now);
[[nodiscard]] ApiKeyRecord make_record(ApiKey key, Time now);
[[nodiscard]] ClientSecret make_secret(std::string value, Time now);
[[nodiscard]] AllowedApiKey make_allowed(std::string value);
[[nodiscard]] User make_record(User user, Time now);

/// All of them, each kind in the order in which they came. Threading: a value.
struct Records {
  static constexpr std::size_t kMaxEach = 10'000;  ///< of each kind
  static constexpr std::size_t kMaxSecrets = 100;  ///< of one application

  std::vector<OrganizationRecord> organizations{};
  std::vector<ApplicationRecord> applications{};
  std::vector<ApiKeyRecord> api_keys{};
  std::vector<AllowedApiKey> allowed_api_keys{};
  std::vector<User> users{};

  // Each takes a copy in, or says what keeps it out. An organization is named by name or id when it
  // comes, and by id from then on, in `record` too.
  [[nodiscard]] Problems insert(OrganizationRecord& record);
  [[nodiscard]] Problems insert(ApplicationRecord& record);
  [[nodiscard]] Problems insert(ApiKeyRecord& record);
  [[nodiscard]] Problems insert(const AllowedApiKey& key);
  [[nodiscard]] Problems insert(const User& user);
  /// What keeps the organization of this id from bearing this name.
  [[nodiscard]] Problems name_problems(std::string_view name, std::string_view id) const;

  // Null if there is none.
  [[nodiscard]] OrganizationRecord* organization(std::string_view id);
  [[nodiscard]] const OrganizationRecord* organization(std::string_view id) const;
  /// `id` is the resource's or the client's.
  [[nodiscard]] ApplicationRecord* application(std::string_view id);
  [[nodiscard]] const ApplicationRecord* application(std::string_view id) const;

  /// Takes an organization away, and with it what is its own. False: there was none.
  bool erase_organization(std::string_view id);

 private:
  [[nodiscard]] Problems resolve(std::string& organization) const;
  [[nodiscard]] bool admits(const crypto::Sha256& digest) const;
};

}  // namespace emulator
}  // namespace v0
}  // namespace jwks
