#pragma once

// `Issuer`: who the emulator is to those who verify its tokens: an issuer identifier, the keys, the
// document that publishes them (RFC 7517 §5), and the tokens it signs.

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "emulator/clock.hpp"
#include "emulator/http/http_message.hpp"
#include "emulator/issuer/keyring.hpp"
#include "jwks/emulator_token.hpp"

namespace jwks {
inline namespace v0 {
namespace emulator {

struct IssuerSettings {
  std::string identifier{};  ///< the "iss" of tokens, exactly
  std::chrono::seconds token_lifetime{3600};
  std::chrono::seconds jwks_max_age{300};
  std::string token_type{};
  JsonMembers claims{};  ///< added to every token
};

/// *Threading:* every member may be called from any thread.
class Issuer {
 public:
  static constexpr std::string_view kJwksPath = "/.well-known/jwks.json";
  /// The "client" of tokens that are asked for in C++ or over the control API, not by a client.
  static constexpr std::string_view kMintClientId = "emulator";

  Issuer(IssuerSettings settings, const EmulatorClock& clock, std::unique_ptr<Keyring> keyring)
      : settings_(std::move(settings)), clock_(&clock), keyring_(std::move(keyring)) {}

  [[nodiscard]] const std::string& identifier() const noexcept { return settings_.identifier; }
  /// The path of the identifier without a trailing slash; empty for the usual issuer at the root.
  [[nodiscard]] std::string path_prefix() const;
  [[nodiscard]] std::chrono::seconds token_lifetime() const noexcept {
    return settings_.token_lifetime;
  }
  /// The "typ" of access tokens; empty: none.
  [[nodiscard]] const std::string& token_type() const noexcept { return settings_.token_type; }
  [[nodiscard]] Keyring& keyring() const noexcept { return *keyring_; }

  /// Signs `request`, whose `issuer`s don't count. `more` stands between the registered claims and
  /// the request's own; `identifier` is the "iss", the issuer's own where it is empty; the key is
  /// one of `signers`, or of the issuer's own where it is null. JSON texts are not checked, see
  /// `check_json`. *Failure:* `bad_config` about a member of the request.
  [[nodiscard]] Result<std::string> issue(const TokenRequest& request, const JsonMembers& more = {},
                                          std::string_view identifier = {},
                                          const Keyring* signers = nullptr) const;

  /// The names of the JWK Set.
  [[nodiscard]] static bool serves_key_set(std::string_view path) noexcept;
  /// Answers for this path with the JWK Set, spoiled as told, or not at all.
  [[nodiscard]] std::optional<HttpResponse> respond(const HttpRequest& request,
                                                    std::string_view path,
                                                    const std::optional<Fault>& fault = {}) const;

 private:
  IssuerSettings settings_;
  const EmulatorClock* clock_;
  std::unique_ptr<Keyring> keyring_;
};

/// Tells why `identifier` can't be an issuer identifier (RFC 8414 §2); empty if it can.
[[nodiscard]] std::string_view issuer_problem(std::string_view identifier) noexcept;

}  // namespace emulator
}  // namespace v0
}  // namespace jwks
