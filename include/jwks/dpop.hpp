#pragma once

// DPoP: proof that the sender of a token holds the key that the token is bound to (RFC 9449).
//
// A resource server gives `verify` a `Presentation` (jwks/presentation.hpp) and sets
// `ValidationOptions::dpop`; then everything here is done for it. An authorization server, which
// has a proof but no token yet, calls `verify_dpop_proof` itself and binds the token to the
// thumbprint that it returns.

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "jwks/algorithm.hpp"
#include "jwks/claims.hpp"
#include "jwks/export.hpp"
#include "jwks/replay_cache.hpp"
#include "jwks/result.hpp"

namespace jwks {
inline namespace v0 {

/// How proofs are judged.
struct DpopOptions {
  /// Remembers proofs. Required: without it a proof could be used again while it is fresh.
  std::shared_ptr<ReplayCache> replay_cache{};
  /// Accepted proof algorithms; asymmetric ones only.
  AlgorithmSet algorithms = kDefaultAlgorithms;
  /// How old a proof may be by its "iat": 1 s to 600 s. A proof of exactly this age passes.
  std::chrono::seconds max_age{60};
  /// How far in the future "iat" may be, for clocks that differ: 0 s to 600 s. Exactly this far
  /// passes. It is the tolerance for "exp" and "nbf" too: RFC 9449 does not define them for proofs,
  /// but a proof that carries them means them.
  std::chrono::seconds max_future{60};
  /// Refuses access tokens that are not bound to a DPoP key.
  bool required = false;
};

/// The HTTP request that a proof came with. Views: they must outlive the call.
struct DpopRequest {
  /// The values of all `DPoP` fields of the request; RFC 9449 §4.3 (1) wants exactly one.
  std::vector<std::string_view> proofs{};
  std::string_view method{};  ///< compared with "htm", case-sensitively (RFC 9110 §9.1)
  /// The URL as the client addressed it: https://api.example.com/orders. Query and fragment don't
  /// count; it is normalized before it is compared with "htu" (RFC 3986 §6.2.2, §6.2.3).
  std::string_view url{};
  /// The nonce that this server gave the client, if it uses nonces (RFC 9449 §9). To accept the one
  /// before as well, verify again with it: what was refused for its nonce was not remembered.
  std::optional<std::string_view> nonce{};
};

/// What a valid proof says.
struct DpopProof {
  std::string key_thumbprint{};  ///< RFC 7638, SHA-256, base64url: the "jkt" of RFC 9449 §6.1
  std::string token_id{};        ///< "jti"
  NumericDate issued_at{};
  Algorithm algorithm{};
};

/// Checks a proof by RFC 9449 §4.3, all of it but the comparison with a token's "cnf", and
/// remembers it. Authenticate the client first: a stranger can sign proofs with keys of his own,
/// and each that is remembered takes a place in the replay cache. `access_token` is the token that
/// it accompanies; empty where there is none yet (at the token endpoint), else "ath" must be its
/// hash.
///
/// A proof is at most 16 KiB, its "jti" 1 to 256 bytes. It is remembered by key, URL and "jti"
/// together (RFC 9449 §11.1): nobody can use up the "jti" of another client.
///
/// *Failure:* `binding_failed` with the reason `invalid_dpop_proof` or `use_dpop_nonce` and the
/// faulty claim or header parameter as its subject, `replayed`, `bad_config` for bad options,
/// `out_of_memory`. *Threading:* reentrant. *Blocking:* as the replay cache.
[[nodiscard]] JWKS_API Result<DpopProof> verify_dpop_proof(
    const DpopRequest& request, std::string_view access_token, const DpopOptions& options,
    std::chrono::system_clock::time_point now) noexcept;

}  // namespace v0
}  // namespace jwks
