// Nor do its claims pass for those of a verified token.

// expect: cannot|could not|no (matching|viable|known)|invalid initialization

#include <jwks/claims.hpp>
#include <jwks/unverified_token.hpp>
#include <jwks/verified_token.hpp>

void serve(const jwks::Claims& claims);

#ifdef MISUSE
void use(const jwks::UnverifiedToken& token) { serve(token.unverified_claims()); }
#else
void use(const jwks::VerifiedToken& token) { serve(token.claims()); }
#endif
