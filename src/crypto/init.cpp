#include "crypto/init.hpp"

#include <openssl/crypto.h>

namespace jwks {
inline namespace v0 {
namespace crypto {

void initialize() noexcept { OPENSSL_init_crypto(OPENSSL_INIT_LOAD_CONFIG, nullptr); }

}  // namespace crypto
}  // namespace v0
}  // namespace jwks
