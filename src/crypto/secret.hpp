#pragma once

// A static secret and the one thing that is done with it: checking MACs (RFC 7518 §3.2), one alone,
// or one after the other.

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "crypto/kept.hpp"
#include "jwks/algorithm.hpp"
#include "jwks/export.hpp"

namespace jwks {
inline namespace v0 {
namespace crypto {

/// Bytes that are wiped when they go. They can be moved and not copied, and are shown to nothing
/// but `verify_mac` and `MacChecks`. *Threading:* immutable once filled.
class JWKS_INTERNAL Secret {
 public:
  /// `size` zero bytes, for the caller to fill. *Failure:* throws std::bad_alloc.
  explicit Secret(std::size_t size);
  explicit Secret(std::string_view bytes);

  [[nodiscard]] std::size_t size() const noexcept { return bytes_.get_deleter().size; }
  [[nodiscard]] std::span<char> bytes() noexcept { return {bytes_.get(), size()}; }
  [[nodiscard]] std::span<const char> bytes() const noexcept { return {bytes_.get(), size()}; }

 private:
  struct Wipe {
    std::size_t size = 0;
    void operator()(char* bytes) const noexcept;
  };
  std::unique_ptr<char[], Wipe> bytes_;
};

/// Overwrites a text that was a secret, and leaves it empty.
JWKS_INTERNAL void wipe(std::string& text) noexcept;

/// The size in bytes of the algorithm's hash, which is that of its MAC and the least size of its
/// secret (RFC 7518 §3.2); 0 if the algorithm is no HMAC.
[[nodiscard]] constexpr std::size_t mac_size(Algorithm algorithm) noexcept {
  switch (algorithm) {
    case Algorithm::hs256:
      return 32;
    case Algorithm::hs384:
      return 48;
    case Algorithm::hs512:
      return 64;
    default:
      return 0;
  }
}

/// Tells whether `mac` is exactly this secret's MAC over `input`. False for an algorithm that is no
/// HMAC, for a secret that is too short for it, for a truncated MAC, and for any failure of
/// OpenSSL. The comparison takes the same time wherever the bytes differ. *Threading:* reentrant.
[[nodiscard]] JWKS_INTERNAL bool verify_mac(Algorithm algorithm, const Secret& secret,
                                            std::string_view input, std::string_view mac) noexcept;

class MacCheck;

/// The same for a secret that many MACs are checked with: keeps what OpenSSL needs for it.
///
/// Memory: from the second MAC on, for each of up to 64 threads that verify at the same time one
/// context of 1 KiB. The copies of the secret in it are wiped with it.
class JWKS_INTERNAL MacChecks {
 public:
  MacChecks() noexcept;
  MacChecks(MacChecks&& unused) noexcept;
  ~MacChecks();

  /// As `verify_mac`. *Precondition:* always the same secret. *Threading:* any number of threads;
  /// without a lock.
  [[nodiscard]] bool verify(Algorithm algorithm, const Secret& secret, std::string_view input,
                            std::string_view mac) const noexcept;

 private:
  mutable Kept<MacCheck> kept_;
};

}  // namespace crypto
}  // namespace v0
}  // namespace jwks
