#include "crypto/key_kind.hpp"

#include <openssl/objects.h>

#include <algorithm>

#include "crypto/openssl.hpp"

namespace jwks {
inline namespace v0 {
namespace crypto {
namespace {

constexpr bool is_in_order() {
  for (std::size_t i = 0; i < kKeyKinds.size(); ++i) {
    if (kKeyKinds[i].kind != static_cast<KeyKind>(i)) return false;
  }
  return true;
}
static_assert(is_in_order(), "traits_of looks up by position");

using EcGroupPtr = std::unique_ptr<EC_GROUP, Freer<&EC_GROUP_free>>;

}  // namespace

bool is_available(KeyKind kind) noexcept {
  const ErrorQueueGuard guard;
  const KindTraits& traits = traits_of(kind);
  if (traits.openssl_group != nullptr) {
    const int nid = OBJ_txt2nid(traits.openssl_group);
    return EcGroupPtr(EC_GROUP_new_by_curve_name(nid)) != nullptr;
  }
  return EvpPkeyCtxPtr(EVP_PKEY_CTX_new_from_name(nullptr, traits.openssl_type, nullptr)) !=
         nullptr;
}

}  // namespace crypto

bool is_supported(Algorithm algorithm) noexcept {
  if (kSymmetricAlgorithms.contains(algorithm)) return true;
  return std::ranges::any_of(crypto::kKeyKinds, [algorithm](const crypto::KindTraits& traits) {
    return traits.algorithms.contains(algorithm) && crypto::is_available(traits.kind);
  });
}

}  // namespace v0
}  // namespace jwks
