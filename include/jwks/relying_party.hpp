#pragma once

// `RelyingParty`: the tokens that an OpenID Provider sends to one client (OpenID Connect Core 1.0,
// Back-Channel Logout 1.0).
//
//   auto client = jwks::RelyingParty::create(
//       {.issuer = "https://issuer.example.com", .client_id = "shop"});
//   auto sign_in = client->verify_id_token(id_token, {.nonce = session.nonce, .code = code});
//   auto logout = client->verify_logout_token(text);
//   if (logout) sessions.end(logout->subject, logout->session_id);
//
// Both kinds of token are verified with the same cached keys; neither passes for the other, and an
// access token for none of them. Who both signs users in and serves an API takes its access tokens
// with the same keys by `client->verifier().sharing_keys(...)`. The algorithm is pinned to the key,
// and the allow-list may be narrowed to what the client registered
// (`id_token_signed_response_alg`): a token of another algorithm is refused whatever the provider
// publishes.
//
// Threading: every member is const and may be called from any thread. *Blocking:* as JwksVerifier.

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "jwks/export.hpp"
#include "jwks/id_token.hpp"
#include "jwks/jwks_verifier.hpp"
#include "jwks/replay_cache.hpp"
#include "jwks/result.hpp"
#include "jwks/verified_token.hpp"

namespace jwks {
inline namespace v0 {

struct RelyingPartyOptions {
  /// Required both.
  std::string issuer{};
  std::string client_id{};
  /// Who else may be an audience of the client's ID tokens; empty: nobody (OpenID Connect Core 1.0
  /// §3.1.3.7, 3).
  std::vector<std::string> trusted_audiences{};
  /// Everything else: URL, cache, network, seams. Its issuer, audiences and profile must be as they
  /// are by default. Of `validation` the algorithms, `key_selection` and `clock_skew` count for
  /// both kinds of token, the rest for ID tokens.
  VerifierOptions verifier{};
  /// Remembers the "jti" of logout tokens (Back-Channel Logout 1.0 §2.6); empty: in memory. Where
  /// several processes end sessions, one that they share keeps a token from being replayed.
  std::shared_ptr<ReplayCache> logout_replay_cache{};
};

/// What a logout token asks for: the end of one session, or of all of a user's.
struct LogoutRequest {
  std::string subject{};     ///< "sub"; may be empty if `session_id` is not
  std::string session_id{};  ///< "sid"; may be empty if `subject` is not
  std::string token_id{};    ///< "jti"
};

class JWKS_API RelyingParty {
 public:
  /// *Failure:* `bad_config` with the option as its subject.
  [[nodiscard]] static Result<RelyingParty> create(RelyingPartyOptions options);

  /// The policy's client is this one, named or not; its trusted audiences and, if it names no
  /// client, its authorized parties are those of the options and its own. *Failure:* as
  /// `JwksVerifier::verify` and `validate_id_token`; `bad_config` for a policy with another client.
  [[nodiscard]] Result<VerifiedToken> verify_id_token(std::string_view id_token,
                                                      const IdTokenPolicy& policy) const noexcept;
  /// *Failure:* as `JwksVerifier::verify`; `replayed` for one that was accepted before.
  [[nodiscard]] Result<LogoutRequest> verify_logout_token(
      std::string_view logout_token) const noexcept;

  /// For health, metrics, `refresh` and the like. It verifies ID tokens, without what belongs to
  /// one sign-in; with `sharing_keys` it takes the provider's access tokens as well.
  [[nodiscard]] const JwksVerifier& verifier() const noexcept;

  RelyingParty(RelyingParty&&) noexcept;
  RelyingParty& operator=(RelyingParty&&) noexcept;
  ~RelyingParty();

 private:
  struct State;
  explicit RelyingParty(std::unique_ptr<State> state) noexcept;
  std::unique_ptr<State> state_;
};

}  // namespace v0
}  // namespace jwks
