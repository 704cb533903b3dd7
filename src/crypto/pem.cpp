// PEM → PublicKey. The numbers are taken out of what OpenSSL decodes and go through the same checks
// as those of a JWK; named curves are rebuilt by name, so explicit curve parameters have no effect.

#include <openssl/core_names.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <algorithm>

#include "crypto/openssl.hpp"
#include "crypto/public_key.hpp"

namespace jwks {
inline namespace v0 {
namespace crypto {
namespace {

struct OpensslFree {
  void operator()(void* memory) const noexcept { OPENSSL_free(memory); }
};
using X509Ptr = std::unique_ptr<X509, Freer<&X509_free>>;

constexpr std::size_t kMaxPemBytes = std::size_t{64} * 1024;

Error bad_pem(std::string_view detail, ErrorReason reason = ErrorReason::bad_pem) noexcept {
  return Error(ErrorCode::key_rejected, reason).about("pem").because(detail);
}

/// One block: its label and DER content.
struct PemBlock {
  std::unique_ptr<char, OpensslFree> label;
  std::unique_ptr<unsigned char, OpensslFree> content;
  long size = 0;
};

bool read_block(BIO* in, PemBlock& block) {
  char* label = nullptr;
  char* header = nullptr;
  unsigned char* content = nullptr;
  const bool read = ok(PEM_read_bio(in, &label, &header, &content, &block.size));
  const std::unique_ptr<char, OpensslFree> unused(header);
  block.label.reset(label);
  block.content.reset(content);
  return read;
}

EvpPkeyPtr decode(const PemBlock& block) {
  const std::string_view label = block.label.get();
  const unsigned char* next = block.content.get();
  EvpPkeyPtr key;
  if (label == "PUBLIC KEY") {
    key.reset(d2i_PUBKEY(nullptr, &next, block.size));
  } else if (label == "RSA PUBLIC KEY") {
    key.reset(d2i_PublicKey(EVP_PKEY_RSA, nullptr, &next, block.size));
  } else if (label == "CERTIFICATE") {
    const X509Ptr certificate(d2i_X509(nullptr, &next, block.size));
    if (certificate) key.reset(X509_get_pubkey(certificate.get()));
  }
  // What is left after the structure would be data that nobody looked at.
  return next == block.content.get() + block.size ? std::move(key) : nullptr;
}

/// A key's number as big-endian bytes of at least `size`.
std::string number(const EVP_PKEY* key, const char* name, std::size_t size = 1) {
  BIGNUM* value = nullptr;
  if (!ok(EVP_PKEY_get_bn_param(key, name, &value))) return {};
  const BignumPtr owner(value);
  const auto needed = static_cast<std::size_t>(BN_num_bytes(value));
  std::string bytes(std::max(needed, size), '\0');
  const int written = BN_bn2binpad(value, reinterpret_cast<unsigned char*>(bytes.data()),
                                   static_cast<int>(bytes.size()));
  return written < 0 ? std::string{} : bytes;
}

Curve curve_of(const EVP_PKEY* key) {
  std::string name(64, '\0');
  std::size_t size = 0;
  if (!ok(EVP_PKEY_get_utf8_string_param(key, OSSL_PKEY_PARAM_GROUP_NAME, name.data(), name.size(),
                                         &size))) {
    return Curve::none;
  }
  name.resize(size);
  if (name == "prime256v1") return Curve::p256;
  if (name == "secp384r1") return Curve::p384;
  if (name == "secp521r1") return Curve::p521;
  return Curve::none;
}

}  // namespace

Result<PublicKey> PublicKey::from_pem(std::string_view pem) {
  if (pem.size() > kMaxPemBytes) return bad_pem("more than 64 KiB");
  const ErrorQueueGuard guard;
  const BioPtr in(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  if (!in) return Error(ErrorCode::out_of_memory);

  PemBlock block;
  if (!read_block(in.get(), block)) return bad_pem("no PEM block found");
  const std::string_view label = block.label.get();
  if (label.find("PRIVATE KEY") != std::string_view::npos) {
    return bad_pem("a private key where a public key is expected", ErrorReason::private_material);
  }
  if (PemBlock second; read_block(in.get(), second)) return bad_pem("more than one PEM block");

  const EvpPkeyPtr key = decode(block);
  if (!key) return bad_pem("neither a public key nor a certificate that can be read");
  switch (EVP_PKEY_get_base_id(key.get())) {
    case EVP_PKEY_RSA:
      return rsa(number(key.get(), OSSL_PKEY_PARAM_RSA_N),
                 number(key.get(), OSSL_PKEY_PARAM_RSA_E));
    case EVP_PKEY_EC: {
      const Curve curve = curve_of(key.get());
      const std::size_t size = coordinate_size(curve);
      return ec(curve, number(key.get(), OSSL_PKEY_PARAM_EC_PUB_X, size),
                number(key.get(), OSSL_PKEY_PARAM_EC_PUB_Y, size));
    }
    case EVP_PKEY_ED25519: {
      std::string point(coordinate_size(Curve::ed25519), '\0');
      std::size_t size = point.size();
      if (!ok(EVP_PKEY_get_raw_public_key(key.get(), reinterpret_cast<unsigned char*>(point.data()),
                                          &size))) {
        return bad_pem("the Ed25519 key can't be read");
      }
      return okp(Curve::ed25519, point);
    }
    default:
      return bad_pem("a key type that is not supported", ErrorReason::unknown_kty);
  }
}

}  // namespace crypto
}  // namespace v0
}  // namespace jwks
