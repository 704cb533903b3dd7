#pragma once

// `Service`: everything the emulator answers, without the sockets. It finds the issuer and the
// endpoint for a request, lets hooks and faults have their way, and writes the journal.

#include <optional>
#include <string>
#include <string_view>

#include "emulator/control/control.hpp"
#include "emulator/emulation.hpp"
#include "emulator/http/http_message.hpp"
#include "emulator/management/management.hpp"

namespace jwks {
inline namespace v0 {
namespace emulator {

/// *Threading:* every member may be called from any thread.
class Service {
 public:
  explicit Service(Emulation& emulation);
  Service(const Service&) = delete;  // its parts refer to each other
  Service& operator=(const Service&) = delete;

  /// Answers a request and records it. A request is recorded before its answer leaves, so that a
  /// test which has the answer can count it.
  [[nodiscard]] HttpResponse respond(HttpRequest request);
  /// What happens to a connection that was just accepted.
  [[nodiscard]] ConnectionFault greet() { return emulation_.faults().take_for_connection(); }

 private:
  /// The issuer that a path belongs to, and the path as that issuer sees it.
  struct Place {
    std::shared_ptr<Realm> realm;
    std::string path;
  };
  [[nodiscard]] Place locate(std::string_view path);
  [[nodiscard]] std::string identifier_for(const HttpRequest& request, const Realm& realm) const;
  [[nodiscard]] HttpResponse dispatch(const HttpRequest& request, const Place& place,
                                      const FaultsOfRequest& faults);

  Emulation& emulation_;
  Management management_;
  Control control_;
  std::string prefix_;  ///< of the root issuer's path
};

}  // namespace emulator
}  // namespace v0
}  // namespace jwks
