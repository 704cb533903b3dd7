#pragma once

// `Issuer`: who the emulator is to those who verify its tokens: an issuer identifier, the keys, the
// documents about both (OIDC Discovery §3, RFC 8414 §3, RFC 7517 §5), and the tokens it signs.

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "emulator/http/http_message.hpp"
#include "emulator/issuer/keyring.hpp"
#include "jwks/emulator.hpp"

namespace jwks {
inline namespace v0 {
namespace emulator {

struct IssuerSettings {
  std::string identifier{};  ///< the "iss" of tokens, exactly
  std::chrono::seconds token_lifetime{3600};
  std::chrono::seconds jwks_max_age{300};
  std::string token_type{};
  std::function<std::chrono::system_clock::time_point()> clock{};
};

/// *Threading:* every member may be called from any thread.
class Issuer {
 public:
  using Claims = std::vector<std::pair<std::string, std::string>>;  ///< name and JSON text

  Issuer(IssuerSettings settings, std::unique_ptr<Keyring> keyring)
      : settings_(std::move(settings)), keyring_(std::move(keyring)) {}

  [[nodiscard]] const std::string& identifier() const noexcept { return settings_.identifier; }
  /// The path of the identifier without a trailing slash; empty for the usual issuer at the root.
  [[nodiscard]] std::string path_prefix() const;
  [[nodiscard]] std::chrono::seconds token_lifetime() const noexcept {
    return settings_.token_lifetime;
  }
  [[nodiscard]] Keyring& keyring() const noexcept { return *keyring_; }
  /// By the given clock; by the system's where none is given or it throws.
  [[nodiscard]] std::chrono::system_clock::time_point now() const noexcept;

  /// Signs `request`. `more` stands between the registered claims and the request's own.
  /// *Failure:* `bad_config` if no key has the algorithm or a JSON text is invalid.
  [[nodiscard]] Result<std::string> issue(const TokenRequest& request,
                                          const Claims& more = {}) const;

  /// The metadata document: what is served here, and nothing that isn't.
  [[nodiscard]] std::string metadata() const;

  /// Answers for this path, or not at all: the JWK Set under all its names, and the metadata.
  [[nodiscard]] std::optional<HttpResponse> respond(const HttpRequest& request,
                                                    std::string_view path) const;

 private:
  [[nodiscard]] std::string base_url() const;
  [[nodiscard]] HttpResponse jwks_response(const HttpRequest& request) const;

  IssuerSettings settings_;
  std::unique_ptr<Keyring> keyring_;
};

/// Tells why `identifier` can't be an issuer identifier (RFC 8414 §2); empty if it can.
[[nodiscard]] std::string_view issuer_problem(std::string_view identifier) noexcept;

}  // namespace emulator
}  // namespace v0
}  // namespace jwks
