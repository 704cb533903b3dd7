#include "emulator/issuer/equivalent_signature.hpp"

#include <openssl/objects.h>

#include "crypto/openssl.hpp"

namespace jwks {
inline namespace v0 {
namespace emulator {
namespace {

using crypto::KeyKind;

Error refused() {
  return Error(ErrorCode::bad_config)
      .about("form")
      .because("only signatures of ECDSA and EdDSA have an equivalent");
}

/// The order of the group that signatures of this kind live in; null where there is none.
crypto::BignumPtr order_of(KeyKind kind) {
  const crypto::KindTraits& traits = crypto::traits_of(kind);
  BIGNUM* order = nullptr;
  if (kind == KeyKind::ed25519) {  // RFC 8032 §5.1: 2^252 + …
    BN_hex2bn(&order, "1000000000000000000000000000000014DEF9DEA2F79CD65812631A5CF5D3ED");
  } else if (kind == KeyKind::ed448) {  // RFC 8032 §5.2: 2^446 − …
    BN_hex2bn(&order,
              "3FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF"
              "7CCA23E9C44EDB49AED63690216CC2728DC58F552378C292AB5844F3");
  } else if (traits.type == crypto::KeyType::ec) {
    using GroupPtr = std::unique_ptr<EC_GROUP, crypto::Freer<&EC_GROUP_free>>;
    const GroupPtr group(EC_GROUP_new_by_curve_name(OBJ_txt2nid(traits.openssl_group)));
    if (group) order = BN_dup(EC_GROUP_get0_order(group.get()));
  }
  return crypto::BignumPtr(order);
}

}  // namespace

Result<std::string> equivalent_signature(KeyKind kind, std::string_view signature) {
  const crypto::BignumPtr order = order_of(kind);
  if (!order || signature.size() != crypto::traits_of(kind).signature_size) return refused();
  const bool is_ecdsa = crypto::traits_of(kind).type == crypto::KeyType::ec;
  std::string changed(signature);
  auto* const s = reinterpret_cast<unsigned char*>(changed.data()) + changed.size() / 2;
  const int size = static_cast<int>(changed.size() / 2);
  const crypto::BignumPtr number(is_ecdsa ? BN_bin2bn(s, size, nullptr)
                                          : BN_lebin2bn(s, size, nullptr));
  if (!number) return refused();
  const bool done = is_ecdsa ? crypto::ok(BN_sub(number.get(), order.get(), number.get())) &&
                                   BN_bn2binpad(number.get(), s, size) == size
                             : crypto::ok(BN_add(number.get(), number.get(), order.get())) &&
                                   BN_bn2lebinpad(number.get(), s, size) == size;
  if (!done) return refused();
  return changed;
}

}  // namespace emulator
}  // namespace v0
}  // namespace jwks
