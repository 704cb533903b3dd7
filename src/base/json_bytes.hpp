#pragma once

// What the JSON reader asks of many bytes at a time: sixteen in a register where the processor's
// baseline has such (SSE2), else eight in an integer.

#include <bit>
#include <cstddef>
#include <cstdint>
#include <string_view>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace jwks {
inline namespace v0 {
namespace json {

/// In a string, the bytes that need a closer look: its end, an escape, a control character, and
/// what is not ASCII.
[[nodiscard]] constexpr bool is_special(char c) noexcept {
  const auto byte = static_cast<unsigned char>(c);
  return byte < 0x20 || byte >= 0x80 || c == '"' || c == '\\';
}

/// What stands before each value but the first.
[[nodiscard]] constexpr bool is_separator(char c) noexcept {
  return c == ',' || c == ':' || c == '[' || c == '{';
}

/// Eight bytes in an integer, the first one lowest. Of each byte the highest bit is the answer.
struct PortableBlock {
  static constexpr int kSize = 8;

  /// Place of the first special byte of the block; `kSize` if it has none.
  [[nodiscard]] static int first_special(const char* block) noexcept {
    const std::uint64_t bytes = load(block);
    const std::uint64_t special =
        bytes | below(bytes, ' ') | below(bytes ^ all('"'), 1) | below(bytes ^ all('\\'), 1);
    return std::countr_zero(special & all(0x80)) / 8;
  }

  /// At least the number of separators in all whole blocks; moves `from` behind those.
  [[nodiscard]] static std::size_t count_separators(const char*& from, const char* end) noexcept {
    std::size_t count = 0;
    for (; end - from >= kSize; from += kSize) {
      const std::uint64_t bytes = load(from);
      const std::uint64_t separators = below(bytes ^ all(','), 1) | below(bytes ^ all(':'), 1) |
                                       below(bytes ^ all('['), 1) | below(bytes ^ all('{'), 1);
      count += static_cast<unsigned>(std::popcount(separators & all(0x80)));
    }
    return count;
  }

 private:
  static constexpr std::uint64_t all(std::uint64_t byte) noexcept {
    return byte * 0x0101010101010101;
  }

  /// Compilers make one instruction of this.
  static std::uint64_t load(const char* block) noexcept {
    std::uint64_t bytes = 0;
    for (int i = 0; i < kSize; ++i) {
      bytes |= static_cast<std::uint64_t>(static_cast<unsigned char>(block[i])) << 8 * i;
    }
    return bytes;
  }

  /// Tells which bytes are below a bound (of at most 0x7F). The subtraction may borrow from the
  /// byte above one that is, and let that one count as well, but never from one beneath: the lowest
  /// answer is right, and none is missing.
  static std::uint64_t below(std::uint64_t bytes, std::uint64_t bound) noexcept {
    return (bytes - all(bound)) & ~bytes;
  }
};

#if defined(__SSE2__)

struct Sse2Block {
  static constexpr int kSize = 16;

  [[nodiscard]] static int first_special(const char* block) noexcept {
    const __m128i bytes = load(block);
    // Compared as signed numbers, those from 0x80 on are below the space as well.
    const __m128i special = _mm_or_si128(_mm_cmplt_epi8(bytes, _mm_set1_epi8(' ')),
                                         _mm_or_si128(equal(bytes, '"'), equal(bytes, '\\')));
    return std::countr_zero(static_cast<std::uint32_t>(_mm_movemask_epi8(special)) | 1U << kSize);
  }

  [[nodiscard]] static std::size_t count_separators(const char*& from, const char* end) noexcept {
    static_assert(('[' | 0x20) == '{' && ('{' | 0x20) == '{');
    __m128i count = _mm_setzero_si128();
    for (; end - from >= kSize; from += kSize) {
      const __m128i bytes = load(from);
      const __m128i separators = _mm_or_si128(equal(_mm_or_si128(bytes, _mm_set1_epi8(0x20)), '{'),
                                              _mm_or_si128(equal(bytes, ','), equal(bytes, ':')));
      // Each is -1. The bytes of both halves are added up, and the sums counted apart.
      const __m128i ones = _mm_sub_epi8(_mm_setzero_si128(), separators);
      count = _mm_add_epi64(count, _mm_sad_epu8(ones, _mm_setzero_si128()));
    }
    count = _mm_add_epi64(count, _mm_unpackhi_epi64(count, count));
    return static_cast<std::uint32_t>(_mm_cvtsi128_si32(count));
  }

 private:
  static __m128i load(const char* block) noexcept {
    return _mm_loadu_si128(reinterpret_cast<const __m128i*>(block));
  }
  static __m128i equal(__m128i bytes, char c) noexcept {
    return _mm_cmpeq_epi8(bytes, _mm_set1_epi8(c));
  }
};
using Block = Sse2Block;

#else
using Block = PortableBlock;
#endif

/// The first special byte of [from, end), or `end`. Reads nothing outside of it.
template <class B = Block>
[[nodiscard]] const char* find_special(const char* from, const char* end) noexcept {
  while (end - from >= B::kSize) {
    const int place = B::first_special(from);
    from += place;
    if (place != B::kSize) return from;
  }
  while (from != end && !is_special(*from)) ++from;
  return from;
}

/// At least the number of values in `text`: every value but the first follows a separator.
template <class B = Block>
[[nodiscard]] std::size_t count_values(std::string_view text) noexcept {
  const char* from = text.data();
  const char* const end = from + text.size();
  std::size_t count = 1 + B::count_separators(from, end);
  for (; from != end; ++from) count += is_separator(*from) ? 1U : 0U;
  return count;
}

}  // namespace json
}  // namespace v0
}  // namespace jwks
