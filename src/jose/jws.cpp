#include "jose/jws.hpp"

#include "jose/jwk_state.hpp"
#include "jose/select_key.hpp"

namespace jwks {
inline namespace v0 {
namespace jose {

Result<void> Jws::decode(std::string_view text, const HeaderRules& rules) {
  if (const auto decoded = token_.decode(text); !decoded) return decoded.error();
  const auto header = reader_.read(token_.header(), rules);
  if (!header) return header.error();
  header_ = *header;
  return {};
}

Result<const Jwk*> Jws::check_signature(const JwkSet& keys, KeySelection selection) const noexcept {
  const auto candidates = select_keys(keys, header_, selection);
  if (!candidates) return candidates.error();
  for (const Jwk* key : candidates->keys()) {
    if (signature_holds(*key, header_.algorithm, signing_input(), signature())) return key;
  }
  return concerning(Error(ErrorCode::bad_signature));
}

}  // namespace jose
}  // namespace v0
}  // namespace jwks
