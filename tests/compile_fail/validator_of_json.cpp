// A validator sees the claims of a verified token, not any JSON.

// expect: cannot|could not|no (matching|viable|known)

#include <jwks/policy.hpp>

#ifdef MISUSE
using Seen = jwks::JsonValue;
#else
using Seen = jwks::Claims;
#endif

jwks::ClaimValidator use() {
  return {"tenant", [](const Seen&) { return jwks::Result<void>{}; }};
}
