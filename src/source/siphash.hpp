#pragma once

// SipHash-2-4 (Aumasson and Bernstein, 2012): a short keyed hash. Table positions made of attacker
// text must not be predictable; this is what it is for, and nothing else.

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <random>
#include <string_view>

namespace jwks {
inline namespace v0 {
namespace source {

using SipHashKey = std::array<std::uint64_t, 2>;

/// *Failure:* may throw what std::random_device throws.
[[nodiscard]] inline SipHashKey random_hash_key() {
  std::random_device device;
  const auto word = [&] { return std::uint64_t{device()} << 32 | device(); };
  return {word(), word()};
}

/// Up to eight bytes as a number. Of exactly eight, compilers make one load.
[[nodiscard]] constexpr std::uint64_t little_endian(std::string_view bytes) noexcept {
  std::uint64_t word = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i)
    word |= std::uint64_t{static_cast<unsigned char>(bytes[i])} << (8 * i);
  return word;
}

[[nodiscard]] constexpr std::uint64_t siphash(const SipHashKey& key,
                                              std::string_view data) noexcept {
  const std::uint64_t length = data.size() & 0xff;
  std::array<std::uint64_t, 4> v{key[0] ^ 0x736f6d6570736575U, key[1] ^ 0x646f72616e646f6dU,
                                 key[0] ^ 0x6c7967656e657261U, key[1] ^ 0x7465646279746573U};
  const auto round = [&v] {
    v[0] += v[1];
    v[1] = std::rotl(v[1], 13) ^ v[0];
    v[0] = std::rotl(v[0], 32);
    v[2] += v[3];
    v[3] = std::rotl(v[3], 16) ^ v[2];
    v[0] += v[3];
    v[3] = std::rotl(v[3], 21) ^ v[0];
    v[2] += v[1];
    v[1] = std::rotl(v[1], 17) ^ v[2];
    v[2] = std::rotl(v[2], 32);
  };
  const auto absorb = [&](std::uint64_t word) {
    v[3] ^= word;
    round();
    round();
    v[0] ^= word;
  };

  for (; data.size() >= 8; data.remove_prefix(8)) absorb(little_endian(data.substr(0, 8)));
  absorb(little_endian(data) | length << 56);

  v[2] ^= 0xff;
  for (int i = 0; i < 4; ++i) round();
  return v[0] ^ v[1] ^ v[2] ^ v[3];
}

}  // namespace source
}  // namespace v0
}  // namespace jwks
