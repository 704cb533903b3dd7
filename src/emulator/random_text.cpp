#include "emulator/random_text.hpp"

#include <openssl/rand.h>
#include <sys/types.h>
#include <unistd.h>

#include <array>
#include <stdexcept>
#include <string_view>

#include "base/base64url.hpp"
#include "crypto/openssl.hpp"

namespace jwks {
inline namespace v0 {
namespace emulator {
namespace {

void fill(char* bytes, std::size_t size) {
  // Nothing sensible can go on without: what is predictable here would be taken for unique.
  if (!crypto::ok(RAND_bytes(reinterpret_cast<unsigned char*>(bytes), static_cast<int>(size)))) {
    throw std::runtime_error("the system gives no random bytes");
  }
}

/// Random bytes ahead, for one thread: OpenSSL takes 0.6 µs for however few, which every token with
/// a "jti" would pay. A forked child does not hand out what its parent does.
class Supply {
 public:
  static constexpr std::size_t kBytes = 512;

  /// *Precondition:* `size` is at most `kBytes`.
  std::string_view take(std::size_t size) {
    const pid_t process = ::getpid();
    if (size > left_ || process != process_) {
      left_ = 0;
      fill(bytes_.data(), bytes_.size());
      left_ = bytes_.size();
      process_ = process;
    }
    left_ -= size;
    return {bytes_.data() + left_, size};
  }

 private:
  std::array<char, kBytes> bytes_{};
  std::size_t left_ = 0;
  pid_t process_ = 0;  ///< that they were made in
};

}  // namespace

std::string random_text(std::size_t bytes) {
  thread_local Supply supply;  // NOLINT(misc-use-internal-linkage)
  if (bytes <= Supply::kBytes) return base64url::encode(supply.take(bytes));
  std::string raw(bytes, '\0');
  fill(raw.data(), raw.size());
  return base64url::encode(raw);
}

}  // namespace emulator
}  // namespace v0
}  // namespace jwks
