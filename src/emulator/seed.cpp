#include "emulator/seed.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <set>
#include <span>
#include <string_view>
#include <utility>

#include "base/text.hpp"
#include "emulator/control/fault_plan.hpp"
#include "emulator/control/hooks.hpp"
#include "emulator/directory/records.hpp"
#include "emulator/issuer/issuer.hpp"
#include "emulator/issuer/keyring.hpp"
#include "emulator/random_text.hpp"
#include "emulator/realms.hpp"

namespace jwks {
inline namespace v0 {
namespace emulator {
namespace {

using std::chrono::seconds;

/// Times that are made of these, far beyond any test's, can still be represented.
constexpr seconds kLongest = std::chrono::hours(24 * 365 * 100);
constexpr std::size_t kMinControlToken = 8;
constexpr std::size_t kMaxControlToken = 1000;

/// What the emulator itself says in tokens. `issue` can be asked for any nonsense; to say it in all
/// tokens would break the endpoints that read them.
constexpr std::array<std::string_view, 11> kOwnClaims{
    "iss", "sub", "aud", "exp", "nbf", "iat", "jti", "client_id", "org_id", "scope", "scp"};

class SeedCheck {
 public:
  explicit SeedCheck(const EmulatorOptions& options) : options_(options) {}

  [[nodiscard]] std::vector<SeedProblem> run() {
    if (options_.host.empty()) add("host", "must not be empty");
    if (!options_.issuer.empty())
      add_shown("issuer", issuer_problem(options_.issuer), options_.issuer);
    keys("", options_.keys);
    resources();
    issuers();
    token_lifetime("token_lifetime", options_.token_lifetime);
    max_age("jwks_max_age", options_.jwks_max_age);
    token_type("token_type", options_.token_type);
    claims("claims", options_.claims);
    control_token();
    hooks();
    faults();
    return std::move(problems_);
  }

 private:
  void add(std::string path, std::string_view message) {
    if (!message.empty()) problems_.push_back({std::move(path), std::string(message)});
  }
  void add_shown(std::string path, std::string_view message, std::string_view value) {
    if (!message.empty()) add(std::move(path), with_value(message, value));
  }
  /// What is wrong with members of the resource at `path`.
  void add(const std::string& path, const Problems& problems) {
    for (const MemberProblem& each : problems) {
      const bool both = !path.empty() && !each.field.empty();
      add(path + (both ? "." : "") + each.field, each.message);
    }
  }

  /// `issuer` is what stands before "keys".
  void keys(const std::string& issuer, std::span<const KeyOptions> keys) {
    const auto problem_of = [](std::span<const KeyOptions> some) {
      return Keyring::create(some, Keyring::Search::on_first_use);
    };
    bool all_fine = true;
    for (std::size_t i = 0; i < keys.size(); ++i) {
      const auto made = problem_of(keys.subspan(i, 1));
      if (made) continue;
      all_fine = false;
      add(issuer + at_index("keys", i), made.error().detail());
    }
    if (!all_fine) return;
    if (const auto made = problem_of(keys); !made) {
      add(issuer + std::string(made.error().subject()), made.error().detail());
    }
  }

  /// The same door that the directory's are taken in by.
  void resources() {
    Records records;
    each("organizations", options_.organizations, records);
    each("connectApplications", options_.applications, records);
    each("apiKeys", options_.api_keys, records);
    for (std::size_t i = 0; i < options_.allowed_api_keys.size(); ++i) {
      const std::string& value = options_.allowed_api_keys[i];
      add(at_index("apiKeys", i), api_key_problem(value));
      add(at_index("apiKeys", i), records.insert(make_allowed(value)));
    }
    each("users", options_.users, records);
  }

  template <class Given>
  void each(std::string_view list, const std::vector<Given>& items, Records& records) {
    for (std::size_t i = 0; i < items.size(); ++i) {
      const std::string path = at_index(list, i);
      add(path, problems_of(items[i]));
      auto record = make_record(items[i], Time());
      const Problems problems = records.insert(record);
      add(path, problems);
      // What comes later is compared with one that can't be there all the same.
      if constexpr (requires { record.organization.id; }) {
        record.organization.id = "org_" + random_text();
      }
      if constexpr (requires { record.application; }) record.application.organization.clear();
      if constexpr (requires { record.key; }) record.key.organization.clear();
      if (!problems.empty()) static_cast<void>(records.insert(record));
    }
  }

  void issuers() {
    std::set<std::string_view> names;
    for (std::size_t i = 0; i < options_.issuers.size(); ++i) {
      const IssuerOptions& issuer = options_.issuers[i];
      const std::string path = at_index("issuers", i) + '.';
      add_shown(path + "name", issuer_name_problem(issuer.name), issuer.name);
      if (!names.insert(issuer.name).second) add_shown(path + "name", "is taken", issuer.name);
      keys(path, issuer.keys);
      if (issuer.token_lifetime) token_lifetime(path + "token_lifetime", *issuer.token_lifetime);
      if (issuer.jwks_max_age) max_age(path + "jwks_max_age", *issuer.jwks_max_age);
      if (issuer.token_type) token_type(path + "token_type", *issuer.token_type);
      claims(path + "claims", issuer.claims);
    }
  }

  void claims(const std::string& path, const JsonMembers& claims) {
    add("", problems_of(claims, path));
    for (const auto& each : claims) {
      if (std::find(kOwnClaims.begin(), kOwnClaims.end(), each.first) != kOwnClaims.end()) {
        add(path + '.' + each.first, "is a claim that the emulator sets");
      }
    }
  }

  void token_lifetime(std::string path, seconds time) {
    if (time <= seconds::zero() || time > kLongest) {
      add(std::move(path), "must be more than 0 s and at most 100 years");
    }
  }
  void max_age(std::string path, seconds time) {
    if (time < seconds::zero() || time > kLongest) {
      add(std::move(path), "must be at least 0 s and at most 100 years");
    }
  }
  void token_type(std::string path, const std::string& type) {
    add_shown(std::move(path), text_problem(type), type);
  }

  void control_token() {
    const std::string& token = options_.control_token;
    if (token.empty()) return;
    const bool visible =
        std::all_of(token.begin(), token.end(), [](char c) { return c > ' ' && c < 0x7F; });
    if (token.size() < kMinControlToken || token.size() > kMaxControlToken || !visible) {
      add("control_token", "must be 8 to 1000 characters of visible ASCII");
    }
  }

  void hooks() {
    for (std::size_t i = 0; i < options_.hooks.size(); ++i) {
      std::string field;
      const std::string problem = hook_problem(options_.hooks[i], field);
      add(at_index("errorHooks", i) + '.' + field, problem);
    }
  }

  void faults() {
    for (std::size_t i = 0; i < options_.faults.size(); ++i) {
      const std::string path = at_index("faults", i) + '.';
      if (options_.faults[i].kind == FaultKind::refuse) {
        add(path + "kind", "refuse is done at once, and so not at the start");
        continue;
      }
      std::string field;
      const std::string problem = fault_problem(options_.faults[i], field, options_.tls);
      add(path + field, problem);
    }
  }

  const EmulatorOptions& options_;
  std::vector<SeedProblem> problems_;
};

}  // namespace

std::vector<SeedProblem> problems_of(const EmulatorOptions& options) {
  return SeedCheck(options).run();
}

}  // namespace emulator
}  // namespace v0
}  // namespace jwks
