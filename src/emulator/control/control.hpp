#pragma once

// `Control`: the endpoints under `/_emulate/`, by which a test in any language does what one in C++
// does with the methods of `Emulator`. openapi.json describes them, and is served with them.
//
// All but that document and the CA certificate, which hold no secret, are for those only whom
// `Admission` lets in.
//
// Threading: every member may be called from any thread.

#include <span>
#include <string>
#include <string_view>

#include "emulator/control/admission.hpp"
#include "emulator/control/object_reader.hpp"
#include "emulator/control/pattern.hpp"
#include "emulator/emulation.hpp"
#include "emulator/http/http_message.hpp"
#include "emulator/http/router.hpp"

namespace jwks {
inline namespace v0 {
namespace emulator {

class Control {
 public:
  static constexpr std::string_view kPrefix = kControlPrefix;

  explicit Control(Emulation& emulation);
  Control(const Control&) = delete;  // handlers refer to it
  Control& operator=(const Control&) = delete;

  /// Answers a request whose path begins with `kPrefix`.
  [[nodiscard]] HttpResponse respond(const HttpRequest& request) const;

  /// What there is to ask for, for comparing with openapi.json.
  [[nodiscard]] std::span<const Router::Route> routes() const noexcept { return router_.routes(); }
  [[nodiscard]] std::span<const Router::Route> public_routes() const noexcept {
    return public_router_.routes();
  }

 private:
  void add_public_routes();
  void add_failure_routes();
  void add_key_routes();
  void add_state_routes();

  // control_failures.cpp
  [[nodiscard]] HttpResponse list_hooks() const;
  [[nodiscard]] HttpResponse add_hook(const HttpRequest& request) const;
  [[nodiscard]] HttpResponse show_hook(std::string_view id) const;
  [[nodiscard]] HttpResponse list_faults() const;
  [[nodiscard]] HttpResponse add_fault(const HttpRequest& request) const;
  [[nodiscard]] HttpResponse show_fault(std::string_view id) const;

  // control_keys.cpp
  [[nodiscard]] HttpResponse mint(const HttpRequest& request) const;
  [[nodiscard]] HttpResponse rotate(const HttpRequest& request) const;
  [[nodiscard]] HttpResponse show_keys(const HttpRequest& request) const;

  // control_state.cpp
  [[nodiscard]] HttpResponse show_clock() const;
  [[nodiscard]] HttpResponse move_clock(const HttpRequest& request) const;
  [[nodiscard]] HttpResponse show_journal(const HttpRequest& request) const;
  [[nodiscard]] HttpResponse show_issuers() const;
  [[nodiscard]] HttpResponse show_config() const;
  [[nodiscard]] HttpResponse reset() const;

  Emulation& emulation_;
  Admission admission_;
  Router router_;
  Router public_router_;
};

/// 404 for what has gone, or never was there.
[[nodiscard]] HttpResponse no_such(std::string_view what);

}  // namespace emulator
}  // namespace v0
}  // namespace jwks
