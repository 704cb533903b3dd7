#include "emulator/http/tls_identity.hpp"

#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <string_view>
#include <utility>

#include "emulator/random_text.hpp"

namespace jwks {
inline namespace v0 {
namespace emulator {
namespace {

using crypto::ok;
using Asn1OctetsPtr = std::unique_ptr<ASN1_OCTET_STRING, crypto::Freer<&ASN1_OCTET_STRING_free>>;
using ExtensionPtr = std::unique_ptr<X509_EXTENSION, crypto::Freer<&X509_EXTENSION_free>>;
using NamesPtr = std::unique_ptr<GENERAL_NAMES, crypto::Freer<&GENERAL_NAMES_free>>;
using NamePtr = std::unique_ptr<GENERAL_NAME, crypto::Freer<&GENERAL_NAME_free>>;
using StringPtr = std::unique_ptr<ASN1_STRING, crypto::Freer<&ASN1_STRING_free>>;
using X509Ptr = std::unique_ptr<X509, crypto::Freer<&X509_free>>;

constexpr long kHour = 3600;
constexpr long kDay = 24 * kHour;
/// No server has such a name (RFC 2606 §2).
constexpr const char* kOtherHost = "other-host.invalid";

struct Certified {
  X509Ptr certificate{};
  crypto::EvpPkeyPtr key{};
};

/// What a certificate says.
struct Terms {
  std::string subject{};
  std::vector<std::string> names{};
  long from = -kDay;  ///< seconds from now
  long to = 30 * kDay;
  bool is_authority = false;
};

/// A serial number that no other certificate has (RFC 5280 §4.1.2.2): positive, 64 bits.
bool set_serial(X509* certificate) {
  const crypto::BignumPtr number(BN_new());
  return number && ok(BN_rand(number.get(), 64, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ANY)) &&
         BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(certificate)) != nullptr;
}

bool set_subject(X509* certificate, const std::string& common_name) {
  return ok(X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), "CN", MBSTRING_UTF8,
                                       reinterpret_cast<const unsigned char*>(common_name.data()),
                                       static_cast<int>(common_name.size()), -1, 0));
}

/// An extension that OpenSSL derives from a constant text.
bool extend(X509* certificate, X509* issuer, int type, const char* text) {
  X509V3_CTX context{};
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  const ExtensionPtr extension(X509V3_EXT_conf_nid(nullptr, &context, type, text));
  return extension && ok(X509_add_ext(certificate, extension.get(), -1));
}

/// Never as text: a configured name with a comma would become two.
bool add_name(GENERAL_NAMES* names, const std::string& text) {
  const Asn1OctetsPtr address(a2i_IPADDRESS(text.c_str()));
  const StringPtr dns(ASN1_STRING_type_new(V_ASN1_IA5STRING));
  NamePtr name(GENERAL_NAME_new());
  if (!dns || !name) return false;
  if (!ok(ASN1_STRING_set(dns.get(), text.data(), static_cast<int>(text.size())))) return false;
  ASN1_STRING* const value = ASN1_STRING_dup(address ? address.get() : dns.get());
  if (value == nullptr) return false;
  GENERAL_NAME_set0_value(name.get(), address ? GEN_IPADD : GEN_DNS, value);
  if (sk_GENERAL_NAME_push(names, name.get()) <= 0) return false;
  static_cast<void>(name.release());  // the list's now
  return true;
}

bool set_names(X509* certificate, const std::vector<std::string>& texts) {
  const NamesPtr names(GENERAL_NAMES_new());
  if (!names) return false;
  for (const std::string& text : texts) {
    if (!add_name(names.get(), text)) return false;
  }
  return ok(
      X509_add1_ext_i2d(certificate, NID_subject_alt_name, names.get(), 0, X509V3_ADD_DEFAULT));
}

bool set_extensions(X509* certificate, X509* issuer, const Terms& terms) {
  const auto add = [&](int type, const char* text) {
    return extend(certificate, issuer, type, text);
  };
  const bool has_purpose = terms.is_authority
                               ? add(NID_basic_constraints, "critical,CA:TRUE,pathlen:0") &&
                                     add(NID_key_usage, "critical,keyCertSign,cRLSign")
                               : add(NID_basic_constraints, "critical,CA:FALSE") &&
                                     add(NID_key_usage, "critical,digitalSignature") &&
                                     add(NID_ext_key_usage, "serverAuth") &&
                                     set_names(certificate, terms.names);
  return has_purpose && add(NID_subject_key_identifier, "hash") &&
         add(NID_authority_key_identifier, "keyid:always");
}

/// Makes a key and its certificate, signed by `authority`, or by itself if that is null.
Certified certify(const Terms& terms, const Certified* authority) {
  Certified made{.certificate = X509Ptr(X509_new()),
                 .key = crypto::EvpPkeyPtr(EVP_EC_gen("P-256"))};
  X509* const certificate = made.certificate.get();
  if (certificate == nullptr || !made.key) return {};
  const Certified& signer = authority == nullptr ? made : *authority;
  const bool done =
      ok(X509_set_version(certificate, X509_VERSION_3)) && set_serial(certificate) &&
      X509_gmtime_adj(X509_getm_notBefore(certificate), terms.from) != nullptr &&
      X509_gmtime_adj(X509_getm_notAfter(certificate), terms.to) != nullptr &&
      set_subject(certificate, terms.subject) &&
      ok(X509_set_issuer_name(certificate, X509_get_subject_name(signer.certificate.get()))) &&
      ok(X509_set_pubkey(certificate, made.key.get())) &&
      set_extensions(certificate, signer.certificate.get(), terms) &&
      X509_sign(certificate, signer.key.get(), EVP_sha256()) > 0;  // the signature's size
  return done ? std::move(made) : Certified{};
}

SslCtxPtr context_with(const Certified& identity) {
  SslCtxPtr context(SSL_CTX_new(TLS_server_method()));
  const bool done = context && identity.certificate &&
                    SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION) == 1 &&
                    ok(SSL_CTX_use_certificate(context.get(), identity.certificate.get())) &&
                    ok(SSL_CTX_use_PrivateKey(context.get(), identity.key.get()));
  return done ? std::move(context) : nullptr;
}

