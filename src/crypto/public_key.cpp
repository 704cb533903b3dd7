#include "crypto/public_key.hpp"

#include <openssl/core_names.h>

#include <bit>

#include "crypto/edwards.hpp"
#include "crypto/openssl.hpp"
#include "crypto/rsa_modulus.hpp"

namespace jwks {
inline namespace v0 {
namespace crypto {
namespace {

const unsigned char* bytes_of(std::string_view text) noexcept {
  return reinterpret_cast<const unsigned char*>(text.data());
}

Error rejected(ErrorReason reason, std::string_view member, std::string_view detail) noexcept {
  return Error(ErrorCode::key_rejected, reason).about(member).because(detail);
}

/// Why OpenSSL did not import a key whose numbers have the right form.
Error import_failed(KeyKind kind, ErrorReason reason, std::string_view member) noexcept {
  return is_available(kind) ? rejected(reason, member, "refused by OpenSSL")
                            : rejected(ErrorReason::unsupported, member, "not in this OpenSSL");
}

std::shared_ptr<evp_pkey_st> import(const char* type, OSSL_PARAM_BLD* members) {
  const ParamsPtr params(OSSL_PARAM_BLD_to_param(members));
  const EvpPkeyCtxPtr context(EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr));
  EVP_PKEY* key = nullptr;
  if (!params || !context || !ok(EVP_PKEY_fromdata_init(context.get())) ||
      !ok(EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, params.get()))) {
    return nullptr;
  }
  return {key, &EVP_PKEY_free};
}

/// Number of significant bits of a big-endian number without leading zero bytes.
int bit_length(std::string_view number) noexcept {
  return static_cast<int>(number.size() - 1) * 8 +
         static_cast<int>(std::bit_width(static_cast<unsigned char>(number.front())));
}

bool is_odd(std::string_view number) noexcept {
  return (static_cast<unsigned char>(number.back()) & 1) != 0;
}

Result<void> check_rsa_numbers(std::string_view n, std::string_view e) {
  if (n.empty() || n.front() == '\0') {
    return rejected(ErrorReason::bad_modulus, "n", "empty, or a leading zero byte");
  }
  if (e.empty() || e.front() == '\0') {
    return rejected(ErrorReason::bad_exponent, "e", "zero, or a leading zero byte");
  }
  const int bits = bit_length(n);
  if (bits < kMinRsaBits) return rejected(ErrorReason::weak_rsa, "n", "fewer than 2048 bits");
  if (bits > kMaxRsaBits) return rejected(ErrorReason::large_rsa, "n", "more than 8192 bits");
  if (!is_odd(n)) return rejected(ErrorReason::bad_modulus, "n", "even");
  // e = 1 makes the encoded message its own signature; a huge e makes a verification cost ms.
  if (!is_odd(e) || e.size() > 4 || (e.size() == 1 && e.front() == '\x01')) {
    return rejected(ErrorReason::bad_exponent, "e", "not an odd number from 3 to 2^32 - 1");
  }
  return check_modulus(n);
}

}  // namespace

Result<PublicKey> PublicKey::rsa(std::string_view n, std::string_view e, Scrutiny scrutiny) {
  if (const auto sound = check_rsa_numbers(n, e); !sound) return sound.error();
  // The cost grows with the cube of the size: 2 ms at 2048 bits, 12 at 4096, 90 at 8192. A document
  // may hold 128 keys, so that larger ones go without.
  if (scrutiny == Scrutiny::full && bit_length(n) <= kMaxPrimalityBits) {
    if (const auto composite = check_modulus_is_composite(n); !composite) return composite.error();
  }

  const ErrorQueueGuard guard;
  const BignumPtr modulus(BN_bin2bn(bytes_of(n), static_cast<int>(n.size()), nullptr));
  const BignumPtr exponent(BN_bin2bn(bytes_of(e), static_cast<int>(e.size()), nullptr));
  const ParamBldPtr members(OSSL_PARAM_BLD_new());
  if (!modulus || !exponent || !members ||
      !ok(OSSL_PARAM_BLD_push_BN(members.get(), OSSL_PKEY_PARAM_RSA_N, modulus.get())) ||
      !ok(OSSL_PARAM_BLD_push_BN(members.get(), OSSL_PKEY_PARAM_RSA_E, exponent.get()))) {
    return Error(ErrorCode::out_of_memory);
  }
  auto key = import("RSA", members.get());
  if (!key) return import_failed(KeyKind::rsa, ErrorReason::bad_modulus, "n");
  return PublicKey({KeyKind::rsa, std::string(n), std::string(e)}, std::move(key));
}

Result<PublicKey> PublicKey::ec(KeyKind kind, std::string_view x, std::string_view y) {
  const KindTraits& traits = traits_of(kind);
  if (traits.type != KeyType::ec) {
    return rejected(ErrorReason::unsupported_crv, "crv", "not a curve of kty EC");
  }
  if (x.size() != traits.size)
    return rejected(ErrorReason::bad_length, "x", "not the curve's size");
  if (y.size() != traits.size)
    return rejected(ErrorReason::bad_length, "y", "not the curve's size");

  // SEC 1 §2.3.3, uncompressed. OpenSSL refuses coordinates ≥ p and points off the curve; infinity
  // has no such encoding. The curves' cofactor is 1, so nothing more is to be checked.
  std::string point;
  point.reserve(1 + 2 * traits.size);
  point.push_back('\x04');
  point.append(x).append(y);

  const ErrorQueueGuard guard;
  const ParamBldPtr members(OSSL_PARAM_BLD_new());
  if (!members ||
      !ok(OSSL_PARAM_BLD_push_utf8_string(members.get(), OSSL_PKEY_PARAM_GROUP_NAME,
                                          traits.openssl_group, 0)) ||
      !ok(OSSL_PARAM_BLD_push_octet_string(members.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(),
                                           point.size()))) {
    return Error(ErrorCode::out_of_memory);
  }
  auto key = import("EC", members.get());
  if (!key) return import_failed(kind, ErrorReason::point_not_on_curve, "x");
  return PublicKey({kind, std::string(x), std::string(y)}, std::move(key));
}

Result<PublicKey> PublicKey::encoded(KeyKind kind, std::string_view key) {
  const KindTraits& traits = traits_of(kind);
  const bool is_point = traits.type == KeyType::okp;
  if (!is_point && traits.type != KeyType::akp) {
    return rejected(ErrorReason::unsupported_crv, "crv", "not a signature curve of kty OKP");
  }
  const std::string_view member = is_point ? "x" : "pub";
  if (key.size() != traits.size) {
    return rejected(ErrorReason::bad_length, member, "not the size of such a key");
  }
  if (is_point) {
    if (const auto sound = check_edwards_point(kind, key); !sound) return sound.error();
  }
  const ErrorQueueGuard guard;
  std::shared_ptr<evp_pkey_st> handle(
      EVP_PKEY_new_raw_public_key_ex(nullptr, traits.openssl_type, nullptr, bytes_of(key),
                                     key.size()),
      &EVP_PKEY_free);
  if (!handle) return import_failed(kind, ErrorReason::bad_member, member);
  return PublicKey({kind, std::string(key), {}}, std::move(handle));
}

Result<PublicKey> PublicKey::from_material(const KeyMaterial& material) {
  switch (traits_of(material.kind).type) {
    case KeyType::rsa:
      return rsa(material.first, material.second);
    case KeyType::ec:
      return ec(material.kind, material.first, material.second);
    case KeyType::okp:
    case KeyType::akp:
      break;
  }
  return encoded(material.kind, material.first);
}

int PublicKey::bits() const noexcept {
  return kind() == KeyKind::rsa ? bit_length(material_.first) : traits_of(kind()).bits;
}

}  // namespace crypto
}  // namespace v0
}  // namespace jwks
