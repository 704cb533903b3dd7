#pragma once

// `Directory`: the tenants, clients, users and API keys that the emulator knows.
//
// It is made from the options, changed through the management API, and goes back to what it was
// made from. Names of organizations are resolved to ids here, once; what can't be resolved, or is
// there twice, never gets in.
//
// Threading: every member may be called from any thread. Records are given out as copies.

#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "emulator/clock.hpp"
#include "jwks/emulator_options.hpp"
#include "jwks/result.hpp"

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
  Time created_at{};
  std::optional<Time> last_used_at{};
};

struct ApplicationRecord {
  std::string id{};           ///< "conn_app_…": the resource's, where `client_id` is the client's
  Application application{};  ///< `organization` is an id; `client_secret` is empty: see `secrets`
  std::vector<ClientSecret> secrets{};
  Time created_at{};
  Time updated_at{};
};

struct ApiKeyRecord {
  std::string id{};  ///< "api_key_…"
  ApiKey key{};      ///< `organization` is an id
  Time created_at{};
  Time updated_at{};
  std::optional<Time> last_used_at{};
};

class Directory {
 public:
  /// *Failure:* `bad_config` about the first of the seed's problems (seed.hpp).
  [[nodiscard]] static Result<std::unique_ptr<Directory>> create(const EmulatorOptions& seed,
                                                                 const EmulatorClock& clock);

  // For the OAuth endpoints.
  /// The client with this id and secret. Every secret of a client is as good; comparing takes as
  /// long for each wrong one. A public client has none and is not found so.
  [[nodiscard]] std::optional<ApplicationRecord> authenticate(std::string_view client_id,
                                                              std::string_view secret);
  [[nodiscard]] std::optional<ApplicationRecord> client(std::string_view client_id) const;
  [[nodiscard]] std::optional<User> user(std::string_view id) const;
  [[nodiscard]] std::optional<User> user_by_email(std::string_view email) const;
  /// Who is let in where nobody is asked.
  [[nodiscard]] User first_user() const;
  /// The user if the password is right, or none is set.
  [[nodiscard]] std::optional<User> log_in(std::string_view email, std::string_view password) const;
  [[nodiscard]] std::optional<OrganizationRecord> organization(std::string_view id) const;

  /// The clients as the C++ API shows them: with their first secret.
  [[nodiscard]] std::vector<Application> applications() const;
  /// A value that authenticates at the management API; empty if none does.
  [[nodiscard]] std::string any_api_key() const;
  /// Tells whether `value` authenticates now.
  [[nodiscard]] bool admits(std::string_view value) const;

  /// Back to what `create` was given, generated values included.
  void reset();

 private:
  Directory() = default;

  std::vector<ApplicationRecord> applications_;
};

}  // namespace emulator
}  // namespace v0
}  // namespace jwks
