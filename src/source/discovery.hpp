#pragma once

// From an issuer to the URL of its JWK Set (OpenID Connect Discovery 1.0 §4, RFC 8414 §3).
//
// The document is believed about one thing only: where the keys are. It can narrow what is accepted
// (an issuer that signs with nothing that the policy allows is refused), never widen it.

#include <array>
#include <string>
#include <string_view>

#include "jwks/algorithm.hpp"
#include "jwks/result.hpp"

namespace jwks {
inline namespace v0 {
namespace source {

/// Where the document may be, in the order to ask: OpenID Connect appends its well-known path to
/// the issuer, RFC 8414 inserts another one before the issuer's path.
[[nodiscard]] std::array<std::string, 2> discovery_urls(std::string_view issuer);

/// Checks the document and returns its `jwks_uri`.
/// *Failure:* `keys_unavailable{discovery_rejected}`, with the member as its subject.
[[nodiscard]] Result<std::string> read_discovery(std::string_view document, std::string_view issuer,
                                                 AlgorithmSet allowed, bool allow_loopback_http);

}  // namespace source
}  // namespace v0
}  // namespace jwks
