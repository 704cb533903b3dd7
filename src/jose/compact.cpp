#include "jose/compact.hpp"

#include <algorithm>

#include "base/base64url.hpp"

namespace jwks {
inline namespace v0 {
namespace jose {

Result<void> CompactToken::split(std::string_view token) noexcept {
  if (token.size() > kMaxTokenBytes) return Error(ErrorCode::too_large).about("token");

  const std::size_t first = token.find('.');
  const std::size_t second = first == std::string_view::npos ? first : token.find('.', first + 1);
  if (second == std::string_view::npos || token.find('.', second + 1) != std::string_view::npos) {
    return Error(ErrorCode::not_three_segments).about("token");
  }
  // Empty payloads and signatures are well formed (RFC 7515 §7.1); whether they make sense is the
  // caller's business and the algorithm's.
  if (first == 0) {
    return Error(ErrorCode::not_three_segments).about("token").because("an empty header");
  }
  encoded_header_ = token.substr(0, first);
  encoded_payload_ = token.substr(first + 1, second - first - 1);
  encoded_signature_ = token.substr(second + 1);
  signing_input_ = token.substr(0, second);
  return {};
}

Result<void> CompactToken::decode(Segments segments) noexcept {
  char* free = buffer_.data();
  const auto decode_segment = [&free](std::string_view segment, std::string_view& bytes) {
    if (!base64url::decode_into(segment, free)) return false;
    bytes = {free, base64url::decoded_size(segment.size())};
    free += bytes.size();
    return true;
  };
  const auto refuse = [](std::string_view segment) {
    return Error(ErrorCode::bad_base64url).about(segment);
  };
  if (segments == Segments::all && !decode_segment(encoded_header_, header_)) {
    return refuse("header");
  }
  if (!decode_segment(encoded_payload_, payload_)) return refuse("payload");
  if (!decode_segment(encoded_signature_, signature_)) return refuse("signature");
  if (header_.size() > kMaxHeaderBytes) return Error(ErrorCode::too_large).about("header");
  return {};
}

Result<void> CompactToken::decode(std::string_view token) noexcept {
  if (const auto segments = split(token); !segments) return segments;
  return decode(Segments::all);
}

}  // namespace jose
}  // namespace v0
}  // namespace jwks
