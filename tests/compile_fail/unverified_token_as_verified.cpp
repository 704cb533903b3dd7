// What a token says about itself is no proof: no function of verified tokens takes it.

// expect: cannot|could not|no (matching|viable|known)|invalid initialization

#include <jwks/unverified_token.hpp>
#include <jwks/verified_token.hpp>

void serve(const jwks::VerifiedToken& token);

#ifdef MISUSE
void use(const jwks::UnverifiedToken& token) { serve(token); }
#else
void use(const jwks::VerifiedToken& token) { serve(token); }
#endif
