#pragma once

// Private keys as JWKs (RFC 7518 §6, RFC 8037 §2): reading and writing.

#include <string>

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

/// The private members of a key of kty RSA, EC or OKP as JSON, each with a comma before it: what a
/// public JWK lacks. RSA keys with their primes and exponents, if they have them.
/// *Failure:* `bad_config` for a key of another type, or without its private half.
[[nodiscard]] Result<std::string> private_members(const EVP_PKEY* key);

}  // namespace emulator
}  // namespace v0
}  // namespace jwks
