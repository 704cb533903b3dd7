#pragma once

// Moduli that look right and protect nothing: OpenSSL imports them all.

#include <string_view>

#include "jwks/export.hpp"
#include "jwks/result.hpp"

namespace jwks {
inline namespace v0 {
namespace crypto {

/// Refuses a modulus with a prime factor below 752 (SP 800-56B §6.4.2.1) as `bad_modulus`, and one
/// whose factors were made by the library of CVE-2017-15361, which can be found, as `roca`. `n` is
/// big-endian. Costs less than a verification.
[[nodiscard]] JWKS_INTERNAL Result<void> check_modulus(std::string_view n);

/// Refuses a modulus that is a prime, with which everybody knows the private exponent, as
/// `bad_modulus`. `n` is big-endian and odd. Costs 2 ms for 2048 bits, 12 ms for 4096, 90 ms for
/// 8192.
[[nodiscard]] JWKS_INTERNAL Result<void> check_modulus_is_composite(std::string_view n);

}  // namespace crypto
}  // namespace v0
}  // namespace jwks
