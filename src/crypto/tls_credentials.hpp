#pragma once

// The PEM texts that a TLS client is configured with, looked at before the first handshake does, so
// that a mistake shows when a program starts and not when its issuer rotates a key. Whether a chain
// is good is the handshake's business.

#include <string_view>

#include "jwks/export.hpp"

namespace jwks {
inline namespace v0 {
namespace crypto {

/// Tells what is wrong with a PEM text of trusted certificates, for people; empty if nothing is: at
/// least one certificate, and every block that is one can be read.
[[nodiscard]] JWKS_INTERNAL std::string_view trusted_certificates_fault(
    std::string_view pem) noexcept;

/// The same for a private key in PEM. It has to be without a passphrase: nobody is there to type
/// one.
[[nodiscard]] JWKS_INTERNAL std::string_view private_key_fault(std::string_view pem) noexcept;

/// Tells whether the first certificate of `certificates_pem` is that of the key in `key_pem`.
[[nodiscard]] JWKS_INTERNAL bool is_certificate_of(std::string_view certificates_pem,
                                                   std::string_view key_pem) noexcept;

}  // namespace crypto
}  // namespace v0
}  // namespace jwks
