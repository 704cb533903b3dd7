#include "jwks/verified_token.hpp"

#include "jose/token_state.hpp"

namespace jwks {
inline namespace v0 {

Claims VerifiedToken::claims() const& noexcept { return Claims(*state_->claims); }
Algorithm VerifiedToken::algorithm() const noexcept { return state_->algorithm; }
std::string_view VerifiedToken::key_id() const& noexcept { return state_->key_id; }
std::string_view VerifiedToken::key_thumbprint() const& noexcept { return state_->thumbprint; }

}  // namespace v0
}  // namespace jwks
