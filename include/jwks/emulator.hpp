#pragma once

// `Emulator`: a real issuer on a loopback port, for tests.
//
//   auto idp = jwks::emulator::Emulator::start({});
//   auto text = (*idp).issue({.subject = "alice", .audience = "orders-api"});
//   (*idp).rotate_keys();
//   CHECK((*idp).requests("/.well-known/jwks.json") == 1);
//
// It serves discovery, the JWK Set and a token endpoint over HTTP, signs with several keys at once,
// rotates them, and counts what it was asked. It is for tests only: it binds the loopback address
// unless told otherwise, its keys protect nothing, and it is not built when jwks-cpp is a
// sub-project unless asked for.
//
// Threading: every member is const and may be called from any thread; requests are served by
// threads of the emulator. Lifetime: the destructor stops serving and joins them. Any number of
// emulators run in one process.

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "jwks/algorithm.hpp"
#include "jwks/export.hpp"
#include "jwks/result.hpp"

namespace jwks {
inline namespace v0 {
namespace emulator {

enum class ApplicationType : std::uint8_t {
  m2m,    ///< machine to machine: may ask for tokens with `client_credentials`
  oauth,  ///< acts for users, and may not
};

/// A client of the token endpoint.
struct Application {
  std::string name{};
  std::string client_id{};            ///< empty: generated
  std::string client_secret{};        ///< empty: generated
  std::string organization{};         ///< value of the claim "org_id"; empty: none
  std::string audience{};             ///< value of "aud"; empty: the client_id
  std::vector<std::string> scopes{};  ///< what may be granted
  ApplicationType type = ApplicationType::m2m;
  friend bool operator==(const Application&, const Application&) = default;
};

/// A key to sign with. Without `pem` one is generated at start.
struct KeyOptions {
  Algorithm algorithm = Algorithm::es256;
  std::string pem{};     ///< PKCS#8 private key
  std::string key_id{};  ///< empty: the RFC 7638 thumbprint
};

struct EmulatorOptions {
  std::string host = "127.0.0.1";
  std::uint16_t port = 0;  ///< 0: a free one
  /// The "iss" of tokens and base of URLs; empty: the bound URL.
  std::string issuer{};
  /// Keys to publish; the first signs unless a token asks for another algorithm. Empty: one each of
  /// ES256, RS256, PS256 and EdDSA.
  std::vector<KeyOptions> keys{};
  std::vector<Application> applications{};
  std::chrono::seconds token_lifetime{3600};
  std::chrono::seconds jwks_max_age{300};  ///< `Cache-Control` of the JWK Set
  std::string token_type = "at+jwt";       ///< "typ" of issued tokens; empty: none
  /// Grants scopes as the array claim "scp" instead of the string "scope".
  bool scopes_as_array = false;
  /// All time in the emulator comes from here; empty: the system clock.
  std::function<std::chrono::system_clock::time_point()> clock{};
};

/// How `rotate_keys` goes about it.
enum class Rotation : std::uint8_t {
  announce,   ///< publish the new key, go on signing with the old
  switch_to,  ///< sign with the new, publish both
  hard,       ///< the new replaces the old at once
  retire,     ///< stop publishing the keys that no longer sign
};

/// What `issue` signs. Values are put into the token as they are, sensible or not.
struct TokenRequest {
  std::string subject = "user";
  std::string audience{};  ///< empty: no "aud"
  std::optional<Algorithm> algorithm{};
  std::optional<std::chrono::seconds> expires_in{};  ///< may be negative; empty: token_lifetime
  /// Claims and header parameters to add or replace, as name and JSON text; an empty text removes.
  std::vector<std::pair<std::string, std::string>> claims{};
  std::vector<std::pair<std::string, std::string>> header{};
};

/// One request that was answered.
struct JournalEntry {
  std::string method{};
  std::string path{};                            ///< without the query, as it was sent
  std::string query{};                           ///< what followed "?"
  int status = 0;                                ///< of the answer
  std::chrono::system_clock::time_point time{};  ///< by the emulator's clock
  /// Names in lower case. Of `authorization` only the scheme is kept.
  std::vector<std::pair<std::string, std::string>> headers{};
};

class JWKS_API Emulator {
 public:
  /// Binds the port, makes the keys and serves. *Failure:* `bad_config` naming the option and the
  /// reason (a busy port, a malformed key, an unknown host).
  [[nodiscard]] static Result<Emulator> start(EmulatorOptions options);

  Emulator(Emulator&&) noexcept;
  Emulator& operator=(Emulator&&) noexcept;
  ~Emulator();

  [[nodiscard]] std::string issuer() const;
  [[nodiscard]] std::string url() const;  ///< of the bound socket, without a trailing slash
  /// At `url()`: what a verifier on this machine reaches also when the issuer is pinned.
  [[nodiscard]] std::string jwks_uri() const;
  [[nodiscard]] std::uint16_t port() const noexcept;
  [[nodiscard]] std::vector<Application> applications() const;

  /// Signs a token. *Failure:* `bad_config` if no key has that algorithm or a JSON text is invalid.
  [[nodiscard]] Result<std::string> issue(const TokenRequest& request) const;
  /// Rotates the signing key of each algorithm. *Blocking:* while RSA keys are found, some 100 ms.
  [[nodiscard]] Result<void> rotate_keys(Rotation rotation = Rotation::switch_to) const;
  /// The kid that signs tokens of this algorithm; empty if no key does.
  [[nodiscard]] std::string key_id(Algorithm algorithm) const;
  /// The JWK Set document as it is served now.
  [[nodiscard]] std::string jwks() const;
  /// Grows by one with every rotation.
  [[nodiscard]] std::uint64_t jwks_version() const;

  /// Counts requests for this path (without query) since the start or `clear_journal`.
  [[nodiscard]] std::size_t requests(std::string_view path) const;
  /// The last 1000 requests, oldest first; those to `/_emulate/` are not listed.
  [[nodiscard]] std::vector<JournalEntry> journal() const;
  void clear_journal() const;
  /// Answers every request outside `/_emulate/` with this status from now on; empty: serves again.
  void fail_with(std::optional<int> status) const;

  /// Stops serving; the port is closed on return. Idempotent.
  void stop() const noexcept;
  /// Serves again on the same port after `stop`. *Failure:* `bad_config` if the port is taken.
  [[nodiscard]] Result<void> restart() const;

 private:
  struct State;
  explicit Emulator(std::unique_ptr<State> state) noexcept;
  std::unique_ptr<State> state_;
};

[[nodiscard]] JWKS_API std::string_view to_string(Rotation rotation) noexcept;

}  // namespace emulator
}  // namespace v0
}  // namespace jwks
