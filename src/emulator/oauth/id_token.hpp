#pragma once

// ID tokens (OpenID Connect Core 1.0 §2), and what they and userinfo (§5.3) say about a user.

#include <string>
#include <string_view>
#include <vector>

#include "emulator/oauth/context.hpp"
#include "jwks/emulator_options.hpp"
#include "jwks/result.hpp"

namespace jwks {
inline namespace v0 {
namespace emulator {

/// The claims about `user` that these scopes give (§5.4), and the user's own. Those win, but over
/// no claim that belongs to the protocol.
[[nodiscard]] JsonMembers user_claims(const User& user, const std::vector<std::string>& scopes);

/// Signs an ID token for the client of `grant`, to go along with this access token. *Failure:*
/// `bad_config`.
[[nodiscard]] Result<std::string> issue_id_token(const OAuthContext& context,
                                                 std::string_view identifier, const Grant& grant,
                                                 const User& user, std::string_view access_token);

}  // namespace emulator
}  // namespace v0
}  // namespace jwks
