#pragma once

// A caller as header fields, for the service behind the proxy.

#include "cli/serve/exchange.hpp"
#include "jwks/principal.hpp"
#include "jwks/result.hpp"

namespace jwks::cli {

/// One field for each of the principal's, always all of them: a proxy that copies them replaces
/// what a client has made up, with an empty value where there is none.
///
/// Values are visible ASCII; everything else, the percent sign and the comma are percent-encoded
/// (RFC 3986 §2.1), so that an issuer's text can neither end a field nor become two items of a
/// list. Lists are separated by commas, scopes by spaces. X-Auth-Principal has all of it as the
/// JSON that `make_trusted_authenticator` reads, base64url; in at most kMaxTokenBytes, as it reads
/// no more. A byte of the JSON is at most three in another field, so that all of them stay below 56
/// KiB, which a proxy's buffers must hold. *Failure:* `bad_config`: the caller does not fit.
[[nodiscard]] Result<HeaderFields> identity_fields(const Principal& principal);

}  // namespace jwks::cli
