#include "crypto/digest.hpp"

#include <openssl/crypto.h>

#include <algorithm>

#include "crypto/openssl.hpp"

namespace jwks {
inline namespace v0 {
namespace crypto {
namespace {

struct Implementation {
  const EVP_MD* type;
  std::size_t size;
  bool extendable;  ///< an XOF, which has no length of its own
};

Implementation implementation_of(HashFunction function) noexcept {
  switch (function) {
    case HashFunction::sha256:
      return {EVP_sha256(), 32, false};
    case HashFunction::sha384:
      return {EVP_sha384(), 48, false};
    case HashFunction::sha512:
      return {EVP_sha512(), 64, false};
    case HashFunction::shake256:
      return {EVP_shake256(), Digest::kMaxBytes, true};
  }
  return {nullptr, 0, false};
}

}  // namespace

std::optional<Digest> digest(HashFunction function, std::string_view bytes) noexcept {
  const ErrorQueueGuard guard;
  const Implementation hash = implementation_of(function);
  const EvpMdCtxPtr context(EVP_MD_CTX_new());
  if (hash.type == nullptr || !context ||
      !ok(EVP_DigestInit_ex2(context.get(), hash.type, nullptr)) ||
      !ok(EVP_DigestUpdate(context.get(), bytes.data(), bytes.size()))) {
    return std::nullopt;
  }
  Digest result;
  result.size = hash.size;
  if (hash.extendable) {
    if (!ok(EVP_DigestFinalXOF(context.get(), result.buffer.data(), hash.size))) return {};
    return result;
  }
  unsigned written = 0;
  if (!ok(EVP_DigestFinal_ex(context.get(), result.buffer.data(), &written)) ||
      written != hash.size) {
    return {};
  }
  return result;
}

std::optional<Sha256> sha256(std::string_view bytes) noexcept {
  const auto hash = digest(HashFunction::sha256, bytes);
  if (!hash) return std::nullopt;
  Sha256 result{};
  std::ranges::copy(hash->bytes(), result.begin());
  return result;
}

bool equal_in_constant_time(std::string_view a, std::string_view b) noexcept {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace crypto
}  // namespace v0
}  // namespace jwks
