#pragma once

// `TokenBuilder`: makes compact tokens (RFC 7515 §7.1), correct ones and every kind of wrong one.
//
//   TokenBuilder(key).claim("exp", "1").build();                // expired
//   TokenBuilder().header("alg", json_quoted("none")).build();  // unsigned
//   TokenBuilder(key).sign_hmac(256, key.public_pem()).build(); // RS256 → HS256 confusion
//   TokenBuilder(key).raw_payload("[1]").build();               // signed, but no object
//
// Members are names with JSON texts, written in the order in which they were given and not checked
// in any way. Nothing is added but "alg" and "kid" of the key, and those only to a header that is
// still empty. Defects stack: they are applied in the order members → raw texts → raw segments →
// signature → flipped bit.
//
// A builder is a value; `build` may be called again and gives the same token where the signature
// algorithm is deterministic.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "emulator/issuer/signing_key.hpp"
#include "emulator/json_text.hpp"
#include "jwks/algorithm.hpp"
#include "jwks/emulator_options.hpp"
#include "jwks/result.hpp"

namespace jwks {
inline namespace v0 {
namespace emulator {

/// `time` as a NumericDate in whole seconds (RFC 7519 §2).
[[nodiscard]] std::string numeric_date(std::chrono::sys_seconds time);
[[nodiscard]] std::string numeric_date(std::chrono::system_clock::time_point time);

class TokenBuilder {
 public:
  using Signer = std::function<Result<std::string>(std::string_view)>;
  enum class Segment : std::uint8_t { header, payload, signature };

  /// No key: the signature is empty until one of the `sign…` or `signature…` members is called.
  TokenBuilder() = default;
  /// Signs with `key`; the header starts with its "alg" and "kid".
  explicit TokenBuilder(const SigningKey& key) {
    claims_.reserve(16);  // most tokens have fewer
    sign_with(key);
  }

  // Members. `json` is a JSON text; an empty one removes the member.
  TokenBuilder& header(std::string_view name, std::string_view json);
  TokenBuilder& claim(std::string_view name, std::string_view json);
  TokenBuilder& claim(std::string_view name, std::chrono::system_clock::time_point time) {
    return claim(name, numeric_date(time));
  }
  /// Adds the member even if one of this name is there.
  TokenBuilder& duplicate_header(std::string_view name, std::string_view json);
  TokenBuilder& duplicate_claim(std::string_view name, std::string_view json);

  // Whole texts and segments, in place of what the members give.
  TokenBuilder& raw_header(std::string text);
  TokenBuilder& raw_payload(std::string text);
  /// The characters of the token itself; a signature covers what was put here.
  TokenBuilder& raw_segment(Segment segment, std::string characters);

  // Signature.
  /// Signs with this key. `algorithm` is what is really done, whatever the header says.
  TokenBuilder& sign_with(const SigningKey& key, std::optional<Algorithm> algorithm = {});
  /// Signs by any function of the signing input.
  TokenBuilder& sign_by(Signer signer);
  /// Signs like `sign_with`, with the ASN.1 form of an ECDSA signature.
  TokenBuilder& sign_with_der(const SigningKey& key, std::optional<Algorithm> algorithm = {});
  /// Authenticates with HMAC and any secret. Sets "alg" to "HS…", drops nothing else.
  TokenBuilder& sign_hmac(unsigned digest_bits, std::string secret);
  /// Uses these bytes as the signature.
  TokenBuilder& signature(std::string bytes);
  /// Leaves the last segment empty.
  TokenBuilder& without_signature() { return signature({}); }
  /// Passes the signature's bytes through `change` before they are encoded.
  TokenBuilder& change_signature(std::function<std::string(std::string)> change);
  /// Flips one bit of a segment's decoded bytes after signing; `bit` counts from the first byte's
  /// highest and wraps around.
  TokenBuilder& flip_bit(Segment segment, std::size_t bit);

  /// *Failure:* `bad_config` if the key can't sign so, or the segment with the bit to flip is no
  /// base64url or empty.
  [[nodiscard]] Result<std::string> build() const;

 private:
  [[nodiscard]] std::string segment_text(Segment segment) const;

  JsonMembers header_;
  JsonMembers claims_;
  std::optional<std::string> raw_header_;
  std::optional<std::string> raw_payload_;
  std::optional<std::string> raw_segments_[3];
  Signer signer_;
  std::function<std::string(std::string)> change_;
  std::optional<std::pair<Segment, std::size_t>> flip_;
};

}  // namespace emulator
}  // namespace v0
}  // namespace jwks
