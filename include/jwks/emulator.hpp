#pragma once

// `Emulator`: a real issuer on a loopback port, for tests.
//
//   auto idp = jwks::emulator::Emulator::start({});
//   auto text = (*idp).issue({.subject = "alice", .audience = "orders-api"});
//   (*idp).rotate_keys();
//   CHECK((*idp).requests("/.well-known/jwks.json") == 1);
//
// It serves discovery, the JWK Set, the OAuth endpoints and a management API over HTTP, signs with
// several keys at once, rotates them, counts what it was asked, and gets things wrong on command:
// defective tokens (`issue`), answers (`add_hook`), connections, bytes and key sets (`add_fault`).
// What is a method here is an endpoint under /_emulate/ for tests in other languages
// (/_emulate/openapi.json).
//
// It is for tests only: it binds the loopback address unless told otherwise, its keys protect
// nothing, and it is not built when jwks-cpp is a sub-project unless asked for.
//
// Threading: every member is const and may be called from any thread; requests are served by
// threads of the emulator. Lifetime: the destructor stops serving and joins them. One that was
// moved from may only be stopped, assigned to and destroyed. Any number of emulators run in one
// process.

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "jwks/algorithm.hpp"
#include "jwks/emulator_options.hpp"
#include "jwks/emulator_token.hpp"
#include "jwks/export.hpp"
#include "jwks/result.hpp"

namespace jwks {
inline namespace v0 {
namespace emulator {

/// How `rotate_keys` goes about it.
enum class Rotation : std::uint8_t {
  announce,   ///< publish the new key, go on signing with the old
  switch_to,  ///< sign with the new, publish both
  hard,       ///< the new replaces the old at once
  retire,     ///< stop publishing the keys that no longer sign
  republish,  ///< publish the key that was withdrawn last again, without signing with it
  same_kid,   ///< sign with a new key that has the old one's kid, and publish that one only
};

/// One request that was answered.
struct JournalEntry {
  std::string method{};
  std::string path{};                            ///< without the query, as it was sent
  std::string query{};                           ///< what followed "?"
  int status = 0;                                ///< of the answer
  std::chrono::system_clock::time_point time{};  ///< by the emulator's clock
  /// Names in lower case. Of `authorization` and `proxy-authorization` only the scheme is kept, of
  /// `cookie` nothing; the query is as it was sent, with whatever secrets a client puts there.
  std::vector<std::pair<std::string, std::string>> headers{};
};

/// Members with a parameter `issuer` concern the further issuer of that name; empty: the root. Only
/// `issue`, `rotate_keys` and requests make one with `auto_issuers`; to look at one that is not
/// there gives an empty text or 0.
class JWKS_API Emulator {
 public:
  /// Binds the port and serves; keys are made meanwhile. *Failure:* `bad_config` naming the option
  /// and the reason (a busy port, a malformed key, an unknown host, two clients of one name).
  [[nodiscard]] static Result<Emulator> start(EmulatorOptions options);

  Emulator(Emulator&&) noexcept;
  Emulator& operator=(Emulator&&) noexcept;
  ~Emulator();

  // Where it is.
  [[nodiscard]] std::string issuer(std::string_view name = {}) const;
  [[nodiscard]] std::string url() const;  ///< of the bound socket, without a trailing slash
  /// At `url()`: what a verifier on this machine reaches also when the issuer is pinned.
  [[nodiscard]] std::string jwks_uri(std::string_view issuer = {}) const;
  [[nodiscard]] std::uint16_t port() const noexcept;
  /// The CA certificate that clients have to trust, as PEM; empty without TLS.
  [[nodiscard]] std::string ca_pem() const;

  // What it knows.
  [[nodiscard]] std::vector<Application> applications() const;
  /// A value that authenticates at the management API; empty if none does.
  [[nodiscard]] std::string api_key() const;
  /// What opens /_emulate/ to peers that are not on this machine, as a Bearer token.
  [[nodiscard]] std::string control_token() const;

  // Tokens and keys.
  /// Signs a token. *Failure:* `bad_config` if no key has that algorithm or a JSON text is invalid.
  [[nodiscard]] Result<std::string> issue(const TokenRequest& request) const;
  /// Rotates the signing key of each algorithm. *Blocking:* while RSA keys are found, some 100 ms.
  [[nodiscard]] Result<void> rotate_keys(Rotation rotation = Rotation::switch_to,
                                         std::string_view issuer = {}) const;
  /// The kid that signs tokens of this algorithm; empty if no key does.
  [[nodiscard]] std::string key_id(Algorithm algorithm, std::string_view issuer = {}) const;
  /// The JWK Set document as it is served now, faults apart.
  [[nodiscard]] std::string jwks(std::string_view issuer = {}) const;
  /// Grows by one with every rotation.
  [[nodiscard]] std::uint64_t jwks_version(std::string_view issuer = {}) const;

  // What it was asked.
  /// Counts requests for this path (without query) since the start or `clear_journal`. The first
  /// 1000 paths of at most 2048 bytes are counted; any other has 0.
  [[nodiscard]] std::size_t requests(std::string_view path) const;
  /// The last 1000 requests, or as many as 4 MiB hold, oldest first; those to `/_emulate/` are not
  /// listed.
  [[nodiscard]] std::vector<JournalEntry> journal() const;
  void clear_journal() const;

  // What it gets wrong.
  /// *Success:* the hook's id. *Failure:* `bad_config` naming the field.
  [[nodiscard]] Result<std::string> add_hook(Hook hook) const;
  [[nodiscard]] std::vector<Hook> hooks() const;
  bool remove_hook(std::string_view id) const;  ///< false: there was none
  void clear_hooks() const;
  /// *Success:* the fault's id. *Failure:* `bad_config` naming the field.
  [[nodiscard]] Result<std::string> add_fault(Fault fault) const;
  [[nodiscard]] std::vector<Fault> faults() const;
  bool remove_fault(std::string_view id) const;  ///< false: there was none
  void clear_faults() const;
  /// Answers every request outside `/_emulate/` with this status from now on, whatever the hooks
  /// say; empty: serves again. *Failure:* `bad_config` about "status", and nothing is changed.
  [[nodiscard]] Result<void> fail_with(std::optional<int> status) const;

  // Its time.
  [[nodiscard]] std::chrono::system_clock::time_point now() const;
  /// The clock shows `time` and goes on from there, or stands still.
  void set_clock(std::chrono::system_clock::time_point time, bool frozen = false) const;
  void advance_clock(std::chrono::nanoseconds by) const;  ///< may be negative
  void reset_clock() const;

  /// Back to the start: clients, tenants and keys as they were, generated ones included; no hook,
  /// fault or limit but those of the options, the clock unmoved, the journal empty, tokens and
  /// codes that were handed out unknown. The port stays.
  [[nodiscard]] Result<void> reset() const;
  /// Stops serving; the port is closed on return. Idempotent. *Blocking:* until the requests that
  /// are being answered are done; one may wait for keys to be found, which the destructor ends.
  void stop() const noexcept;
  /// Serves again on the same port after `stop`. *Failure:* `bad_config` if the port is taken.
  [[nodiscard]] Result<void> restart() const;

 private:
  struct State;
  explicit Emulator(std::unique_ptr<State> state) noexcept;
  std::unique_ptr<State> state_;
};

[[nodiscard]] JWKS_API std::string_view to_string(Rotation rotation) noexcept;
[[nodiscard]] JWKS_API std::string_view to_string(FaultKind kind) noexcept;

}  // namespace emulator
}  // namespace v0
}  // namespace jwks
