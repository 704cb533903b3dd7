#pragma once

// Self-signed certificates for tests, of any key and any dates.

#include <openssl/pem.h>
#include <openssl/x509.h>

#include <stdexcept>
#include <string>
#include <string_view>

#include "crypto/openssl.hpp"

namespace test {

inline jwks::crypto::EvpPkeyPtr private_key(std::string_view pem) {
  const jwks::crypto::BioPtr in(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  jwks::crypto::EvpPkeyPtr key(PEM_read_bio_PrivateKey(in.get(), nullptr, nullptr, nullptr));
  if (!key) throw std::runtime_error("not a private key");
  return key;
}

/// The DER of a certificate of this key, valid from `from` to `to` seconds from now.
inline std::string certificate(std::string_view private_pem, long from = -60, long to = 3600) {
  const jwks::crypto::EvpPkeyPtr key = private_key(private_pem);
  const std::unique_ptr<X509, jwks::crypto::Freer<&X509_free>> made(X509_new());
  const bool is_edwards =
      EVP_PKEY_is_a(key.get(), "ED25519") == 1 || EVP_PKEY_is_a(key.get(), "ED448") == 1;
  X509_NAME* const name = X509_get_subject_name(made.get());
  X509_set_version(made.get(), X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(made.get()), 1);
  X509_gmtime_adj(X509_getm_notBefore(made.get()), from);
  X509_gmtime_adj(X509_getm_notAfter(made.get()), to);
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>("test"), -1, -1, 0);
  X509_set_issuer_name(made.get(), name);
  X509_set_pubkey(made.get(), key.get());
  if (X509_sign(made.get(), key.get(), is_edwards ? nullptr : EVP_sha256()) <= 0) {
    throw std::runtime_error("the certificate can't be signed");
  }
  unsigned char* bytes = nullptr;
  const int size = i2d_X509(made.get(), &bytes);
  std::string der(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size));
  OPENSSL_free(bytes);
  return der;
}

/// One PEM block (RFC 7468).
inline std::string pem(const char* label, std::string_view der) {
  const jwks::crypto::BioPtr out(BIO_new(BIO_s_mem()));
  PEM_write_bio(out.get(), label, "", reinterpret_cast<const unsigned char*>(der.data()),
                static_cast<long>(der.size()));
  char* data = nullptr;
  const long size = BIO_get_mem_data(out.get(), &data);
  return {data, static_cast<std::size_t>(size)};
}

/// RFC 4648 §4, with padding: the form of "x5c".
inline std::string base64(std::string_view bytes) {
  std::string out((bytes.size() + 2) / 3 * 4 + 1, '\0');
  const int size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                                   reinterpret_cast<const unsigned char*>(bytes.data()),
                                   static_cast<int>(bytes.size()));
  out.resize(static_cast<std::size_t>(size));
  return out;
}

}  // namespace test
