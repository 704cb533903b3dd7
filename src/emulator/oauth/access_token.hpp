#pragma once

// Access tokens (RFC 9068): making them, and knowing one's own again.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "emulator/oauth/context.hpp"
#include "jwks/emulator_options.hpp"
#include "jwks/result.hpp"

namespace jwks {
inline namespace v0 {
namespace emulator {

/// Signs a token. Organization and audience are the application's own; `identifier` is the "iss".
/// The "jti" says whose it is and of which grant (empty: of none), so that tokens end
/// with their client or grant without a list of them. *Failure:* `bad_config`.
[[nodiscard]] Result<std::string> issue_access_token(const OAuthContext& context,
                                                     std::string_view identifier,
                                                     const ApplicationRecord& client,
                                                     std::string_view subject,
                                                     const std::vector<std::string>& scopes,
                                                     std::string_view grant_id = {});

/// An access token of this issuer that holds.
struct AccessToken {
  std::string id{};  ///< "jti"
  std::string client_id{};
  std::string subject{};
  std::vector<std::string> scopes{};
  JsonMembers claims{};  ///< all of them
};

/// Reads a token that this issuer signed as `identifier` with a key that it still publishes. Empty
/// if it is none, has expired or was revoked, or its client is gone (also if there is another of
/// the same client_id now). What a test mints is such a token too once its "client_id" is that of a
/// client.
[[nodiscard]] std::optional<AccessToken> check_access_token(const OAuthContext& context,
                                                            std::string_view token,
                                                            std::string_view identifier);

}  // namespace emulator
}  // namespace v0
}  // namespace jwks
