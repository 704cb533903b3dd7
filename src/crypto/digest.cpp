#include "crypto/digest.hpp"

#include <openssl/crypto.h>

#include <algorithm>

#include "crypto/openssl.hpp"

namespace jwks {
inline namespace v0 {
namespace crypto {
namespace {

/// Bytes of the result; of an XOF, which has no length of its own, as many as are ever asked for.
std::size_t size_of(HashFunction function) noexcept {
  switch (function) {
    case HashFunction::sha256:
      return 32;
    case HashFunction::sha384:
      return 48;
    case HashFunction::sha512:
      return 64;
    case HashFunction::shake256:
      return Digest::kMaxBytes;
  }
  return 0;
}

}  // namespace

const EVP_MD* fetched(HashFunction function) noexcept {
  static constinit FetchedDigest sha256("SHA256");
  static constinit FetchedDigest sha384("SHA384");
  static constinit FetchedDigest sha512("SHA512");
  static constinit FetchedDigest shake256("SHAKE256");
  switch (function) {
    case HashFunction::sha256:
      return sha256.get();
    case HashFunction::sha384:
      return sha384.get();
    case HashFunction::sha512:
      return sha512.get();
    case HashFunction::shake256:
      return shake256.get();
  }
  return nullptr;
}

std::optional<Digest> digest(HashFunction function, std::string_view bytes) noexcept {
  const ErrorQueueGuard guard;
  const EVP_MD* const hash = fetched(function);
  const EvpMdCtxPtr context(EVP_MD_CTX_new());
  if (hash == nullptr || !context || !ok(EVP_DigestInit_ex2(context.get(), hash, nullptr)) ||
      !ok(EVP_DigestUpdate(context.get(), bytes.data(), bytes.size()))) {
    return std::nullopt;
  }
  Digest result;
  result.size = size_of(function);
  if (function == HashFunction::shake256) {
    if (!ok(EVP_DigestFinalXOF(context.get(), result.buffer.data(), result.size))) return {};
    return result;
  }
  unsigned written = 0;
  if (!ok(EVP_DigestFinal_ex(context.get(), result.buffer.data(), &written)) ||
      written != result.size) {
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
