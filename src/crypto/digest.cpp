#include "crypto/digest.hpp"

#include "crypto/openssl.hpp"

namespace jwks {
inline namespace v0 {
namespace crypto {

std::optional<Sha256> sha256(std::string_view bytes) noexcept {
  const ErrorQueueGuard guard;
  Sha256 hash{};
  std::size_t size = hash.size();
  if (!ok(EVP_Q_digest(nullptr, "SHA256", nullptr, bytes.data(), bytes.size(), hash.data(),
                       &size)) ||
      size != hash.size()) {
    return std::nullopt;
  }
  return hash;
}

}  // namespace crypto
}  // namespace v0
}  // namespace jwks
