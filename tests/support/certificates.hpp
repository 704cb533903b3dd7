#pragma once

// Certificates for tests: self-signed ones of any key and any dates, and a throw-away authority
// that certifies whatever a test wants a server to be called.

#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

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

using X509Ptr = std::unique_ptr<X509, jwks::crypto::Freer<&X509_free>>;

/// A certificate and its key.
struct Identity {
  X509Ptr certificate;
  jwks::crypto::EvpPkeyPtr key;

  [[nodiscard]] std::string certificate_pem() const {
    const jwks::crypto::BioPtr out(BIO_new(BIO_s_mem()));
    PEM_write_bio_X509(out.get(), certificate.get());
    return text_of(out.get());
  }
  [[nodiscard]] std::string key_pem() const {
    const jwks::crypto::BioPtr out(BIO_new(BIO_s_mem()));
    PEM_write_bio_PrivateKey(out.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr);
    return text_of(out.get());
  }

 private:
  static std::string text_of(BIO* memory) {
    char* data = nullptr;
    const long size = BIO_get_mem_data(memory, &data);
    return {data, static_cast<std::size_t>(size)};
  }
};

/// What a certificate says. Names are taken byte for byte, a NUL included.
struct CertificateSpec {
  std::string common_name = "test";
  std::vector<std::string> dns_names{};
  std::vector<std::string> addresses{};  ///< in network byte order: 4 or 16 bytes
  long from = -3600;                     ///< seconds from now
  long to = 3600;
  bool is_authority = false;
};

inline const std::string kLoopbackV4{127, 0, 0, 1};
inline const std::string kLoopbackV6 = std::string(15, '\0') + '\1';

/// Makes a key and its certificate, issued by `authority`, or by itself if there is none.
inline Identity certify(const CertificateSpec& spec, const Identity* authority = nullptr) {
  static long serial = 1;
  Identity made{X509Ptr(X509_new()), jwks::crypto::EvpPkeyPtr(EVP_EC_gen("P-256"))};
  X509* const certificate = made.certificate.get();
  X509_set_version(certificate, X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate), ++serial);
  X509_gmtime_adj(X509_getm_notBefore(certificate), spec.from);
  X509_gmtime_adj(X509_getm_notAfter(certificate), spec.to);
  X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>(spec.common_name.data()),
                             static_cast<int>(spec.common_name.size()), -1, 0);
  X509_set_issuer_name(
      certificate, X509_get_subject_name(authority ? authority->certificate.get() : certificate));
  X509_set_pubkey(certificate, made.key.get());

  const std::unique_ptr<GENERAL_NAMES, jwks::crypto::Freer<&GENERAL_NAMES_free>> names(
      GENERAL_NAMES_new());
  const auto add = [&](int type, const std::string& bytes) {
    ASN1_STRING* const value =
        ASN1_STRING_type_new(type == GEN_DNS ? V_ASN1_IA5STRING : V_ASN1_OCTET_STRING);
    ASN1_STRING_set(value, bytes.data(), static_cast<int>(bytes.size()));
    GENERAL_NAME* const name = GENERAL_NAME_new();
    GENERAL_NAME_set0_value(name, type, value);
    sk_GENERAL_NAME_push(names.get(), name);
  };
  for (const std::string& name : spec.dns_names) add(GEN_DNS, name);
  for (const std::string& address : spec.addresses) add(GEN_IPADD, address);
  if (sk_GENERAL_NAME_num(names.get()) > 0)
    X509_add1_ext_i2d(certificate, NID_subject_alt_name, names.get(), 0, X509V3_ADD_DEFAULT);
  if (spec.is_authority) {
    BASIC_CONSTRAINTS constraints{};
    constraints.ca = 1;
    X509_add1_ext_i2d(certificate, NID_basic_constraints, &constraints, 1, X509V3_ADD_DEFAULT);
  }
  EVP_PKEY* const signer = authority ? authority->key.get() : made.key.get();
  if (X509_sign(certificate, signer, EVP_sha256()) <= 0)
    throw std::runtime_error("the certificate can't be signed");
  return made;
}

/// The authority that a test's client trusts.
inline Identity make_authority(std::string common_name = "Test Authority") {
  return certify({.common_name = std::move(common_name), .is_authority = true});
}

}  // namespace test
