// A validator answers why it refuses: true or false alone could be read both ways.

// expect: cannot|could not|no (matching|viable|known)

#include <jwks/policy.hpp>

jwks::ClaimValidator use() {
#ifdef MISUSE
  return {"tenant", [](const jwks::Claims& claims) { return claims.contains("tenant"); }};
#else
  return {"tenant", [](const jwks::Claims& claims) -> jwks::Result<void> {
            if (claims.contains("tenant")) return {};
            return jwks::Error(jwks::ErrorCode::missing_claim).about("tenant");
          }};
#endif
}
