#include "emulator/random_text.hpp"

#include <openssl/rand.h>

#include <stdexcept>

#include "base/base64url.hpp"
#include "crypto/openssl.hpp"

namespace jwks {
inline namespace v0 {
namespace emulator {

std::string random_text(std::size_t bytes) {
  std::string raw(bytes, '\0');
  // Nothing sensible can go on without: what is predictable here would be taken for unique.
  if (!crypto::ok(
          RAND_bytes(reinterpret_cast<unsigned char*>(raw.data()), static_cast<int>(raw.size())))) {
    throw std::runtime_error("the system gives no random bytes");
  }
  return base64url::encode(raw);
}

}  // namespace emulator
}  // namespace v0
}  // namespace jwks
