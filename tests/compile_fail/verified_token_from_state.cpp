// Nor can its state be put together by hand.

// expect: private

#include <jwks/verified_token.hpp>
#include <memory>

bool use(const std::shared_ptr<const jwks::detail::TokenState>& state) {
#ifdef MISUSE
  const jwks::VerifiedToken token(state);
  return token.stale();
#else
  return state != nullptr;
#endif
}
