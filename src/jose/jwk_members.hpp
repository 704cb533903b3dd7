#pragma once

// Reading the members of a JWK, each with the strictness of its type.

#include <optional>
#include <string>
#include <string_view>

#include "crypto/public_key.hpp"
#include "jwks/json_value.hpp"
#include "jwks/result.hpp"

namespace jwks {
inline namespace v0 {
namespace jose {

/// `key_rejected`, because of this member.
[[nodiscard]] Error rejected(ErrorReason reason, std::string_view member) noexcept;

/// A member that, if it is there, must be a string.
[[nodiscard]] Result<std::optional<std::string_view>> optional_string(JsonValue jwk,
                                                                      std::string_view name);
/// A member that must be there and be a string.
[[nodiscard]] Result<std::string_view> required_string(JsonValue jwk, std::string_view name);
/// The bytes of a base64url member that must be there.
[[nodiscard]] Result<std::string> required_bytes(JsonValue jwk, std::string_view name);

/// "x5c" and "x5t#S256" (RFC 7517 §4.7, §4.9): the thumbprint of the key's certificate, given or
/// computed, if there is one.
///
/// The rule: "x5c" is an array of 1 to 8 certificates; the key of the first is this one; "x5t#S256"
/// names the first. The chain, its names and its dates are not judged: what makes the key
/// trustworthy is the document that it stands in. *Failure:* `key_rejected`.
[[nodiscard]] Result<std::optional<std::string>> read_certificate_thumbprint(
    JsonValue jwk, const crypto::PublicKey& key);

}  // namespace jose
}  // namespace v0
}  // namespace jwks
