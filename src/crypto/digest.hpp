#pragma once

// Message digests, and comparing what must not be told apart by time.

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "jwks/export.hpp"

struct evp_md_st;

namespace jwks {
inline namespace v0 {
namespace crypto {

using Sha256 = std::array<std::uint8_t, 32>;

/// SHA-256 of `bytes`; empty only if OpenSSL fails.
[[nodiscard]] JWKS_INTERNAL std::optional<Sha256> sha256(std::string_view bytes) noexcept;

/// The hash functions of signature algorithms.
enum class HashFunction : std::uint8_t {
  sha256,
  sha384,
  sha512,
  shake256,  ///< with 114 bytes of output, as in Ed448 (RFC 8032 §5.2)
};

/// OpenSSL's implementation, which lives as long as the process; null if it can't be had now.
[[nodiscard]] const evp_md_st* fetched(HashFunction function) noexcept;

/// The output of any of them, held in place.
struct Digest {
  static constexpr std::size_t kMaxBytes = 114;

  std::array<std::uint8_t, kMaxBytes> buffer{};
  std::size_t size = 0;
  [[nodiscard]] std::span<const std::uint8_t> bytes() const noexcept {
    return std::span(buffer).first(size);
  }
};

/// The digest of `bytes`; empty only if OpenSSL fails.
[[nodiscard]] JWKS_INTERNAL std::optional<Digest> digest(HashFunction function,
                                                         std::string_view bytes) noexcept;

/// Compares in a time that depends on the lengths alone. For secrets, and what is checked against
/// them.
[[nodiscard]] JWKS_INTERNAL bool equal_in_constant_time(std::string_view a,
                                                        std::string_view b) noexcept;

}  // namespace crypto
}  // namespace v0
}  // namespace jwks
