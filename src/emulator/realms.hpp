#pragma once

// `Realms`: the issuers of one emulator. The root has the empty name; further ones answer below
// `/{name}` and come from the options, or into being when they are first asked for.
//
// Threading: every member may be called from any thread. A realm lives as long as whoever got it
// uses it.

#include <map>
#include <memory>
#include <optional>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <vector>

#include "emulator/clock.hpp"
#include "emulator/directory/directory.hpp"
#include "emulator/issuer/issuer.hpp"
#include "emulator/oauth/oauth.hpp"
#include "jwks/emulator_options.hpp"
#include "jwks/result.hpp"

namespace jwks {
inline namespace v0 {
namespace emulator {

/// One issuer and its OAuth endpoints.
struct Realm {
  Realm(Issuer made, Directory& directory, const EmulatorClock& clock, OAuthSettings settings)
      : issuer(std::move(made)), oauth(issuer, directory, clock, settings) {}
  Realm(const Realm&) = delete;  // its parts refer to each other
  Realm& operator=(const Realm&) = delete;

  Issuer issuer;
  OAuth oauth;
};

class Realms {
 public:
  static constexpr std::size_t kMaxAutomatic = 1000;

  /// `root` is the identifier of the root issuer. *Failure:* `bad_config` about "keys".
  [[nodiscard]] static Result<std::unique_ptr<Realms>> create(const EmulatorOptions& options,
                                                              std::string root,
                                                              Directory& directory,
                                                              const EmulatorClock& clock);

  [[nodiscard]] std::shared_ptr<Realm> root() const { return find(""); }
  /// Null if there is none of this name.
  [[nodiscard]] std::shared_ptr<Realm> find(std::string_view name) const;
  /// The same, but with `auto_issuers` it is made. *Failure:* none; null if it can't be.
  [[nodiscard]] std::shared_ptr<Realm> find_or_make(std::string_view name);
  [[nodiscard]] std::vector<std::string> names() const;  ///< the root is ""

  /// Ends the search for keys in all of them, for good: nobody is to wait for what is about to be
  /// destroyed.
  void stop_searching() noexcept;

  /// Keys, codes and tokens of all go back to the start; what came into being by itself goes.
  [[nodiscard]] Result<void> reset();

 private:
  Realms(const EmulatorOptions& options, std::string root, Directory& directory,
         const EmulatorClock& clock);
  [[nodiscard]] Result<std::shared_ptr<Realm>> make(const IssuerOptions& options) const;

  const EmulatorOptions& options_;
  const std::string root_;
  Directory& directory_;
  const EmulatorClock& clock_;
  mutable std::shared_mutex mutex_;
  std::map<std::string, std::shared_ptr<Realm>, std::less<>> realms_;  // guarded by mutex_
  std::size_t automatic_ = 0;                                          // guarded by mutex_
  bool is_stopping_ = false;                                           // guarded by mutex_
};

/// Tells why `name` can't be that of a further issuer; empty if it can.
[[nodiscard]] std::string_view issuer_name_problem(std::string_view name) noexcept;

}  // namespace emulator
}  // namespace v0
}  // namespace jwks
