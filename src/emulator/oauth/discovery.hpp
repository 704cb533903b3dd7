#pragma once

// The metadata document (OIDC Discovery §3, RFC 8414 §2): what is served here, and nothing that
// isn't.

#include <string>
#include <string_view>

#include "emulator/issuer/issuer.hpp"
#include "emulator/oauth/oauth.hpp"

namespace jwks {
inline namespace v0 {
namespace emulator {

/// `identifier` is the issuer as the request sees it.
[[nodiscard]] std::string metadata_document(const Issuer& issuer, std::string_view identifier,
                                            const OAuthSettings& settings);

}  // namespace emulator
}  // namespace v0
}  // namespace jwks
