#pragma once

// `OAuth`: the endpoints of one issuer by which clients get and look at tokens: token, authorize,
// introspect, revoke, userinfo, and the metadata documents that tell of them.
//
// Threading: every member may be called from any thread.

#include <optional>
#include <string_view>

#include "emulator/clock.hpp"
#include "emulator/directory/directory.hpp"
#include "emulator/http/http_message.hpp"
#include "emulator/http/router.hpp"
#include "emulator/issuer/issuer.hpp"
#include "emulator/oauth/context.hpp"

namespace jwks {
inline namespace v0 {
namespace emulator {

class OAuth {
 public:
  OAuth(const Issuer& issuer, Directory& directory, const EmulatorClock& clock,
        OAuthSettings settings);
  OAuth(const OAuth&) = delete;  // handlers refer to it
  OAuth& operator=(const OAuth&) = delete;

  /// Answers for this path below the issuer, or not at all.
  [[nodiscard]] std::optional<HttpResponse> respond(const HttpRequest& request,
                                                    std::string_view path) const;
  /// Forgets codes and tokens.
  void reset();

 private:
  OAuthContext context_;
  Router router_;
};

}  // namespace emulator
}  // namespace v0
}  // namespace jwks
