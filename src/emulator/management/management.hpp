#pragma once

// `Management`: the API by which applications, secrets, organizations and API keys are made, shown
// and deleted, in the shapes of WorkOS. Who has a valid API key may.
//
// GET, POST               /organizations
// GET, PUT, DELETE        /organizations/{id}
// GET, POST               /organizations/{id}/api_keys
// DELETE                  /api_keys/{id}
// POST                    /api_keys/validations
// GET, POST               /connect/applications
// GET, PUT, DELETE        /connect/applications/{id}
// GET, POST               /connect/applications/{id}/client_secrets
// DELETE                  /connect/client_secrets/{id}
//
// What is wrong with a request is told all at once; members of a body that are not known are
// ignored, as clients of the real service expect.
//
// Threading: every member may be called from any thread.

#include <optional>
#include <string_view>

#include "emulator/directory/directory.hpp"
#include "emulator/http/http_message.hpp"
#include "emulator/http/router.hpp"

namespace jwks {
inline namespace v0 {
namespace emulator {

class Management {
 public:
  /// `directory` outlives it.
  explicit Management(Directory& directory);
  Management(const Management&) = delete;  // handlers refer to it
  Management& operator=(const Management&) = delete;

  /// Answers for this path, or not at all.
  [[nodiscard]] std::optional<HttpResponse> respond(const HttpRequest& request,
                                                    std::string_view path) const;

 private:
  [[nodiscard]] bool admits(const HttpRequest& request) const;

  Directory& directory_;
  Router router_;
};

}  // namespace emulator
}  // namespace v0
}  // namespace jwks
