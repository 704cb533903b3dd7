#pragma once

// What an emulator starts with: its issuers and their keys, the tenants, clients, users and API
// keys it knows, and what it is told to get wrong.
//
// Everything here is a plain value with a default. `Emulator::start` checks all of it once. A
// configuration file (jwks-emulator --config) says the same with the same names.

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "jwks/algorithm.hpp"

namespace jwks {
inline namespace v0 {
namespace emulator {

/// Names and JSON texts: claims, header parameters.
using JsonMembers = std::vector<std::pair<std::string, std::string>>;
/// Names and values.
using StringMap = std::vector<std::pair<std::string, std::string>>;

/// A tenant.
struct Organization {
  std::string name{};         ///< unique
  std::string id{};           ///< `[A-Za-z0-9_-]+`, unique; empty: generated
  std::string external_id{};  ///< the application's own name for it
  StringMap metadata{};
  std::vector<std::string> domains{};
  friend bool operator==(const Organization&, const Organization&) = default;
};

enum class ApplicationType : std::uint8_t {
  m2m,    ///< machine to machine: may ask for tokens with `client_credentials`
  oauth,  ///< acts for users: `authorization_code` and `refresh_token`
};

/// A client of the token endpoint.
struct Application {
  std::string name{};
  std::string client_id{};            ///< unique; empty: generated
  std::string client_secret{};        ///< empty: generated
  std::string organization{};         ///< name or id of one; the claim "org_id" is its id
  std::string audience{};             ///< value of "aud"; empty: the client_id
  std::vector<std::string> scopes{};  ///< what may be granted
  ApplicationType type = ApplicationType::m2m;
  std::string description{};
  std::vector<std::string> redirect_uris{};  ///< exact; `oauth` only
  /// Has no secret: authenticates by PKCE alone (RFC 6749 §2.1). `oauth` only.
  bool is_public = false;
  friend bool operator==(const Application&, const Application&) = default;
};

/// A secret of an organization, or of one of its users, for the management API.
struct ApiKey {
  std::string name{};
  std::string organization{};  ///< name or id; required
  std::string user_id{};       ///< empty: the organization owns it
  std::string value{};         ///< "sk_…", unique; empty: generated
  std::vector<std::string> permissions{};
  std::optional<std::chrono::system_clock::time_point> expires_at{};
  std::string environment{};
  friend bool operator==(const ApiKey&, const ApiKey&) = default;
};

/// Who can log in.
struct User {
  std::string email{};     ///< unique, whatever the case
  std::string id{};        ///< the "sub" of tokens; unique; empty: generated
  std::string name{};      ///< as a whole: "Alice Smith"
  std::string password{};  ///< empty: any password will do
  JsonMembers claims{};    ///< added to ID tokens and to the answers of userinfo
  friend bool operator==(const User&, const User&) = default;
};

/// A key to sign with. Without `pem` and `jwk` one is generated.
struct KeyOptions {
  Algorithm algorithm = Algorithm::es256;
  std::string pem{};         ///< PKCS#8 private key
  std::string key_id{};      ///< empty: the "kid" of `jwk`, or the RFC 7638 thumbprint
  std::string jwk{};         ///< private key as a JWK (RFC 7517); instead of `pem`
  unsigned rsa_bits = 2048;  ///< of a generated RSA key; 2048 to 4096
  std::string curve{};       ///< of a generated EdDSA key: "Ed25519" (default) or "Ed448"
};

/// A further issuer, at `<root issuer>/<name>`. It shares tenants, clients and users with the root.
struct IssuerOptions {
  std::string name{};              ///< `[A-Za-z0-9_-]+`, unique, and no path of the emulator's own
  std::vector<KeyOptions> keys{};  ///< empty: as for the root
  std::optional<std::chrono::seconds> token_lifetime{};  ///< these: as the root where empty
  std::optional<std::chrono::seconds> jwks_max_age{};
  std::optional<std::string> token_type{};
  JsonMembers claims{};  ///< added to every token; none that the emulator sets
};

/// Answers requests in place of what would. The oldest hook that matches is used.
struct Hook {
  std::string id{};          ///< set by `add_hook`
  std::string method = "*";  ///< or "GET", "POST", …
  std::string path = "*";    ///< exact, "/prefix/*", or "*": every path outside /_emulate/
  int status = 500;          ///< 200 to 599
  std::string body{};        ///< empty: an error object that suits the status
  StringMap headers{};       ///< "Content-Type" is application/json unless given
  std::optional<std::uint64_t> count{};  ///< requests to answer, then it is gone; empty: all.
                                         ///< `hooks()` tells what is left
  /// Lets this many requests of a window pass and answers the others: a rate limit (use 429).
  struct RateLimit {
    std::uint64_t requests = 0;
    std::chrono::seconds window{60};  ///< by the emulator's clock; 1 s to 1 d
  };
  std::optional<RateLimit> rate_limit{};
};

/// Ways to be wrong that no status code can express.
enum class FaultKind : std::uint8_t {
  // Of the connection, before any request is known. `path` and `method` don't count.
  refuse,           ///< the port is closed for `duration` (real time)
  stall_handshake,  ///< accepts, and says nothing: no TLS, no HTTP
  tls_expired,      ///< a certificate that is past its time
  tls_wrong_host,   ///< a certificate for another name
  tls_self_signed,  ///< a certificate that no CA signed
  // Of the answer's bytes.
  reset,                 ///< RST after `bytes` bytes of the answer (default 0)
  stall_headers,         ///< nothing is sent, the connection stays open
  stall_body,            ///< the header and `bytes` bytes of the body (default half of it) are
                         ///< sent, then nothing
  drip,                  ///< a byte every `pause`
  truncate,              ///< closed after `bytes` bytes of the body (default half of it)
  oversize,              ///< padded with white space to `bytes` bytes of body (default 2 MiB)
  endless,               ///< a chunked body that never ends
  wrong_content_length,  ///< Content-Length says `bytes` more than there are (default 10)
  bad_chunking,          ///< a chunk size that is none
  redirect_loop,         ///< to itself
  redirect,              ///< to `location`, of whatever scheme (default "file:///etc/passwd")
  wrong_content_type,    ///< says `content_type` (default "text/plain")
  html,                  ///< an HTML page with status 200
  gzip_bomb,             ///< `bytes` bytes of nothing (default 1 GiB), compressed
  // In the key set.
  unknown_kty,     ///< a key of an unknown type comes first
  duplicate_kid,   ///< another key of the same type has the first key's kid
  missing_kid,     ///< no key has a kid
  use_enc,         ///< every key says `"use": "enc"`
  private_member,  ///< every key has a member that only private keys have
  oct_key,         ///< a symmetric key with the first key's kid comes first
  weak_rsa,        ///< RSA keys are replaced by ones of 1024 bits; one is added if none
  exponent_one,    ///< RSA keys have the exponent 1; one is added if there is none
  off_curve,       ///< EC keys are no points of their curves; one is added if none
  bad_base64,      ///< key material is no base64url
  empty_set,       ///< `{"keys":[]}`
};

/// Spoils answers. Of several faults that match, the oldest of each of the three groups is used.
struct Fault {
  std::string id{};  ///< set by `add_fault`
  FaultKind kind = FaultKind::reset;
  std::string method = "*";  ///< as in `Hook`
  std::string path = "*";    ///< as in `Hook`; faults of the key set count where one is served
  std::optional<std::uint64_t> count{};  ///< requests (or connections) to spoil; empty: all
  double probability = 1;  ///< 0 to 1, of each that matches; by the seed of the options
  /// How long it lasts, at most 365 d: by the emulator's clock, and by the real one for faults of
  /// the connection (who could move the clock on meanwhile?). Empty: for ever. `faults()` tells
  /// what is left.
  std::optional<std::chrono::milliseconds> duration{};
  std::optional<std::uint64_t> bytes{};  ///< see the kind
  std::chrono::milliseconds pause{100};  ///< of `drip`
  std::string location{};                ///< of `redirect`
  std::string content_type{};            ///< of `wrong_content_type`
};

struct EmulatorOptions {
  std::string host = "127.0.0.1";
  std::uint16_t port = 0;  ///< 0: a free one
  /// The "iss" of tokens and base of URLs; empty: the bound URL.
  std::string issuer{};
  /// Keys to publish; the first signs unless a token asks for another algorithm. Empty: one each of
  /// ES256, RS256, PS256 and EdDSA. Keys to generate are generated in the background; who needs
  /// them first waits for them.
  std::vector<KeyOptions> keys{};
  std::vector<Organization> organizations{};
  std::vector<Application> applications{};
  /// Keys of the management API. Without these and `allowed_api_keys`, "sk_test_default" is one.
  std::vector<ApiKey> api_keys{};
  /// Values that authenticate at the management API and are no resources there. "sk_…".
  std::vector<std::string> allowed_api_keys{};
  /// Empty: "user@example.com" is there.
  std::vector<User> users{};
  std::vector<IssuerOptions> issuers{};
  /// Further issuers come into being when they are first asked for; at most 1000.
  bool auto_issuers = false;
  std::chrono::seconds token_lifetime{3600};
  std::chrono::seconds jwks_max_age{300};  ///< `Cache-Control` of the JWK Set
  std::string token_type = "at+jwt";       ///< "typ" of access tokens; empty: none
  JsonMembers claims{};                    ///< added to every token of the root issuer; as above
  /// Grants scopes as the array claim "scp" instead of the string "scope".
  bool scopes_as_array = false;
  /// The login page asks who it is, instead of letting in the first user (or the "login_hint").
  bool interactive = false;
  /// Allows `code_challenge_method=plain` (RFC 7636 §4.2).
  bool allow_plain_pkce = false;
  /// Serves https only, with a certificate of a CA that is made at start; see `Emulator::ca_pem`.
  bool tls = false;
  /// The issuer is what X-Forwarded-Proto, -Host and -Prefix of a request say it is.
  bool trust_forwarded = false;
  /// What opens /_emulate/ to peers that are not on this machine; empty: generated.
  std::string control_token{};
  std::vector<Hook> hooks{};
  std::vector<Fault> faults{};
  std::uint64_t seed = 0;  ///< of `Fault::probability`
  /// All time in the emulator comes from here, moved by `set_clock`; empty: the system clock.
  /// Called from several threads; it must not ask the same emulator for the time.
  std::function<std::chrono::system_clock::time_point()> clock{};
};

}  // namespace emulator
}  // namespace v0
}  // namespace jwks
