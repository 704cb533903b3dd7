#pragma once

// The JSON form of a `TokenRequest`, in which `POST /_emulate/tokens` takes it.

#include <string_view>

#include "jwks/emulator_token.hpp"
#include "jwks/result.hpp"

namespace jwks {
inline namespace v0 {
namespace emulator {

/// Reads the JSON form of a `TokenRequest`. The JSON texts of the result are valid. *Failure:*
/// `bad_config` about the member, or what is wrong with the JSON.
///
///   {"subject": "alice", "audience": "orders-api", "algorithm": "ES256", "expires_in": -60,
///    "claims": {"nbf": "tomorrow"}, "header": {"typ": 1},
///    "remove_claims": ["jti"], "remove_header": ["kid"],
///    "signature": {"unpublished": true, "embed_key": true},
///    "edits": [{"part": "signature", "flip_bit": 7}, {"insert": "="}]}
[[nodiscard]] Result<TokenRequest> parse_token_request(std::string_view json);

/// Tells whether the JSON texts of a request are valid. *Failure:* `bad_config` about the claim or
/// the header parameter.
[[nodiscard]] Result<void> check_json(const TokenRequest& request);

}  // namespace emulator
}  // namespace v0
}  // namespace jwks
