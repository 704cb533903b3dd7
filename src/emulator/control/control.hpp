#pragma once

// `Control`: the endpoints under `/_emulate/`, by which a test in any language does what one in C++
// does with methods.
//
// POST   /_emulate/tokens        mints a token: a `TokenRequest` as JSON → {"token": …}
// POST   /_emulate/keys/rotate   {"mode": "announce" | "switch" | "hard" | "retire"}
// GET    /_emulate/keys          version, and each key's kid, algorithm and state
// GET    /_emulate/journal       requests and counts; DELETE clears it
//
// Whoever can mint can be anybody, so these answer loopback peers only, and no web page: the Host
// must be a name of this machine (else a page could get here by rebinding its own name), and a
// browser's own account of where a request comes from must be this very origin.
//
// Threading: every member may be called from any thread.

#include <string>
#include <string_view>

#include "emulator/emulation.hpp"
#include "emulator/http/http_message.hpp"

namespace jwks {
inline namespace v0 {
namespace emulator {

class Control {
 public:
  static constexpr std::string_view kPrefix = "/_emulate/";

  explicit Control(Emulation& emulation) : emulation_(emulation) {}

  /// Answers a request whose path begins with `kPrefix`.
  [[nodiscard]] HttpResponse respond(const HttpRequest& request) const;

 private:
  [[nodiscard]] bool admits(const HttpRequest& request) const;
  [[nodiscard]] bool is_own_name(std::string_view host) const;
  [[nodiscard]] HttpResponse mint(const HttpRequest& request) const;
  [[nodiscard]] HttpResponse rotate(const HttpRequest& request) const;
  [[nodiscard]] std::string keys_json() const;

  Emulation& emulation_;
};

}  // namespace emulator
}  // namespace v0
}  // namespace jwks
