#include "jose/jwk_members.hpp"

#include "base/base64url.hpp"

namespace jwks {
inline namespace v0 {
namespace jose {

Error rejected(ErrorReason reason, std::string_view member) noexcept {
  return Error(ErrorCode::key_rejected, reason).about(member);
}

Result<std::optional<std::string_view>> optional_string(JsonValue jwk, std::string_view name) {
  const auto member = jwk.find(name);
  if (!member) return std::optional<std::string_view>{};
  const auto value = member->as_string();
  if (!value) return rejected(ErrorReason::bad_member, name);
  return value;
}

Result<std::string_view> required_string(JsonValue jwk, std::string_view name) {
  const auto value = optional_string(jwk, name);
  if (!value) return value.error();
  if (!value->has_value()) return rejected(ErrorReason::missing_member, name);
  return **value;
}

Result<std::string> required_bytes(JsonValue jwk, std::string_view name) {
  const auto text = required_string(jwk, name);
  if (!text) return text.error();
  auto bytes = base64url::decode(*text);
  if (!bytes) return rejected(ErrorReason::bad_base64, name);
  return std::move(*bytes);
}

}  // namespace jose
}  // namespace v0
}  // namespace jwks
