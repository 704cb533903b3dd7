#include "jose/compact.hpp"

#include <algorithm>

#include "base/base64url.hpp"

namespace jwks {
inline namespace v0 {
namespace jose {

Result<void> CompactToken::decode(std::string_view token) noexcept {
  if (token.size() > kMaxTokenBytes) return Error(ErrorCode::too_large).about("token");

  const std::size_t first = token.find('.');
  const std::size_t second = first == std::string_view::npos ? first : token.find('.', first + 1);
  if (second == std::string_view::npos || token.find('.', second + 1) != std::string_view::npos) {
    return Error(ErrorCode::not_three_segments).about("token");
  }
  const std::string_view header = token.substr(0, first);
  const std::string_view payload = token.substr(first + 1, second - first - 1);
  const std::string_view signature = token.substr(second + 1);
  // Empty payloads and signatures are well formed (RFC 7515 §7.1); whether they make sense is the
  // caller's business and the algorithm's.
  if (header.empty()) {
    return Error(ErrorCode::not_three_segments).about("token").because("an empty header");
  }

  char* free = buffer_.data();
  const auto decode_segment = [&free](std::string_view segment, std::string_view& bytes) {
    if (!base64url::decode_into(segment, free)) return false;
    bytes = {free, base64url::decoded_size(segment.size())};
    free += bytes.size();
    return true;
  };
  if (!decode_segment(header, header_)) return Error(ErrorCode::bad_base64url).about("header");
  if (!decode_segment(payload, payload_)) return Error(ErrorCode::bad_base64url).about("payload");
  if (!decode_segment(signature, signature_)) {
    return Error(ErrorCode::bad_base64url).about("signature");
  }
  if (header_.size() > kMaxHeaderBytes) return Error(ErrorCode::too_large).about("header");
  signing_input_ = token.substr(0, second);
  return {};
}

}  // namespace jose
}  // namespace v0
}  // namespace jwks
