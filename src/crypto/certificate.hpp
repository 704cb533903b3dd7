#pragma once

// X.509 certificates, as far as they hold keys or are named by their hash. Nothing here judges a
// chain, a date or a name.

#include <string>
#include <string_view>

#include "crypto/key_material.hpp"
#include "jwks/export.hpp"
#include "jwks/result.hpp"

namespace jwks {
inline namespace v0 {
namespace crypto {

/// The public key of a certificate in DER, unchecked. *Failure:* `key_rejected{bad_pem}` if it is
/// not exactly one certificate; as `material_of`.
[[nodiscard]] JWKS_INTERNAL Result<KeyMaterial> material_of_certificate(std::string_view der);

/// The DER of one certificate that is given in DER or PEM. *Failure:* `key_rejected{bad_pem}`.
[[nodiscard]] JWKS_INTERNAL Result<std::string> certificate_der(std::string_view der_or_pem);

}  // namespace crypto
}  // namespace v0
}  // namespace jwks
