#include "emulator/realms.hpp"

#include <algorithm>
#include <array>
#include <mutex>
#include <utility>

#include "emulator/directory/rules.hpp"
#include "emulator/url_text.hpp"

namespace jwks {
inline namespace v0 {
namespace emulator {
namespace {

/// First segments of the emulator's own paths.
constexpr std::array<std::string_view, 7> kOwnPaths{
    "_emulate", "api_keys", "connect", "health", "oauth2", "organizations", "sso"};

constexpr std::size_t kMaxNameLength = 100;

std::vector<KeyOptions> keys_or_default(const std::vector<KeyOptions>& keys) {
  if (!keys.empty()) return keys;
  return {{.algorithm = Algorithm::es256},
          {.algorithm = Algorithm::rs256},
          {.algorithm = Algorithm::ps256},
          {.algorithm = Algorithm::eddsa}};
}

}  // namespace

std::string_view issuer_name_problem(std::string_view name) noexcept {
  if (name.empty()) return "must not be empty";
  if (name.size() > kMaxNameLength) return "must have at most 100 characters";
  if (const auto problem = identifier_problem(name); !problem.empty()) return problem;
  if (std::find(kOwnPaths.begin(), kOwnPaths.end(), name) != kOwnPaths.end()) {
    return "is a path of the emulator's own";
  }
  return {};
}

Realms::Realms(const EmulatorOptions& options, std::string root, Directory& directory,
               const EmulatorClock& clock)
    : options_(options), root_(std::move(root)), directory_(directory), clock_(clock) {}

Result<std::unique_ptr<Realms>> Realms::create(const EmulatorOptions& options, std::string root,
                                               Directory& directory, const EmulatorClock& clock) {
  std::unique_ptr<Realms> realms(new Realms(options, std::move(root), directory, clock));
  std::vector<IssuerOptions> wanted{IssuerOptions{.keys = options.keys, .claims = options.claims}};
  wanted.insert(wanted.end(), options.issuers.begin(), options.issuers.end());
  for (const IssuerOptions& each : wanted) {
    auto realm = realms->make(each);
    if (!realm) return realm.error();
    realms->realms_.emplace(each.name, std::move(*realm));
  }
  return realms;
}

Result<std::shared_ptr<Realm>> Realms::make(const IssuerOptions& options) const {
  // A thousand issuers must not look for their keys all at once, and before anybody wants them.
  auto keyring =
      Keyring::create(keys_or_default(options.keys.empty() ? options_.keys : options.keys),
                      options.name.empty() ? Keyring::Search::now : Keyring::Search::on_first_use);
  if (!keyring) return keyring.error();
  std::string identifier = root_;
  if (!options.name.empty())
    identifier = std::string(without_trailing_slashes(root_)) + '/' + options.name;
  Issuer issuer({.identifier = std::move(identifier),
                 .token_lifetime = options.token_lifetime.value_or(options_.token_lifetime),
                 .jwks_max_age = options.jwks_max_age.value_or(options_.jwks_max_age),
                 .token_type = options.token_type.value_or(options_.token_type),
                 .claims = options.claims},
                clock_, std::move(*keyring));
  return std::make_shared<Realm>(std::move(issuer), directory_, clock_,
                                 OAuthSettings{.scopes_as_array = options_.scopes_as_array,
                                               .interactive = options_.interactive,
                                               .allow_plain_pkce = options_.allow_plain_pkce});
}

std::shared_ptr<Realm> Realms::find(std::string_view name) const {
  const std::shared_lock lock(mutex_);
  const auto at = realms_.find(name);
  return at == realms_.end() ? nullptr : at->second;
}

std::shared_ptr<Realm> Realms::find_or_make(std::string_view name) {
  if (auto found = find(name)) return found;
  if (!options_.auto_issuers || !issuer_name_problem(name).empty()) return nullptr;
  auto made = make({.name = std::string(name)});
  if (!made) return nullptr;
  const std::unique_lock lock(mutex_);
  if (const auto at = realms_.find(name); at != realms_.end()) return at->second;
  if (automatic_ >= kMaxAutomatic || is_stopping_) return nullptr;
  ++automatic_;
  return realms_.emplace(name, std::move(*made)).first->second;
}

std::vector<std::string> Realms::names() const {
  const std::shared_lock lock(mutex_);
  std::vector<std::string> names;
  names.reserve(realms_.size());
  for (const auto& each : realms_) names.push_back(each.first);
  return names;
}

void Realms::stop_searching() noexcept {
  const std::unique_lock lock(mutex_);
  is_stopping_ = true;
  for (const auto& each : realms_) each.second->issuer.keyring().stop_searching();
}

Result<void> Realms::reset() {
  std::vector<std::shared_ptr<Realm>> kept;
  {
    const std::unique_lock lock(mutex_);
    std::erase_if(realms_, [this](const auto& each) {
      return !each.first.empty() &&
             std::none_of(options_.issuers.begin(), options_.issuers.end(),
                          [&](const IssuerOptions& options) { return options.name == each.first; });
    });
    automatic_ = 0;
    for (const auto& each : realms_) kept.push_back(each.second);
  }
  for (const std::shared_ptr<Realm>& realm : kept) {
    if (auto done = realm->issuer.keyring().reset(); !done) return done;
    realm->oauth.reset();
  }
  return {};
}

}  // namespace emulator
}  // namespace v0
}  // namespace jwks
