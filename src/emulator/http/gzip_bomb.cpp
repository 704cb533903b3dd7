#include "emulator/http/gzip_bomb.hpp"

#include <zlib.h>

#include <algorithm>
#include <new>

namespace jwks {
inline namespace v0 {
namespace emulator {
namespace {

/// Unpacked size of the piece that is repeated.
constexpr std::size_t kBlockZeros = std::size_t{1} << 20;

constexpr std::uint64_t kMostZeros = std::uint64_t{1} << 50;

/// Compresses zeros. A full flush ends at a byte and forgets what came before, so that the bytes it
/// yields may be repeated.
std::string deflated(std::size_t zeros, int flush) {
  constexpr int kRaw = -MAX_WBITS;  // no header of zlib's own
  constexpr int kMostMemory = 9;
  std::string input(zeros, '\0');
  z_stream stream{};
  if (deflateInit2(&stream, Z_BEST_COMPRESSION, Z_DEFLATED, kRaw, kMostMemory,
                   Z_DEFAULT_STRATEGY) != Z_OK) {
    throw std::bad_alloc();
  }
  std::string output(deflateBound(&stream, zeros) + 16, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(input.data());
  stream.avail_in = static_cast<uInt>(input.size());
  stream.next_out = reinterpret_cast<Bytef*>(output.data());
  stream.avail_out = static_cast<uInt>(output.size());
  deflate(&stream, flush);  // all of it: there is room
  output.resize(stream.total_out);
  deflateEnd(&stream);
  return output;
}

/// The checksum of this many zeros, in as many steps as the number has bits.
std::uint32_t checksum(std::uint64_t zeros) {
  const Bytef zero = 0;
  uLong sum = crc32(0, nullptr, 0);
  uLong power = crc32(sum, &zero, 1);  // of 1, 2, 4, … zeros
  for (std::uint64_t length = 1; zeros != 0; zeros >>= 1, length <<= 1) {
    const auto step = static_cast<z_off_t>(length);
    if ((zeros & 1) != 0) sum = crc32_combine(sum, power, step);
    power = crc32_combine(power, power, step);
  }
  return static_cast<std::uint32_t>(sum);
}

std::string little_endian(std::uint32_t number) {
  std::string bytes;
  for (int i = 0; i < 4; ++i, number >>= 8) bytes += static_cast<char>(number & 0xff);
  return bytes;
}

}  // namespace

GzipBomb make_gzip_bomb(std::uint64_t bytes) {
  bytes = std::min(bytes, kMostZeros);
  GzipBomb bomb;
  // RFC 1952 §2.3: magic number, deflate, no flags, no time, best compression, unknown system.
  bomb.start = {'\x1f', '\x8b', '\x08', 0, 0, 0, 0, 0, '\x02', '\xff'};
  bomb.block = deflated(kBlockZeros, Z_FULL_FLUSH);
  bomb.blocks = bytes / kBlockZeros;
  bomb.finish = deflated(static_cast<std::size_t>(bytes % kBlockZeros), Z_FINISH) +
                little_endian(checksum(bytes)) + little_endian(static_cast<std::uint32_t>(bytes));
  return bomb;
}

}  // namespace emulator
}  // namespace v0
}  // namespace jwks
