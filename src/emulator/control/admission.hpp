#pragma once

// Who may use the control endpoints. Whoever can mint tokens can be anybody, so these answer
//
// - programs on this machine: loopback peers that call the emulator by a name of this machine (else
//   a web page could get here by pointing its own name at it), and that no proxy says it speaks for
//   (else its remote clients would count as local). A proxy on this machine that calls a loopback
//   name and says nothing of itself looks like any local program: put none in front;
// - who has the control token, from wherever.
//
// Neither is enough for a web page: a browser's own account of where a request comes from (Origin,
// Sec-Fetch-Site) must be this very origin, if it is there.

#include <string>
#include <string_view>

#include "emulator/http/http_message.hpp"

namespace jwks {
inline namespace v0 {
namespace emulator {

/// *Threading:* immutable.
class Admission {
 public:
  /// `host` is what the emulator was told to bind.
  Admission(std::string host, std::string control_token);

  /// Why this request is refused; empty: it is admitted.
  [[nodiscard]] std::string_view problem(const HttpRequest& request) const;

 private:
  [[nodiscard]] bool is_own_name(std::string_view host) const;
  [[nodiscard]] bool is_local(const HttpRequest& request) const;
  [[nodiscard]] bool has_token(const HttpRequest& request) const;

  std::string host_;
  std::string control_token_;
};

}  // namespace emulator
}  // namespace v0
}  // namespace jwks
