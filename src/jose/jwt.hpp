#pragma once

// What makes a JWT of a JWS: a payload that is there, and that is a JWT Claims Set (RFC 7519 §7.2).

#include <memory_resource>
#include <string_view>

#include "base/json.hpp"
#include "jose/jws.hpp"
#include "jwks/result.hpp"

namespace jwks {
inline namespace v0 {
namespace jose {

/// As `Jws::decode`. A detached payload (RFC 7515 appendix F) is none.
[[nodiscard]] Result<void> decode_jwt(Jws& jws, std::string_view text, const HeaderRules& rules,
                                      const HeaderMemory* known = nullptr);

/// The claims as what they are until the signature holds: anybody's word. The payload must outlive
/// them. *Failure:* a code of the malformed band, with "payload" as its subject.
[[nodiscard]] Result<json::Document> parse_claims(
    std::string_view payload, std::pmr::memory_resource* memory = std::pmr::get_default_resource());
/// The same, for a caller who knows `json::index_bytes(payload)`.
[[nodiscard]] Result<json::Document> parse_claims(std::string_view payload,
                                                  std::pmr::memory_resource* memory,
                                                  std::size_t index_bytes);

}  // namespace jose
}  // namespace v0
}  // namespace jwks
