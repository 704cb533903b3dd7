#include "crypto/key_material.hpp"

#include <openssl/core_names.h>

#include <algorithm>
#include <array>

#include "crypto/openssl.hpp"

namespace jwks {
inline namespace v0 {
namespace crypto {
namespace {

Error rejected(ErrorReason reason, std::string_view detail) noexcept {
  return Error(ErrorCode::key_rejected, reason).because(detail);
}

/// One of the key's numbers as big-endian bytes of at least `size`; empty if there is no such.
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

/// RFC 5480 §2.1.1: explicit parameters must not be used. They can name a curve's field with a
/// generator of the attacker's choice (CVE-2020-0601).
bool has_explicit_parameters(const EVP_PKEY* key) noexcept {
  int is_explicit = 0;
  return !ok(EVP_PKEY_get_int_param(key, OSSL_PKEY_PARAM_EC_DECODED_FROM_EXPLICIT_PARAMS,
                                    &is_explicit)) ||
         is_explicit != 0;
}

bool is_of_kind(const EVP_PKEY* key, std::string_view group, const KindTraits& traits) noexcept {
  if (!ok(EVP_PKEY_is_a(key, traits.openssl_type))) return false;
  return traits.openssl_group == nullptr || group == traits.openssl_group;
}

Result<KeyKind> kind_of(const EVP_PKEY* key) {
  std::array<char, 64> name{};
  std::size_t size = 0;
  if (ok(EVP_PKEY_is_a(key, "EC")) &&
      (has_explicit_parameters(key) ||
       !ok(EVP_PKEY_get_group_name(key, name.data(), name.size(), &size)))) {
    return rejected(ErrorReason::unsupported_crv, "a curve without a name");
  }
  const std::string_view group(name.data(), size);
  const auto* const found = std::ranges::find_if(
      kKeyKinds, [&](const auto& each) { return is_of_kind(key, group, each); });
  if (found != kKeyKinds.end()) return found->kind;
  return group.empty() ? rejected(ErrorReason::unknown_kty, "a key type that is not supported")
                       : rejected(ErrorReason::unsupported_crv, "a curve that is not supported");
}

}  // namespace

Result<KeyMaterial> material_of(const EVP_PKEY* key) {
  const ErrorQueueGuard guard;
  const auto kind = kind_of(key);
  if (!kind) return kind.error();
  const KindTraits& traits = traits_of(*kind);
  switch (traits.type) {
    case KeyType::rsa:
      return KeyMaterial{*kind, number(key, OSSL_PKEY_PARAM_RSA_N),
                         number(key, OSSL_PKEY_PARAM_RSA_E)};
    case KeyType::ec: {
      KeyMaterial point{*kind, number(key, OSSL_PKEY_PARAM_EC_PUB_X, traits.size),
                        number(key, OSSL_PKEY_PARAM_EC_PUB_Y, traits.size)};
      if (point.first.empty() || point.second.empty()) {
        return rejected(ErrorReason::point_not_on_curve, "the point at infinity");
      }
      return point;
    }
    case KeyType::okp:
    case KeyType::akp:
      break;
  }
  KeyMaterial raw{*kind, std::string(traits.size, '\0'), {}};
  std::size_t size = raw.first.size();
  if (!ok(EVP_PKEY_get_raw_public_key(key, reinterpret_cast<unsigned char*>(raw.first.data()),
                                      &size)) ||
      size != traits.size) {
    return rejected(ErrorReason::bad_length, "the key can't be read");
  }
  return raw;
}

}  // namespace crypto
}  // namespace v0
}  // namespace jwks
