#pragma once

// Reading a private key that is written as a JWK (RFC 7518 §6, RFC 8037 §2).

#include "crypto/openssl.hpp"
#include "jwks/json_value.hpp"
#include "jwks/result.hpp"

namespace jwks {
inline namespace v0 {
namespace emulator {

/// The key of a JWK of kty RSA, EC or OKP. An RSA key has its primes and their exponents too, or
/// none of them. That its halves belong together is not checked here.
/// *Failure:* `bad_config`, naming the member; never with its value.
[[nodiscard]] Result<crypto::EvpPkeyPtr> read_private_jwk(JsonValue jwk);

}  // namespace emulator
}  // namespace v0
}  // namespace jwks
