#pragma once

// A key set outside of its process: a text that another process, or a later one, can check.
//
//   jwks-cpp snapshot 1
//   sha256: <64 digits, of every byte after this line>
//   issuer: https://issuer.example
//   jwks_uri:
//   validated_at: 1750000000000
//   fresh_until: 1750000300000
//   stale_until: 1750003900000
//   etag: "v7"
//   last_modified: Mon, 01 Jan 2024 00:00:00 GMT
//
//   {"keys":[...]}
//
// Each header line is there, once and in this order, as `name: value`, its end a line feed; an
// empty line ends them, and the rest is the issuer's document, byte for byte. Times are Unix
// milliseconds of the wall clock: a steady clock means nothing to another process. There is one
// text for each content, so that the reader can refuse every other.
//
// Pure. The checksum finds damage, not forgery: whoever can write a snapshot can write its checksum
// too.

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "crypto/digest.hpp"
#include "jwks/result.hpp"

namespace jwks {
inline namespace v0 {
namespace source {

using WallTime = std::chrono::sys_time<std::chrono::milliseconds>;

struct StoredSnapshot {
  /// The largest text that is written or read.
  static constexpr std::size_t kMaxBytes = std::size_t{300} * 1024;

  std::string issuer{};
  std::string jwks_uri{};  ///< as configured; empty: by discovery
  WallTime validated_at{};
  WallTime fresh_until{};
  WallTime stale_until{};
  std::string etag{};
  std::string last_modified{};
  std::shared_ptr<const std::string> document{};  ///< never null where it was read
};

/// Writes a snapshot. A validator that does not fit into a header line (a control character, more
/// than 4 KiB) is left empty: the next request is then an unconditional one.
/// *Failure:* `keys_unavailable{snapshot_rejected}` if anything else does not fit.
[[nodiscard]] Result<std::string> encode_snapshot(const StoredSnapshot& snapshot);

/// Reads exactly what `encode_snapshot` writes.
/// *Failure:* `keys_unavailable{snapshot_rejected}` with what is wrong, for people.
[[nodiscard]] Result<StoredSnapshot> decode_snapshot(std::string_view text);

/// How a SnapshotStore calls the key set of this configuration. A URL holds no blank, so that no
/// two configurations share a name.
[[nodiscard]] std::string snapshot_name(std::string_view issuer, std::string_view jwks_uri);

/// Lower-case hexadecimal digits.
[[nodiscard]] std::string to_hex(const crypto::Sha256& hash);

/// `keys_unavailable{snapshot_rejected}`.
[[nodiscard]] Error snapshot_rejected(std::string_view why) noexcept;

}  // namespace source
}  // namespace v0
}  // namespace jwks
