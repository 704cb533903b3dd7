#include "source/snapshot_codec.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <optional>
#include <utility>

#include "jwks/jwk_set.hpp"

namespace jwks {
inline namespace v0 {
namespace source {
namespace {

using std::chrono::milliseconds;

constexpr std::string_view kFormat = "jwks-cpp snapshot 1\n";
constexpr std::size_t kMaxValueBytes = 4096;
constexpr std::int64_t kMaxMilliseconds = 253'402'300'799'999;  // the end of the year 9999

// The header lines, in their order.
constexpr std::string_view kChecksum = "sha256";
constexpr std::string_view kIssuer = "issuer";
constexpr std::string_view kJwksUri = "jwks_uri";
constexpr std::string_view kValidatedAt = "validated_at";
constexpr std::string_view kFreshUntil = "fresh_until";
constexpr std::string_view kStaleUntil = "stale_until";
constexpr std::string_view kEtag = "etag";
constexpr std::string_view kLastModified = "last_modified";

/// Tells whether a value can stand in a header line.
bool fits_a_line(std::string_view value) noexcept {
  return value.size() <= kMaxValueBytes && std::ranges::none_of(value, [](char c) {
           const auto byte = static_cast<unsigned char>(c);
           return byte < 0x20 || byte == 0x7f;
         });
}

bool is_representable(WallTime time) noexcept {
  const std::int64_t count = time.time_since_epoch().count();
  return count >= 0 && count <= kMaxMilliseconds;
}

std::optional<std::string> checksum_of(std::string_view bytes) {
  const auto hash = crypto::sha256(bytes);
  if (!hash) return std::nullopt;
  return to_hex(*hash);
}

// --- Writing ---

void append_line(std::string& out, std::string_view name, std::string_view value) {
  out.append(name).append(": ").append(value).append("\n");
}

void append_line(std::string& out, std::string_view name, WallTime time) {
  append_line(out, name, std::to_string(time.time_since_epoch().count()));
}

std::string_view value_or_nothing(std::string_view value) noexcept {
  return fits_a_line(value) ? value : std::string_view{};
}

// --- Reading ---

/// Takes a text apart from its front. After the first fault everything reads as empty, so that only
/// the end has to be checked; the fault is kept.
class Reader {
 public:
  explicit Reader(std::string_view text) noexcept : rest_(text) {}

  /// The value of the line that must come now.
  std::string_view value(std::string_view name) noexcept {
    const std::size_t end = rest_.find('\n');
    const std::string_view line = rest_.substr(0, end);
    if (end == std::string_view::npos || !line.starts_with(name) ||
        !line.substr(name.size()).starts_with(": ")) {
      return fail(name);
    }
    const std::string_view value = line.substr(name.size() + 2);
    if (!fits_a_line(value)) return fail(name);
    rest_.remove_prefix(end + 1);
    return value;
  }

  /// The same for a time: digits only, and no zeros before them.
  WallTime time(std::string_view name) noexcept {
    const std::string_view digits = value(name);
    std::int64_t count = 0;
    const char* const end = digits.data() + digits.size();
    const auto [stop, status] = std::from_chars(digits.data(), end, count);
    const bool canonical = digits.size() == 1 || !digits.starts_with('0');
    const WallTime time{milliseconds(count)};
    if (status != std::errc{} || stop != end || !canonical || digits.starts_with('-') ||
        !is_representable(time)) {
      fail(name);
      return {};
    }
    return time;
  }

  /// What follows the empty line that must come now.
  std::string_view document() noexcept {
    if (!rest_.starts_with('\n')) return fail("document");
    return rest_.substr(1);
  }

  [[nodiscard]] std::string_view rest() const noexcept { return rest_; }
  /// The first part that was not as it must be; empty if all were.
  [[nodiscard]] std::string_view fault() const noexcept { return fault_; }

 private:
  std::string_view fail(std::string_view name) noexcept {
    if (fault_.empty()) fault_ = name;
    rest_ = {};
    return {};
  }

  std::string_view rest_;
  std::string_view fault_{};
};

}  // namespace

Error snapshot_rejected(std::string_view why) noexcept {
  return Error(ErrorCode::keys_unavailable, ErrorReason::snapshot_rejected).because(why);
}

std::string to_hex(const crypto::Sha256& hash) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string hex;
  hex.reserve(2 * hash.size());
  for (const std::uint8_t byte : hash) {
    hex.push_back(kDigits[byte >> 4U]);
    hex.push_back(kDigits[byte & 0x0fU]);
  }
  return hex;
}

std::string snapshot_name(std::string_view issuer, std::string_view jwks_uri) {
  return std::string(issuer).append(" ").append(jwks_uri);
}

Result<std::string> encode_snapshot(const StoredSnapshot& snapshot) {
  if (!fits_a_line(snapshot.issuer) || !fits_a_line(snapshot.jwks_uri))
    return snapshot_rejected("the issuer or jwks_uri is too long or holds control characters");
  if (!is_representable(snapshot.validated_at) || !is_representable(snapshot.fresh_until) ||
      !is_representable(snapshot.stale_until)) {
    return snapshot_rejected("the wall clock is far off");
  }
  if (snapshot.document->size() > JwkSet::kMaxBytes)
    return snapshot_rejected("the document is too large");

  std::string content;
  append_line(content, kIssuer, snapshot.issuer);
  append_line(content, kJwksUri, snapshot.jwks_uri);
  append_line(content, kValidatedAt, snapshot.validated_at);
  append_line(content, kFreshUntil, snapshot.fresh_until);
  append_line(content, kStaleUntil, snapshot.stale_until);
  append_line(content, kEtag, value_or_nothing(snapshot.etag));
  append_line(content, kLastModified, value_or_nothing(snapshot.last_modified));
  content.append("\n").append(*snapshot.document);

  const auto checksum = checksum_of(content);
  if (!checksum) return snapshot_rejected("SHA-256 failed");
  std::string text(kFormat);
  append_line(text, kChecksum, *checksum);
  return text.append(content);
}

Result<StoredSnapshot> decode_snapshot(std::string_view text) {
  if (text.size() > StoredSnapshot::kMaxBytes) return snapshot_rejected("it is above 300 KiB");
  if (!text.starts_with(kFormat))
    return snapshot_rejected("it is not a snapshot, or of another version");

  Reader reader(text.substr(kFormat.size()));
  const std::string_view claimed = reader.value(kChecksum);
  const auto checksum = checksum_of(reader.rest());
  if (!checksum) return snapshot_rejected("SHA-256 failed");
  if (claimed != *checksum) return snapshot_rejected("its checksum is wrong: it is damaged");

  StoredSnapshot snapshot;
  snapshot.issuer = reader.value(kIssuer);
  snapshot.jwks_uri = reader.value(kJwksUri);
  snapshot.validated_at = reader.time(kValidatedAt);
  snapshot.fresh_until = reader.time(kFreshUntil);
  snapshot.stale_until = reader.time(kStaleUntil);
  snapshot.etag = reader.value(kEtag);
  snapshot.last_modified = reader.value(kLastModified);
  const std::string_view document = reader.document();
  if (!reader.fault().empty())
    return snapshot_rejected("a header line is missing or malformed").about(reader.fault());
  if (document.size() > JwkSet::kMaxBytes) return snapshot_rejected("its document is too large");
  snapshot.document = std::make_shared<const std::string>(document);
  return snapshot;
}

}  // namespace source
}  // namespace v0
}  // namespace jwks
