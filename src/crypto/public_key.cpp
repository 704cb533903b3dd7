#include "crypto/public_key.hpp"

#include <openssl/core_names.h>

#include <array>
#include <bit>

#include "crypto/openssl.hpp"

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

const char* group_name(Curve curve) noexcept {
  switch (curve) {
    case Curve::p256:
      return "prime256v1";
    case Curve::p384:
      return "secp384r1";
    case Curve::p521:
      return "secp521r1";
    case Curve::none:
    case Curve::ed25519:
      break;
  }
  return nullptr;
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

}  // namespace

std::size_t coordinate_size(Curve curve) noexcept {
  switch (curve) {
    case Curve::p256:
    case Curve::ed25519:
      return 32;
    case Curve::p384:
      return 48;
    case Curve::p521:
      return 66;
    case Curve::none:
      break;
  }
  return 0;
}

Result<PublicKey> PublicKey::rsa(std::string_view n, std::string_view e) {
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
  if (!key) return rejected(ErrorReason::bad_modulus, "n", "refused by OpenSSL");
  return PublicKey(KeyType::rsa, Curve::none, bits, n, e, std::move(key));
}

Result<PublicKey> PublicKey::ec(Curve curve, std::string_view x, std::string_view y) {
  const char* const group = group_name(curve);
  if (group == nullptr)
    return rejected(ErrorReason::unsupported_crv, "crv", "not a curve of kty EC");
  const std::size_t size = coordinate_size(curve);
  if (x.size() != size) return rejected(ErrorReason::bad_length, "x", "not of the curve's size");
  if (y.size() != size) return rejected(ErrorReason::bad_length, "y", "not of the curve's size");

  // SEC 1 §2.3.3, uncompressed. OpenSSL refuses coordinates ≥ p and points off the curve; infinity
  // has no such encoding. The curves' cofactor is 1, so nothing more is to be checked.
  std::string point;
  point.reserve(1 + 2 * size);
  point.push_back('\x04');
  point.append(x).append(y);

  const ErrorQueueGuard guard;
  const ParamBldPtr members(OSSL_PARAM_BLD_new());
  if (!members ||
      !ok(OSSL_PARAM_BLD_push_utf8_string(members.get(), OSSL_PKEY_PARAM_GROUP_NAME, group, 0)) ||
      !ok(OSSL_PARAM_BLD_push_octet_string(members.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(),
                                           point.size()))) {
    return Error(ErrorCode::out_of_memory);
  }
  auto key = import("EC", members.get());
  if (!key) return rejected(ErrorReason::point_not_on_curve, "x", "not a point of the curve");
  const int bits = EVP_PKEY_get_bits(key.get());
  return PublicKey(KeyType::ec, curve, bits, x, y, std::move(key));
}

Result<PublicKey> PublicKey::okp(Curve curve, std::string_view x) {
  if (curve != Curve::ed25519) {
    return rejected(ErrorReason::unsupported_crv, "crv", "not a signature curve of kty OKP");
  }
  if (x.size() != coordinate_size(curve)) {
    return rejected(ErrorReason::bad_length, "x", "not of the curve's size");
  }
  const ErrorQueueGuard guard;
  std::shared_ptr<evp_pkey_st> key(
      EVP_PKEY_new_raw_public_key_ex(nullptr, "ED25519", nullptr, bytes_of(x), x.size()),
      &EVP_PKEY_free);
  if (!key) return rejected(ErrorReason::point_not_on_curve, "x", "refused by OpenSSL");
  return PublicKey(KeyType::okp, curve, 256, x, {}, std::move(key));
}

}  // namespace crypto
}  // namespace v0
}  // namespace jwks
