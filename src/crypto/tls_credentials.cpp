#include "crypto/tls_credentials.hpp"

#include <openssl/pem.h>
#include <openssl/x509.h>

#include <cstddef>
#include <limits>

#include "crypto/openssl.hpp"

namespace jwks {
inline namespace v0 {
namespace crypto {
namespace {

using X509Ptr = std::unique_ptr<X509, Freer<&X509_free>>;

/// In place of OpenSSL's own, which asks at the terminal.
int no_passphrase(char*, int, int, void*) noexcept { return -1; }

BioPtr reader(std::string_view pem) noexcept {
  if (pem.size() > static_cast<std::size_t>(std::numeric_limits<int>::max())) return nullptr;
  return BioPtr(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
}

X509Ptr next_certificate(BIO* in) noexcept {
  return X509Ptr(PEM_read_bio_X509(in, nullptr, &no_passphrase, nullptr));
}

EvpPkeyPtr read_key(std::string_view pem) noexcept {
  const BioPtr in = reader(pem);
  if (!in) return nullptr;
  return EvpPkeyPtr(PEM_read_bio_PrivateKey(in.get(), nullptr, &no_passphrase, nullptr));
}

/// Tells why the last certificate was none: there was no further one, or something worse.
bool was_end_of_text() noexcept {
  const unsigned long error = ERR_peek_last_error();
  return ERR_GET_LIB(error) == ERR_LIB_PEM && ERR_GET_REASON(error) == PEM_R_NO_START_LINE;
}

}  // namespace

std::string_view trusted_certificates_fault(std::string_view pem) noexcept {
  const ErrorQueueGuard guard;
  const BioPtr in = reader(pem);
  if (!in) return "it can't be read";
  std::size_t count = 0;
  while (next_certificate(in.get())) ++count;
  if (!was_end_of_text()) return "it holds a certificate that can't be read";
  if (count == 0) return "it holds no certificate in PEM";
  return {};
}

std::string_view private_key_fault(std::string_view pem) noexcept {
  const ErrorQueueGuard guard;
  if (!read_key(pem)) return "it holds no private key in PEM that can be read without a passphrase";
  return {};
}

bool is_certificate_of(std::string_view certificates_pem, std::string_view key_pem) noexcept {
  const ErrorQueueGuard guard;
  const BioPtr in = reader(certificates_pem);
  const X509Ptr certificate = in ? next_certificate(in.get()) : nullptr;
  const EvpPkeyPtr key = read_key(key_pem);
  return certificate && key && ok(X509_check_private_key(certificate.get(), key.get()));
}

}  // namespace crypto
}  // namespace v0
}  // namespace jwks
