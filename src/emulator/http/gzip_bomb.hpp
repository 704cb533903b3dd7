#pragma once

// A gzip stream (RFC 1952) of zeros that is some thousand times smaller than what it unpacks to.

#include <cstdint>
#include <string>

namespace jwks {
inline namespace v0 {
namespace emulator {

/// The stream is `start`, then `block` so many times, then `finish`.
struct GzipBomb {
  std::string start{};
  std::string block{};
  std::uint64_t blocks = 0;
  std::string finish{};

  [[nodiscard]] std::uint64_t size() const noexcept {
    return start.size() + block.size() * blocks + finish.size();
  }
};

/// Unpacks to `bytes` zeros, at most 2^50 of them. Costs the same whatever the number. *Throws:*
/// `std::bad_alloc`.
[[nodiscard]] GzipBomb make_gzip_bomb(std::uint64_t bytes);

}  // namespace emulator
}  // namespace v0
}  // namespace jwks
