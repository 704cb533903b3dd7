#pragma once

// The JWS Compact Serialization of a JWT, decoded (RFC 7515 §7.1).

#include <array>
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

  /// Splits and decodes all three segments. *Failure:* `too_large`, `not_three_segments`,
  /// `bad_base64url`.
  [[nodiscard]] Result<void> decode(std::string_view token) noexcept;

  [[nodiscard]] std::string_view header() const noexcept { return header_; }
  [[nodiscard]] std::string_view payload() const noexcept { return payload_; }
  [[nodiscard]] std::string_view signature() const noexcept { return signature_; }
  /// The encoded header, a dot, and the encoded payload: what was signed (RFC 7515 §5.1).
  [[nodiscard]] std::string_view signing_input() const noexcept { return signing_input_; }

 private:
  std::array<char, kMaxTokenBytes / 4 * 3> buffer_;  // NOLINT: written by decode before it is read
  std::string_view header_;
  std::string_view payload_;
  std::string_view signature_;
  std::string_view signing_input_;
};

}  // namespace jose
}  // namespace v0
}  // namespace jwks
