// An ID token is compared with its sign-in only after it was verified.

// expect: cannot|could not|no (matching|viable|known)|invalid initialization

#include <jwks/id_token.hpp>
#include <jwks/unverified_token.hpp>

#ifdef MISUSE
using Token = jwks::UnverifiedToken;
#else
using Token = jwks::VerifiedToken;
#endif

bool use(const Token& token, std::chrono::system_clock::time_point now) {
  return jwks::validate_id_token(token, {.nonce = "n"}, now).has_value();
}
