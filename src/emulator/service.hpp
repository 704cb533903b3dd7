#pragma once

// `Service`: everything the emulator answers, without the sockets. It finds the endpoint for a
// request and writes the journal.

#include <atomic>
#include <optional>
#include <string_view>

#include "emulator/control/control.hpp"
#include "emulator/control/journal.hpp"
#include "emulator/http/http_message.hpp"
#include "emulator/issuer/issuer.hpp"
#include "emulator/oauth/token_endpoint.hpp"

namespace jwks {
inline namespace v0 {
namespace emulator {

/// *Threading:* every member may be called from any thread.
class Service {
 public:
  Service(Issuer issuer, std::vector<Application> applications, const EmulatorOptions& options);
  Service(const Service&) = delete;  // its parts refer to each other
  Service& operator=(const Service&) = delete;

  /// Answers a request and records it. A request is recorded before its answer leaves, so that a
  /// test which has the answer can count it.
  [[nodiscard]] HttpResponse respond(const HttpRequest& request);

  void fail_with(std::optional<int> status) noexcept { failure_ = status.value_or(0); }

  [[nodiscard]] const Issuer& issuer() const noexcept { return issuer_; }
  [[nodiscard]] Journal& journal() noexcept { return journal_; }
  [[nodiscard]] const std::vector<Application>& applications() const noexcept {
    return token_endpoint_.applications();
  }

 private:
  [[nodiscard]] HttpResponse dispatch(const HttpRequest& request) const;

  Issuer issuer_;
  Journal journal_;
  TokenEndpoint token_endpoint_;
  Control control_;
  std::string prefix_;
  std::atomic<int> failure_ = 0;  ///< 0: none
};

}  // namespace emulator
}  // namespace v0
}  // namespace jwks
