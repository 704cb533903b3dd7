#pragma once

// What the JSON reader asks of many bytes at a time. Where the processor's baseline has wide
// registers (SSE2) they are used; everywhere else eight bytes in a 64-bit integer do.

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
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

#if defined(__SSE2__)

inline constexpr std::ptrdiff_t kBlock = 16;

/// Place of the first special byte of the block; `kBlock` if it has none.
[[nodiscard]] inline std::ptrdiff_t first_special(const char* block) noexcept {
  const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(block));
  // Compared as signed numbers, those from 0x80 on are below the space as well.
  const __m128i special = _mm_or_si128(_mm_cmplt_epi8(bytes, _mm_set1_epi8(' ')),
                                       _mm_or_si128(_mm_cmpeq_epi8(bytes, _mm_set1_epi8('"')),
                                                    _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\\'))));
  const auto bits = static_cast<std::uint32_t>(_mm_movemask_epi8(special));
  return std::countr_zero(bits | 1U << kBlock);
}
/// Counts the separators of all whole blocks and moves `from` behind them.
[[nodiscard]] inline std::size_t count_separators_in_blocks(const char*& from,
                                                            const char* end) noexcept {
  static_assert(('[' | 0x20) == '{' && ('{' | 0x20) == '{');
  __m128i total = _mm_setzero_si128();
  for (; end - from >= kBlock; from += kBlock) {
    const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(from));
    const __m128i opening =
        _mm_cmpeq_epi8(_mm_or_si128(bytes, _mm_set1_epi8(0x20)), _mm_set1_epi8('{'));
    const __m128i separator =
        _mm_or_si128(opening, _mm_or_si128(_mm_cmpeq_epi8(bytes, _mm_set1_epi8(',')),
                                           _mm_cmpeq_epi8(bytes, _mm_set1_epi8(':'))));
    // Each is -1; the sums of both halves of the block are added up in 64 bits.
    const __m128i ones = _mm_sub_epi8(_mm_setzero_si128(), separator);
    total = _mm_add_epi64(total, _mm_sad_epu8(ones, _mm_setzero_si128()));
  }
  total = _mm_add_epi64(total, _mm_unpackhi_epi64(total, total));
  return static_cast<std::size_t>(_mm_cvtsi128_si64(total));
}

#else

inline constexpr std::ptrdiff_t kBlock = 8;

/// Place of the first special byte of the block; `kBlock` if it has none.
[[nodiscard]] inline std::ptrdiff_t first_special(const char* block) noexcept {
  constexpr std::uint64_t kOnes = 0x0101010101010101;
  std::uint64_t bytes = 0;
  std::memcpy(&bytes, block, sizeof bytes);
  // In each term the highest bit of a byte tells that the byte is below a bound. A borrow may set
  // it for a byte behind one that is, but never for one before: the first that is set is right.
  const auto below = [&](std::uint64_t value, std::uint64_t bound) {
    return (value - kOnes * bound) & ~value;
  };
  const std::uint64_t special = (bytes | below(bytes, 0x20) | below(bytes ^ kOnes * '"', 1) |
                                 below(bytes ^ kOnes * '\\', 1)) &
                                kOnes * 0x80;
  static_assert(std::endian::native == std::endian::little, "the first byte is the lowest");
  return std::countr_zero(special) / 8;
}

#endif

/// The first special byte of [from, end), or `end`. Reads nothing outside of it.
[[nodiscard]] inline const char* find_special(const char* from, const char* end) noexcept {
  while (end - from >= kBlock) {
    const std::ptrdiff_t place = first_special(from);
    from += place;
    if (place != kBlock) return from;
  }
  while (from != end && !is_special(*from)) ++from;
  return from;
}

/// An upper bound of the values in `text`: every value but the first follows a separator.
[[nodiscard]] inline std::size_t count_values(std::string_view text) noexcept {
  const char* from = text.data();
  const char* const end = from + text.size();
  std::size_t count = 1 + count_separators_in_blocks(from, end);
  for (; from != end; ++from) count += is_separator(*from) ? 1U : 0U;
  return count;
}

}  // namespace json
}  // namespace v0
}  // namespace jwks
