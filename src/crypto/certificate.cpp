#include "crypto/certificate.hpp"

#include <openssl/x509.h>

#include "crypto/openssl.hpp"
#include "crypto/pem.hpp"

namespace jwks {
inline namespace v0 {
namespace crypto {
namespace {

using X509Ptr = std::unique_ptr<X509, Freer<&X509_free>>;

/// Null unless `der` is exactly one certificate.
X509Ptr parse(std::string_view der) noexcept {
  const auto* const begin = reinterpret_cast<const unsigned char*>(der.data());
  const unsigned char* next = begin;
  X509Ptr certificate(d2i_X509(nullptr, &next, static_cast<long>(der.size())));
  return next == begin + der.size() ? std::move(certificate) : nullptr;
}

constexpr std::string_view kUnreadable = "not a certificate that can be read";

}  // namespace

Result<KeyMaterial> material_of_certificate(std::string_view der) {
  const ErrorQueueGuard guard;
  const X509Ptr certificate = parse(der);
  // The key belongs to the certificate.
  const EVP_PKEY* const key = certificate ? X509_get0_pubkey(certificate.get()) : nullptr;
  if (key == nullptr) return bad_pem(kUnreadable);
  return material_of(key);
}

Result<std::string> certificate_der(std::string_view der_or_pem) {
  // The tag of a SEQUENCE, with which DER begins and no PEM text does.
  std::string der(der_or_pem);
  if (!der_or_pem.starts_with('\x30')) {
    auto block = read_pem(der_or_pem);
    if (!block) return block.error();
    if (block->label != "CERTIFICATE") return bad_pem("not a certificate");
    der = std::move(block->der);
  }
  const ErrorQueueGuard guard;
  if (!parse(der)) return bad_pem(kUnreadable);
  return der;
}

}  // namespace crypto
}  // namespace v0
}  // namespace jwks
