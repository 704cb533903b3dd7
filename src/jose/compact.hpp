#pragma once

// The JWS Compact Serialization of a JWT, decoded (RFC 7515 §7.1).

#include <array>
#include <cstdint>
#include <string_view>

#include "jwks/result.hpp"
#include "jwks/verify.hpp"

namespace jwks {
inline namespace v0 {
namespace jose {

/// Decodes into its own buffer of 12 KiB, so it is made on the stack and a refusal allocates
/// nothing. The views point into that buffer and into the token's text.
class CompactToken {
 public:
  CompactToken() = default;
  CompactToken(const CompactToken&) = delete;
  CompactToken& operator=(const CompactToken&) = delete;

  /// Finds the segments. *Failure:* `too_large`, `not_three_segments`.
  [[nodiscard]] Result<void> split(std::string_view token) noexcept;
  [[nodiscard]] std::string_view encoded_header() const noexcept { return encoded_header_; }

  enum class Segments : std::uint8_t { all, all_but_header };
  /// Decodes what was split. *Failure:* `bad_base64url`, `too_large` (header).
  [[nodiscard]] Result<void> decode(Segments segments) noexcept;

  /// Both steps. *Failure:* as they.
  [[nodiscard]] Result<void> decode(std::string_view token) noexcept;

  [[nodiscard]] std::string_view header() const noexcept { return header_; }
  [[nodiscard]] std::string_view payload() const noexcept { return payload_; }
  [[nodiscard]] std::string_view signature() const noexcept { return signature_; }
  /// The encoded header, a dot, and the encoded payload: what was signed (RFC 7515 §5.1).
  [[nodiscard]] std::string_view signing_input() const noexcept { return signing_input_; }

 private:
  std::array<char, kMaxTokenBytes / 4 * 3> buffer_;  // NOLINT: written by decode before it is read
  std::string_view encoded_header_;
  std::string_view encoded_payload_;
  std::string_view encoded_signature_;
  std::string_view header_;
  std::string_view payload_;
  std::string_view signature_;
  std::string_view signing_input_;
};

}  // namespace jose
}  // namespace v0
}  // namespace jwks
