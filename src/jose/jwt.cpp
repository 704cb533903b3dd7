#include "jose/jwt.hpp"

namespace jwks {
inline namespace v0 {
namespace jose {

Result<void> decode_jwt(Jws& jws, std::string_view text, const HeaderRules& rules,
                        const HeaderMemory* known) {
  auto decoded = jws.decode(text, rules, known);
  if (decoded && jws.payload().empty()) {
    return Error(ErrorCode::not_three_segments).about("token").because("an empty payload");
  }
  return decoded;
}

Result<json::Document> parse_claims(std::string_view payload, std::pmr::memory_resource* memory) {
  return parse_claims(payload, memory, json::index_bytes(payload));
}

Result<json::Document> parse_claims(std::string_view payload, std::pmr::memory_resource* memory,
                                    std::size_t index_bytes) {
  auto claims = json::parse_object(payload, {}, memory, index_bytes);
  if (!claims) return Error(claims.error()).about("payload");
  return claims;
}

}  // namespace jose
}  // namespace v0
}  // namespace jwks
