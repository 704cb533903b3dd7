#pragma once

// One JWS: its segments, its header, and the key whose signature it carries (RFC 7515 §5.2). The
// payload may be anything; a JWT is made of it in verify.cpp.

#include <string_view>

#include "jose/compact.hpp"
#include "jose/header.hpp"
#include "jose/header_memory.hpp"
#include "jwks/jwk_set.hpp"
#include "jwks/policy.hpp"
#include "jwks/result.hpp"

namespace jwks {
inline namespace v0 {
namespace jose {

/// Made on the stack; holds some 16 KiB, so that usual tokens cost no allocation.
class JWKS_INTERNAL Jws {
 public:
  /// Size, dots, base64url, then header JSON, crit, typ, alg. A header that `known` holds is not
  /// decoded again. *Failure:* see CompactToken and HeaderReader.
  [[nodiscard]] Result<void> decode(std::string_view text, const HeaderRules& rules,
                                    const HeaderMemory* known = nullptr);

  /// Chooses the key and checks the signature. Returns the key that signed; it belongs to `keys`,
  /// which remembers the header. *Failure:* a code of the key band, `bad_signature`.
  [[nodiscard]] Result<const Jwk*> check_signature(const JwkSet& keys,
                                                   KeySelection selection) const noexcept;

  [[nodiscard]] const Header& header() const noexcept { return header_; }
  [[nodiscard]] std::string_view payload() const noexcept { return token_.payload(); }
  [[nodiscard]] std::string_view signature() const noexcept { return token_.signature(); }
  [[nodiscard]] std::string_view signing_input() const noexcept { return token_.signing_input(); }

  /// Adds what the header says of the key, so that a log line tells which one.
  [[nodiscard]] Error concerning(Error error) const noexcept {
    return error.for_key(header_.key_id.value_or("")).with_algorithm(header_.algorithm);
  }

 private:
  /// The key that is known to be the only one for the header.
  [[nodiscard]] const Jwk* known_key(const JwkSet& keys, KeySelection selection) const noexcept;

  CompactToken token_;
  HeaderReader reader_;
  Header header_;
  const HeaderMemory* memory_ = nullptr;
  const KnownHeader* known_ = nullptr;  ///< of `memory_`
};

}  // namespace jose
}  // namespace v0
}  // namespace jwks
