#include "jose/jws.hpp"

#include "jose/jwk_state.hpp"
#include "jose/select_key.hpp"

namespace jwks {
inline namespace v0 {
namespace jose {

Result<void> Jws::decode(std::string_view text, const HeaderRules& rules,
                         const HeaderMemory* known) {
  if (const auto segments = token_.split(text); !segments) return segments;
  memory_ = known;
  known_ = known != nullptr ? known->find(token_.encoded_header()) : nullptr;
  if (known_ != nullptr) {
    auto rest = token_.decode(CompactToken::Segments::all_but_header);
    if (!rest) return rest;
    header_ = known_->header();
    return check_header(header_, rules);
  }
  if (const auto decoded = token_.decode(CompactToken::Segments::all); !decoded) return decoded;
  const auto header = reader_.read(token_.header(), rules);
  if (!header) return header.error();
  header_ = *header;
  return {};
}

const Jwk* Jws::known_key(const JwkSet& keys, KeySelection selection) const noexcept {
  if (known_ == nullptr || memory_ != &keys.header_memory()) return nullptr;
  if (!header_.key_id && selection == KeySelection::require_kid) return nullptr;
  return &known_->key();
}

Result<const Jwk*> Jws::check_signature(const JwkSet& keys, KeySelection selection) const noexcept {
  if (const Jwk* const key = known_key(keys, selection)) {
    if (signature_holds(*key, header_.algorithm, signing_input(), signature())) return key;
    return concerning(Error(ErrorCode::bad_signature));
  }
  const auto candidates = select_keys(keys, header_, selection);
  if (!candidates) return candidates.error();
  for (const Jwk* key : candidates->keys()) {
    if (!signature_holds(*key, header_.algorithm, signing_input(), signature())) continue;
    if (candidates->keys().size() == 1) {
      keys.header_memory().remember(token_.encoded_header(), header_, *key);
    }
    return key;
  }
  return concerning(Error(ErrorCode::bad_signature));
}

}  // namespace jose
}  // namespace v0
}  // namespace jwks