Error refused() {
  return Error(ErrorCode::bad_config).about("tls").because("OpenSSL can't make a certificate");
}

std::string pem_of(X509* certificate) {
  const crypto::BioPtr out(BIO_new(BIO_s_mem()));
  if (!out || !ok(PEM_write_bio_X509(out.get(), certificate))) return {};
  char* data = nullptr;
  const long size = BIO_get_mem_data(out.get(), &data);
  return {data, static_cast<std::size_t>(size)};
}

}  // namespace

Result<TlsIdentity> TlsIdentity::create(const std::vector<std::string>& names) {
  const crypto::ErrorQueueGuard guard;
  // A store may hold the authorities of several emulators: each has a name of its own.
  const Certified authority = certify(
      {.subject = "jwks-emulator throw-away CA " + random_text(6), .is_authority = true}, nullptr);
  if (!authority.certificate) return refused();

  Terms terms{.subject = "jwks-emulator", .names = {"localhost", "127.0.0.1", "::1"}};
  terms.names.insert(terms.names.end(), names.begin(), names.end());
  Terms past = terms;
  past.from = -2 * kDay;
  past.to = -kHour;
  Terms other = terms;
  other.names = {kOtherHost};

  TlsIdentity made;
  made.ca_pem_ = pem_of(authority.certificate.get());
  made.good_ = context_with(certify(terms, &authority));
  made.expired_ = context_with(certify(past, &authority));
  made.wrong_host_ = context_with(certify(other, &authority));
  made.self_signed_ = context_with(certify(terms, nullptr));
  if (made.ca_pem_.empty() || !made.good_ || !made.expired_ || !made.wrong_host_ ||
      !made.self_signed_) {
    return refused();
  }
  return made;
}

SSL_CTX* TlsIdentity::context(ConnectionFault fault) const noexcept {
  switch (fault) {
    case ConnectionFault::tls_expired:
      return expired_.get();
    case ConnectionFault::tls_wrong_host:
      return wrong_host_.get();
    case ConnectionFault::tls_self_signed:
      return self_signed_.get();
    case ConnectionFault::none:
    case ConnectionFault::stall:
      break;
  }
  return good_.get();
}

}  // namespace emulator
}  // namespace v0
}  // namespace jwks
