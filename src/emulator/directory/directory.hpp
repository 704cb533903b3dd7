#pragma once

// `Directory`: the tenants, clients, users and API keys that the emulator knows.
//
// It is made from the options, changed through the management API, and goes back to what it was
// made from. Names of organizations are resolved to ids here, once; what can't be resolved, or is
// there twice, never gets in.
//
// Threading: every member may be called from any thread. Records are given out as copies. Digests
// are made and texts are checked outside the lock.

#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "emulator/clock.hpp"
#include "emulator/directory/records.hpp"
#include "jwks/emulator_options.hpp"

namespace jwks {
inline namespace v0 {
namespace emulator {

/// What became of a wish to add or to change something.
template <class Record>
struct Outcome {
  std::optional<Record> record{};  ///< as it is now
  Problems problems{};  ///< why it isn't; if empty as well, there is nothing of that id to change
};

// What to change of a resource; what is empty stays.
struct OrganizationChange {
  std::optional<std::string> name{};
  std::optional<std::string> external_id{};
  std::optional<StringMap> metadata{};
  std::optional<std::vector<std::string>> domains{};
};
struct ApplicationChange {
  std::optional<std::string> name{};
  std::optional<std::string> description{};
  std::optional<std::string> audience{};
  std::optional<std::vector<std::string>> scopes{};
  std::optional<std::vector<std::string>> redirect_uris{};
};
void apply(const OrganizationChange& change, Organization& to);
void apply(const ApplicationChange& change, Application& to);

class Directory {
 public:
  /// `seed` has no problems (seed.hpp); what has one is left out. `clock` outlives the directory.
  Directory(const EmulatorOptions& seed, const EmulatorClock& clock);

  // For the OAuth endpoints.
  /// The client with this id and secret. Every secret of a client is as good; comparing takes as
  /// long for each wrong one. A public client has none and is not found so.
  [[nodiscard]] std::optional<ApplicationRecord> authenticate(std::string_view client_id,
                                                              std::string_view secret);
  [[nodiscard]] std::optional<ApplicationRecord> client(std::string_view client_id) const;
  [[nodiscard]] std::optional<User> user(std::string_view id) const;
  /// Letters count in either case.
  [[nodiscard]] std::optional<User> user_by_email(std::string_view email) const;
  /// Who is let in where nobody is asked.
  [[nodiscard]] User first_user() const;
  /// The user if the password is right, or none is set.
  [[nodiscard]] std::optional<User> log_in(std::string_view email, std::string_view password) const;
  [[nodiscard]] std::optional<OrganizationRecord> organization(std::string_view id) const;

  // For the C++ API.
  /// The clients as the C++ API shows them: with their first secret.
  [[nodiscard]] std::vector<Application> applications() const;
  /// A value that authenticates at the management API; empty if none does.
  [[nodiscard]] std::string any_api_key() const;

  // For the management API. Lists are in the order in which their items came.
  /// Tells whether `value` authenticates now, and marks it as used.
  [[nodiscard]] bool admits(std::string_view value);
  /// The API key of this value if it authenticates now, marked as used. Not what is allowed only.
  [[nodiscard]] std::optional<ApiKeyRecord> use_api_key(std::string_view value);

  [[nodiscard]] std::vector<OrganizationRecord> organizations() const;
  [[nodiscard]] Outcome<OrganizationRecord> add(Organization organization);
  [[nodiscard]] Outcome<OrganizationRecord> change(std::string_view id,
                                                   const OrganizationChange& change);
  /// With its applications and API keys. False: there was none.
  bool remove_organization(std::string_view id);

  [[nodiscard]] std::vector<ApplicationRecord> application_records() const;
  // `id` is the resource's or the client's.
  [[nodiscard]] std::optional<ApplicationRecord> application(std::string_view id) const;
  [[nodiscard]] Outcome<ApplicationRecord> add(Application application);
  [[nodiscard]] Outcome<ApplicationRecord> change(std::string_view id,
                                                  const ApplicationChange& change);
  bool remove_application(std::string_view id);
  [[nodiscard]] Outcome<ClientSecret> add_secret(std::string_view application_id);
  bool remove_secret(std::string_view id);

  [[nodiscard]] std::vector<ApiKeyRecord> api_keys() const;
  [[nodiscard]] Outcome<ApiKeyRecord> add(ApiKey key);
  bool remove_api_key(std::string_view id);

  /// Back to what it was made from, generated values included.
  void reset();

 private:
  /// Takes in the record of what is given, if nothing is wrong with it.
  template <class Record, class Given>
  [[nodiscard]] Outcome<Record> take_in(Given given);

  const EmulatorClock& clock_;
  const Records seed_;
  mutable std::mutex mutex_;
  Records records_;  // guarded by mutex_
};

}  // namespace emulator
}  // namespace v0
}  // namespace jwks
