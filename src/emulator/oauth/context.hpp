#pragma once

// What the OAuth endpoints of one issuer share.

#include "emulator/clock.hpp"
#include "emulator/directory/directory.hpp"
#include "emulator/issuer/issuer.hpp"
#include "emulator/oauth/grant_store.hpp"

namespace jwks {
inline namespace v0 {
namespace emulator {

struct OAuthSettings {
  bool scopes_as_array = false;
  bool interactive = false;
  bool allow_plain_pkce = false;
};

/// *Threading:* its parts may be used by any thread.
struct OAuthContext {
  const Issuer& issuer;
  Directory& directory;
  const EmulatorClock& clock;
  const OAuthSettings settings;
  GrantStore grants{clock};
};

}  // namespace emulator
}  // namespace v0
}  // namespace jwks
