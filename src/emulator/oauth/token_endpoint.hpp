#pragma once

// `TokenEndpoint`: RFC 6749 §3.2, for the applications that are registered here.
//
// It speaks `client_credentials` (§4.4). A client authenticates with HTTP Basic or with parameters
// of the body (§2.3.1), never with both. What a token says about organization and audience comes
// from the registered application; a request can only narrow the scopes.
//
// Threading: immutable; `respond` may be called from any thread.

#include <string>
#include <string_view>
#include <vector>

#include "emulator/http/form.hpp"
#include "emulator/http/http_message.hpp"
#include "emulator/issuer/issuer.hpp"
#include "jwks/emulator.hpp"

namespace jwks {
inline namespace v0 {
namespace emulator {

class TokenEndpoint {
 public:
  TokenEndpoint(const Issuer& issuer, std::vector<Application> applications, bool scopes_as_array)
      : issuer_(issuer),
        applications_(std::move(applications)),
        scopes_as_array_(scopes_as_array) {}

  [[nodiscard]] HttpResponse respond(const HttpRequest& request) const;
  [[nodiscard]] const std::vector<Application>& applications() const noexcept {
    return applications_;
  }

 private:
  [[nodiscard]] const Application* authenticate(const Credentials& credentials) const;
  [[nodiscard]] HttpResponse client_credentials(const Application& application,
                                                std::string_view scope) const;

  const Issuer& issuer_;
  std::vector<Application> applications_;
  bool scopes_as_array_;
};

/// Fills in what is generated, and refuses what can't be served: ids that occur twice.
/// *Failure:* `bad_config` about "applications".
[[nodiscard]] Result<std::vector<Application>> registered(std::vector<Application> applications);

}  // namespace emulator
}  // namespace v0
}  // namespace jwks
