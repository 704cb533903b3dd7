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

#include "emulator/directory/directory.hpp"
#include "emulator/http/form.hpp"
#include "emulator/http/http_message.hpp"
#include "emulator/issuer/issuer.hpp"
#include "jwks/emulator.hpp"

namespace jwks {
inline namespace v0 {
namespace emulator {

class TokenEndpoint {
 public:
  TokenEndpoint(const Issuer& issuer, Directory& directory, bool scopes_as_array)
      : issuer_(issuer), directory_(directory), scopes_as_array_(scopes_as_array) {}

  [[nodiscard]] HttpResponse respond(const HttpRequest& request) const;

 private:
  [[nodiscard]] HttpResponse client_credentials(const HttpRequest& request,
                                                const Application& application,
                                                std::string_view scope) const;

  const Issuer& issuer_;
  Directory& directory_;
  bool scopes_as_array_;
};

}  // namespace emulator
}  // namespace v0
}  // namespace jwks
