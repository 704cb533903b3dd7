#pragma once

// Keys that stand in environment variables.

#include "auth/variables.hpp"
#include "jwks/jwk_set.hpp"
#include "jwks/result.hpp"

namespace jwks {
inline namespace v0 {
namespace auth {

/// The RSA key of Variable::public_key, for RS256. *Failure:* `bad_config` about the variable.
[[nodiscard]] Result<JwkSet> public_key_of(const Variables& variables);

/// The secret of Variable::secret, for HS256. *Failure:* `bad_config` about the variable.
[[nodiscard]] Result<JwkSet> secret_of(const Variables& variables);

}  // namespace auth
}  // namespace v0
}  // namespace jwks
