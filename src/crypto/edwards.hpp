#pragma once

// The checks of an Edwards public key that OpenSSL leaves out: it imports any 32 or 57 bytes.
//
// A point of small order verifies signatures that nobody made; a point outside the group of prime
// order, or one that is encoded in two ways, lets two verifiers disagree about one signature
// (RFC 8032 §5.1.3, §5.2.3; https://eprint.iacr.org/2020/1244). One check costs some 0.2 ms
// (Ed25519) or 0.6 ms (Ed448), once for each key.

#include <string_view>

#include "crypto/key_kind.hpp"
#include "jwks/export.hpp"
#include "jwks/result.hpp"

namespace jwks {
inline namespace v0 {
namespace crypto {

/// `encoded` is a point of Ed25519 or Ed448 in the length of its curve. *Failure:* `key_rejected`
/// with `point_not_on_curve` if it decodes to no point or is not the one encoding of it,
/// `small_order` if the point is the identity or outside the group of prime order.
[[nodiscard]] JWKS_INTERNAL Result<void> check_edwards_point(KeyKind kind,
                                                             std::string_view encoded);

}  // namespace crypto
}  // namespace v0
}  // namespace jwks
