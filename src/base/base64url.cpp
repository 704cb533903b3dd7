#include "base/base64url.hpp"

#include <array>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace jwks {
inline namespace v0 {
namespace base64url {
namespace {

constexpr std::string_view kAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

// Invalid characters carry a bit that no valid one has; it is collected and tested once.
constexpr std::uint8_t kInvalid = 0x80;

constexpr std::array<std::uint8_t, 256> make_table() {
  std::array<std::uint8_t, 256> table{};
  table.fill(kInvalid);
  for (std::size_t i = 0; i < kAlphabet.size(); ++i) {
    table[static_cast<unsigned char>(kAlphabet[i])] = static_cast<std::uint8_t>(i);
  }
  return table;
}
constexpr auto kTable = make_table();

constexpr std::uint32_t sextet(char c) noexcept { return kTable[static_cast<unsigned char>(c)]; }

/// Decodes from the front as many whole groups of characters as it likes, advances both pointers
/// and returns whether all of them were of the alphabet.
bool decode_quartets(const char*& in, const char* end, char*& out) noexcept {
  std::uint32_t seen = 0;
  for (; end - in >= 4; in += 4, out += 3) {
    const std::uint32_t a = sextet(in[0]);
    const std::uint32_t b = sextet(in[1]);
    const std::uint32_t c = sextet(in[2]);
    const std::uint32_t d = sextet(in[3]);
    seen |= a | b | c | d;
    const std::uint32_t bits = a << 18 | b << 12 | c << 6 | d;
    out[0] = static_cast<char>(bits >> 16 & 0xFF);
    out[1] = static_cast<char>(bits >> 8 & 0xFF);
    out[2] = static_cast<char>(bits & 0xFF);
  }
  return (seen & kInvalid) == 0;
}

#if defined(__x86_64__)

// With AVX2, 32 characters become 24 bytes at a time. The upper half of a character's byte tells
// what to add to it to get its six bits; only "_" needs another summand than "P" to "Z", with which
// it shares the half. Whether the character is of the alphabet, its two halves tell together: each
// upper half that occurs there has a bit of its own, and the table of the lower halves has this bit
// set where the two don't make a character. Halves that don't occur have a bit that is always set.

using Halves = std::array<char, 16>;  // what belongs to each half of a byte

struct Tables {
  Halves upper{};
  Halves lower{};
  Halves add{};
};

constexpr Tables make_tables() {
  constexpr unsigned kNever = 0x80;
  std::array<unsigned, 16> upper{};
  std::array<unsigned, 16> lower{};
  upper.fill(kNever);
  lower.fill(0xFF);
  Tables tables;
  for (std::size_t i = 0; i < kAlphabet.size(); ++i) {
    const unsigned c = static_cast<unsigned char>(kAlphabet[i]);
    upper[c >> 4] = 1U << ((c >> 4) - 2);  // 2 to 7
    lower[c & 0x0F] &= ~upper[c >> 4];
    if (c != '_') tables.add[c >> 4] = static_cast<char>(static_cast<int>(i) - kAlphabet[i]);
  }
  for (std::size_t i = 0; i < 16; ++i) {
    tables.upper[i] = static_cast<char>(upper[i]);
    tables.lower[i] = static_cast<char>(lower[i]);
  }
  return tables;
}
constexpr Tables kTables = make_tables();
constexpr char kAddToUnderscore = 63 - '_' - kTables.add['_' >> 4];

/// The table in both lanes of a register: a shuffle looks up within a lane.
[[gnu::target("avx2")]] inline __m256i in_both_lanes(const Halves& table) noexcept {
  return _mm256_broadcastsi128_si256(
      _mm_loadu_si128(reinterpret_cast<const __m128i*>(table.data())));
}

/// Decodes whole blocks as `decode_quartets` does whole quartets.
[[gnu::target("avx2")]] bool decode_blocks(const char*& in, const char* end, char*& out) noexcept {
  const __m256i upper_halves = in_both_lanes(kTables.upper);
  const __m256i lower_halves = in_both_lanes(kTables.lower);
  const __m256i add = in_both_lanes(kTables.add);
  const __m256i in_order = in_both_lanes({2, 1, 0, 6, 5, 4, 10, 9, 8, 14, 13, 12, -1, -1, -1, -1});
  const __m256i without_gap = _mm256_setr_epi32(0, 1, 2, 4, 5, 6, 3, 7);
  const __m256i half = _mm256_set1_epi8(0x0F);

  __m256i wrong = _mm256_setzero_si256();
  for (; end - in >= 32; in += 32, out += 24) {
    const __m256i text = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(in));
    const __m256i upper = _mm256_and_si256(_mm256_srli_epi32(text, 4), half);
    const __m256i lower = _mm256_and_si256(text, half);
    wrong = _mm256_or_si256(wrong, _mm256_and_si256(_mm256_shuffle_epi8(upper_halves, upper),
                                                    _mm256_shuffle_epi8(lower_halves, lower)));
    const __m256i underscore = _mm256_and_si256(_mm256_cmpeq_epi8(text, _mm256_set1_epi8('_')),
                                                _mm256_set1_epi8(kAddToUnderscore));
    const __m256i sextets =
        _mm256_add_epi8(text, _mm256_add_epi8(_mm256_shuffle_epi8(add, upper), underscore));
    // Four of 6 bits become two of 12, then one of 24, whose three bytes are put in order.
    const __m256i pairs = _mm256_maddubs_epi16(sextets, _mm256_set1_epi32(0x01400140));
    const __m256i quartets = _mm256_madd_epi16(pairs, _mm256_set1_epi32(0x00011000));
    const __m256i bytes =
        _mm256_permutevar8x32_epi32(_mm256_shuffle_epi8(quartets, in_order), without_gap);
    // Exactly 24 bytes are written: what stands behind them is somebody else's.
    _mm_storeu_si128(reinterpret_cast<__m128i*>(out), _mm256_castsi256_si128(bytes));
    _mm_storel_epi64(reinterpret_cast<__m128i*>(out + 16), _mm256_extracti128_si256(bytes, 1));
  }
  return _mm256_testz_si256(wrong, wrong) != 0;
}

#endif

/// The last 0 to 3 characters. RFC 4648 §3.5: the unused bits of the last one must be zero, so that
/// every byte string has exactly one encoding.
bool decode_rest(const char* in, std::size_t size, char* out) noexcept {
  if (size == 0) return true;
  if (size == 1) return false;
  const std::uint32_t a = sextet(in[0]);
  const std::uint32_t b = sextet(in[1]);
  const std::uint32_t c = size == 3 ? sextet(in[2]) : 0;
  if (((a | b | c) & kInvalid) != 0) return false;
  out[0] = static_cast<char>((a << 2 | b >> 4) & 0xFF);
  if (size == 2) return (b & 0x0F) == 0;
  out[1] = static_cast<char>((b << 4 | c >> 2) & 0xFF);
  return (c & 0x03) == 0;
}

}  // namespace

bool decode_into(std::string_view text, char* out) noexcept {
  const char* in = text.data();
  const char* const end = in + text.size();
#if defined(__x86_64__)
  // A load and a test of what the compiler's runtime found out when the program was loaded. (Asked
  // even before that, it says no, and the portable way is right everywhere.)
  if (__builtin_cpu_supports("avx2") && !decode_blocks(in, end, out)) return false;
#endif
  if (!decode_quartets(in, end, out)) return false;
  return decode_rest(in, static_cast<std::size_t>(end - in), out);
}

std::optional<std::string> decode(std::string_view text) {
  std::string bytes(decoded_size(text.size()), '\0');
  if (!decode_into(text, bytes.data())) return std::nullopt;
  return bytes;
}

std::string encode(std::string_view bytes) {
  std::string text(encoded_size(bytes.size()), '\0');
  char* out = text.data();
  const auto byte = [&bytes](std::size_t i) -> std::uint32_t {
    return static_cast<unsigned char>(bytes[i]);
  };
  std::size_t i = 0;
  for (; i + 3 <= bytes.size(); i += 3, out += 4) {
    const std::uint32_t bits = byte(i) << 16 | byte(i + 1) << 8 | byte(i + 2);
    out[0] = kAlphabet[bits >> 18];
    out[1] = kAlphabet[bits >> 12 & 0x3F];
    out[2] = kAlphabet[bits >> 6 & 0x3F];
    out[3] = kAlphabet[bits & 0x3F];
  }
  if (const std::size_t rest = bytes.size() - i; rest != 0) {
    const std::uint32_t bits = byte(i) << 16 | (rest == 2 ? byte(i + 1) << 8 : 0);
    out[0] = kAlphabet[bits >> 18];
    out[1] = kAlphabet[bits >> 12 & 0x3F];
    if (rest == 2) out[2] = kAlphabet[bits >> 6 & 0x3F];
  }
  return text;
}

std::string encode(std::span<const std::uint8_t> bytes) {
  return encode(std::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size()));
}

}  // namespace base64url
}  // namespace v0
}  // namespace jwks
