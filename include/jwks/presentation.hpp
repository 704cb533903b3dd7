#pragma once

// `Presentation`: how a token reached the server, as far as a sender-constrained token must know it
// (RFC 7800).
//
// A token with "cnf" is bound to a key. Presented without proof of that key it is refused with
// `binding_failed`, whatever else it says: a stolen bound token is worth nothing. Known are "jkt"
// (RFC 9449 §6.1) and "x5t#S256" (RFC 8705 §3.1); bound by both, a token needs both. A "cnf" with
// neither is `binding_failed` too: nobody could check it. The default presentation is a bearer's,
// with no proof of anything.
//
//   const jwks::DpopRequest request{.proofs = {proof}, .method = "GET", .url = url};
//   auto by_proof = verifier.verify(text, {.dpop = request});
//   auto by_certificate = verifier.verify(text, {.certificate_thumbprint = thumbprint});

#include <optional>
#include <string>
#include <string_view>

#include "jwks/dpop.hpp"
#include "jwks/export.hpp"
#include "jwks/result.hpp"

namespace jwks {
inline namespace v0 {

/// Views: they must outlive the call.
struct Presentation {
  /// Set if the token came with the scheme `DPoP` (RFC 9449 §7.1). The token must then be bound to
  /// the proof's key.
  std::optional<DpopRequest> dpop{};
  /// `x5t#S256` of the client certificate of the TLS connection (RFC 8705 §3.1); empty if there was
  /// none. A client certificate does not oblige the token to be bound to it.
  std::string_view certificate_thumbprint{};
};

/// The `x5t#S256` of a certificate in DER or PEM: the SHA-256 of its DER, base64url.
/// *Failure:* `key_rejected{bad_pem}`.
[[nodiscard]] JWKS_API Result<std::string> certificate_thumbprint(std::string_view der_or_pem);

}  // namespace v0
}  // namespace jwks
